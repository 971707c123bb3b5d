"""When each scope was looked at, for any moment: prepared once, then sliced."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from protem.ledger.facts import Facts
from protem.measure.days import Bools, Floats, Ints, codes, flags, from_instants, positions
from protem.measure.moments import Moments, Remembered, moments_of
from protem.measure.windows import Window

GAPS_KEPT = 8
"""The usual interval is the median of this many last gaps."""
FAR = 1e5
"""More days than any clock reads: keeps the scopes apart in one sorted key."""
NOT_SCANNERS = ("inventory:", "log:", "register:", "calendar:", "patches:")
MOMENTS_KEPT = 64


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScanHistory:
    """All looks at all scopes.

    Attributes:
        ids: The scopes' ids, ascending; shape (s,).
        tool, target, settings: Numbers into the lists of their names; shape (s,).
        looks: When each complete look was, by scope; n of them.
        partial: ``at`` plus ``FAR`` times the scope's place of the looks that were not
            complete, ascending.
        memo: What was worked out for the moments asked last.
    """

    ids: Ints
    tool: Ints
    tools: list[str]
    target: Ints
    targets: list[str]
    settings: Ints
    looks: Moments
    partial: Floats
    memo: dict[Any, Any] = field(default_factory=dict)

    def newest(self, moment: float) -> tuple[Floats, Floats]:
        """Each scope's newest look by then (-inf: none) and usual interval (NaN: unknown)."""
        known: tuple[Floats, Floats] = self._remember("newest", moment, self._newest)
        return known

    def latest_gaps(self, moment: float, days: float) -> tuple[Floats, Floats]:
        """The shortest and the longest gap among the newest looks by then; NaN where unknown.

        As many gaps of each scope are taken as it takes to span so many days.
        """
        known: tuple[Floats, Floats] = self._remember(
            f"gaps of {days}", moment, lambda one: self._latest_gaps(one, days)
        )
        return known

    def newest_partial(self, moment: float) -> Floats:
        """When each scope's newest incomplete look by then was; -inf where there is none."""
        if not self.partial.size:
            return np.full(self.ids.size, -np.inf)
        base = np.arange(self.ids.size) * FAR
        place = np.searchsorted(self.partial, base + min(moment, FAR - 1), "right")
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
        if "first" not in self.memo:
            start = self.looks.start
            at = np.append(self.looks.at, np.inf)
            self.memo["first"] = np.where(start[1:] > start[:-1], at[start[:-1]], np.inf)
        known: Floats = self.memo["first"]
        return known

    def scanners(self) -> Bools:
        """Which scopes are looked at for findings; shape (s,)."""
        return self._having("scanners", lambda target: not target.startswith(NOT_SCANNERS))

    def logs(self) -> Bools:
        """Which scopes are patch logs or lists of states of patching; shape (s,)."""
        return self._having("logs", lambda target: target.startswith(("log:", "patches:")))

    def _gaps(self) -> Floats:
        """From each look to the next one, 0 after the last; shape (n,)."""
        if "gaps" not in self.memo:
            self.memo["gaps"] = np.append(np.diff(self.looks.at), 0.0)
        known: Floats = self.memo["gaps"]
        return known

    def _having(self, name: str, is_wanted: Callable[[str], bool]) -> Bools:
        if name not in self.memo:
            wanted = np.array([is_wanted(target) for target in self.targets], dtype=np.bool_)
            self.memo[name] = wanted[self.target] if self.ids.size else np.zeros(0, np.bool_)
        known: Bools = self.memo[name]
        return known

    def _latest_gaps(self, moment: float, days: float) -> tuple[Floats, Floats]:
        at, scopes = self.looks.at, self.ids.size
        shortest, longest = np.full(scopes, np.nan), np.full(scopes, np.nan)
        if not at.size:
            return shortest, longest
        first, last = self.looks.start[:-1], self._seen_by(moment) - 1
        since, begin = at[np.maximum(last, 0)] - days, last.copy()
        rows = np.flatnonzero(last >= first)
        while rows.size:
            rows = rows[at[begin[rows]] > since[rows]]
            begin[rows] -= 1
            rows = rows[begin[rows] >= first[rows]]
        rows = np.flatnonzero((begin >= first) & (last > begin))
        if rows.size:
            edges = np.column_stack((begin[rows], last[rows])).ravel()
            shortest[rows] = np.minimum.reduceat(self._gaps(), edges)[::2]
            longest[rows] = np.maximum.reduceat(self._gaps(), edges)[::2]
        return shortest, longest

    def _newest(self, moment: float) -> tuple[Floats, Floats]:
        at, start = self.looks.at, self.looks.start
        if not at.size:
            return np.full(self.ids.size, -np.inf), np.full(self.ids.size, np.nan)
        place = self._seen_by(moment)
        has, last = place > start[:-1], np.maximum(place - 1, 0)
        usual = np.full(last.size, np.nan)
        usual[has] = self._usual_at(start[:-1][has], last[has])
        return np.where(has, at[last], -np.inf), usual

    def _usual_at(self, first: Ints, last: Ints) -> Floats:
        """The usual interval at the ``last`` look of some scopes, once for each look."""
        if "usual" not in self.memo:
            count = self.looks.at.size
            self.memo["usual"] = np.full(count, np.nan), np.zeros(count, np.bool_)
        usual, is_known = self.memo["usual"]
        is_new = ~is_known[last]
        if is_new.any():
            usual[last[is_new]] = _usual(self.looks.at, first[is_new], last[is_new])
            is_known[last] = True
        found: Floats = usual[last]
        return found

    def _seen_by(self, moment: float) -> Ints:
        """Where the looks of each scope by then end; shape (s,)."""
        known: Ints = self._remember("seen", moment, self.looks.until)
        return known

    def _remember(self, name: str, moment: float, work_out: Callable[[float], Any]) -> Any:
        kept: Remembered[float, Any] = self.memo.setdefault(name, Remembered(most=MOMENTS_KEPT))
        return kept.at(moment, work_out)


def scan_history(facts: Facts) -> ScanHistory:
    """The history of these facts, worked out once."""
    if "scan_history" not in facts.memo:
        facts.memo["scan_history"] = _prepare(facts.scans)
    history: ScanHistory = facts.memo["scan_history"]
    return history


def _prepare(scans: pl.DataFrame) -> ScanHistory:
    known = scans.unique("scope_id", keep="first", maintain_order=True).sort("scope_id")
    ids = known["scope_id"].to_numpy().astype(np.int64)
    tool, tools = codes(known["tool"])
    target, targets = codes(known["target"])
    settings, _ = codes(known["settings"])
    place = positions(scans["scope_id"].to_numpy().astype(np.int64), ids)
    at = from_instants(scans["at"], missing=0.0)
    complete = flags(scans["is_complete"], missing=True)
    partial = np.sort(place[~complete] * FAR + at[~complete])
    place, at = place[complete], at[complete]
    key = place * FAR + at
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        place, at = place[order], at[order]
    return ScanHistory(
        ids=ids,
        tool=tool,
        tools=tools,
        target=target,
        targets=targets,
        settings=settings,
        looks=moments_of(place, at, places=ids.size),
        partial=partial,
    )


def _usual(at: Floats, first: Ints, last: Ints) -> Floats:
    """The median of the last gaps up to each scope's ``last`` look, NaN at its first."""
    place = last[:, None] - np.arange(GAPS_KEPT)
    gaps = at[np.maximum(place, 0)] - at[np.maximum(place - 1, 0)]
    gaps[place <= first[:, None]] = np.nan
    known = (~np.isnan(gaps)).sum(axis=1)
    gaps.sort(axis=1)
    rows = np.arange(last.size)
    low = gaps[rows, np.maximum((known - 1) // 2, 0)]
    return np.asarray((low + gaps[rows, np.maximum(known // 2, 0)]) / 2)
