"""When each scope was looked at, for any moment: prepared once, then sliced."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from protem.ledger.facts import Facts
from protem.measure.days import Bools, Floats, Ints, codes, flags, from_instants
from protem.measure.windows import Window

GAPS_KEPT = 8
"""The usual interval is the median of this many last gaps."""
FAR = 1e5
"""More days than any clock reads: keeps the scopes apart in one sorted key."""
NOT_SCANNERS = ("inventory:", "log:", "register:", "calendar:")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScanHistory:
    """All looks at all scopes.

    Attributes:
        ids: The scopes' ids, ascending; shape (s,).
        tool, target, settings: Numbers into the lists of their names; shape (s,).
        at: When each complete look was, in days, by scope and then time; shape (n,).
        key: ``at`` plus ``FAR`` times the scope's place, ascending; shape (n,).
        usual: The median gap of the last few looks up to each, NaN at a first; shape (n,).
        partial: The same key for the looks that were not complete, ascending.
    """

    ids: Ints
    tool: Ints
    tools: list[str]
    target: Ints
    targets: list[str]
    settings: Ints
    at: Floats
    key: Floats
    usual: Floats
    partial: Floats

    def newest(self, moment: float) -> tuple[Floats, Floats]:
        """Each scope's newest look by then (-inf: none) and usual interval (NaN: unknown)."""
        if not self.at.size:
            return np.full(self.ids.size, -np.inf), np.full(self.ids.size, np.nan)
        place = self._seen_by(moment)
        has, last = place > self._first(), np.maximum(place - 1, 0)
        return np.where(has, self.at[last], -np.inf), np.where(has, self.usual[last], np.nan)

    def newest_partial(self, moment: float) -> Floats:
        """When each scope's newest incomplete look by then was; -inf where there is none."""
        if not self.partial.size:
            return np.full(self.ids.size, -np.inf)
        base = np.arange(self.ids.size) * FAR
        place = np.searchsorted(self.partial, base + moment, "right")
        has = place > np.searchsorted(self.partial, base, "left")
        return np.where(has, self.partial[np.maximum(place - 1, 0)] - base, -np.inf)

    def newest_listing(self, moment: float) -> Floats:
        """Each scope's newest complete export by then, or a partial one if it has no other."""
        newest = self.newest(moment)[0]
        return np.where(np.isfinite(newest), newest, self.newest_partial(moment))

    def looked_in(self, window: Window) -> Bools:
        """Which scopes were looked at within the window; shape (s,)."""
        return self._seen_by(window.end) > self._seen_by(window.start)

    def first_look(self) -> Floats:
        """Each scope's first complete look ever, in days; inf where none; shape (s,)."""
        first = self._first()
        has = self._seen_by(FAR / 2) > first
        if not self.at.size:
            return np.full(self.ids.size, np.inf)
        return np.where(has, self.at[np.minimum(first, self.at.size - 1)], np.inf)

    def scanners(self) -> Bools:
        """Which scopes are looked at for findings; shape (s,)."""
        return self._having(lambda target: not target.startswith(NOT_SCANNERS))

    def logs(self) -> Bools:
        """Which scopes are patch logs; shape (s,)."""
        return self._having(lambda target: target.startswith("log:"))

    def _having(self, is_wanted: Callable[[str], bool]) -> Bools:
        wanted = np.array([is_wanted(name) for name in self.targets], dtype=np.bool_)
        return wanted[self.target] if self.ids.size else np.zeros(0, dtype=np.bool_)

    def _seen_by(self, moment: float) -> Ints:
        return np.searchsorted(self.key, np.arange(self.ids.size) * FAR + moment, "right")

    def _first(self) -> Ints:
        return np.searchsorted(self.key, np.arange(self.ids.size) * FAR, "left")


def scan_history(facts: Facts) -> ScanHistory:
    """The history of these facts, worked out once."""
    if "scan_history" not in facts.memo:
        facts.memo["scan_history"] = _prepare(facts.scans)
    history: ScanHistory = facts.memo["scan_history"]
    return history


def _prepare(scans: pl.DataFrame) -> ScanHistory:
    ids, place = np.unique(scans["scope_id"].to_numpy(), return_inverse=True)
    first = np.zeros(ids.size, dtype=np.int64)
    first[place[::-1]] = np.arange(place.size)[::-1]
    tool, tools = codes(scans["tool"])
    target, targets = codes(scans["target"])
    settings, _ = codes(scans["settings"])
    at = from_instants(scans["at"], missing=0.0)
    keys = place * FAR + at
    complete = flags(scans["is_complete"], missing=True)
    order = np.flatnonzero(complete)[np.argsort(keys[complete], kind="stable")]
    key = keys[order]
    return ScanHistory(
        ids=ids.astype(np.int64),
        tool=tool[first],
        tools=tools,
        target=target[first],
        targets=targets,
        settings=settings[first],
        at=at[order],
        key=key,
        usual=_usual(key),
        partial=np.sort(keys[~complete]),
    )


def _usual(key: Floats) -> Floats:
    """The median of the last gaps before each look of the same scope."""
    if not key.size:
        return key
    scope = np.floor(key / FAR)
    gaps = np.diff(key, prepend=key[0])
    gaps[np.concatenate(([True], scope[1:] != scope[:-1]))] = np.nan
    lagged = np.full((key.size, GAPS_KEPT), np.nan)
    for lag in range(min(GAPS_KEPT, key.size)):
        same = scope[lag:] == scope[: scope.size - lag]
        lagged[lag:, lag] = np.where(same, gaps[: gaps.size - lag], np.nan)
    known = (~np.isnan(lagged)).sum(axis=1)
    lagged.sort(axis=1)
    rows = np.arange(key.size)
    low = lagged[rows, np.maximum((known - 1) // 2, 0)]
    return (low + lagged[rows, np.maximum(known // 2, 0)]) / 2 if key.size else key
