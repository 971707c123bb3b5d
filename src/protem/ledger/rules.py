"""Rules that say which group, criticality and owner an asset has, by its tags and names.

For each of the four labels the first rule in order that matches the asset and sets the label
decides it; where no rule does, what the sources state stands. Everything here is a pure
function of rules and frames: no rule sees another asset, and the order of assets is nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from protem.kit.errors import ProtemError

Mask: TypeAlias = npt.NDArray[np.bool_]


class RuleError(ProtemError):
    """A rule that cannot be applied as it stands."""


class Criticality(StrEnum):
    """How much it matters when an asset fails or leaks; ``normal`` unless a rule says more."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class On(StrEnum):
    """What a condition looks at; the value is how it is written."""

    NAME = "name"
    HOSTNAME = "hostname"
    TAG = "tag"
    KIND = "kind"
    SYSTEM = "os"
    SOURCE = "source"
    REPOSITORY = "repository"


class Label(StrEnum):
    """What a rule can set."""

    GROUP = "group"
    CRITICALITY = "criticality"
    OWNER = "owner"
    EXPOSED = "internet_exposed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    r"""Met when any pattern matches the whole of any value that the asset has there.

    In patterns ``*`` stands for anything and ``?`` for one character, ``\*`` and ``\?`` for
    themselves; upper and lower case are the same.
    """

    on: On
    patterns: tuple[str, ...]

    def __str__(self) -> str:
        verb = "is" if not any(_is_glob(pattern) for pattern in self.patterns) else "matches"
        return f"{self.on} {verb} {_listed(self.patterns)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule: it matches where all conditions are met. A label that is None is not set."""

    conditions: tuple[Condition, ...]
    group: str | None = None
    criticality: Criticality | None = None
    owner: str | None = None
    is_internet_exposed: bool | None = None
    is_enabled: bool = True
    note: str = ""

    def sets(self) -> dict[Label, str | bool]:
        """The labels that it sets."""
        given: dict[Label, str | bool | None] = {
            Label.GROUP: self.group,
            Label.CRITICALITY: self.criticality and self.criticality.value,
            Label.OWNER: self.owner,
            Label.EXPOSED: self.is_internet_exposed,
        }
        return {label: value for label, value in given.items() if value is not None}

    def condition_text(self) -> str:
        """“name matches pay-* and kind is server”."""
        return " and ".join(map(str, self.conditions))

    def effect_text(self) -> str:
        """“group Payments, criticality high”."""
        return ", ".join(in_words(label, value) for label, value in self.sets().items())


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """What the rules say of some assets; every array has the shape (assets,).

    ``matched`` holds one mask a rule, ``decided_by`` for each label the place of the rule that
    decides it, -1 where none does.
    """

    ids: npt.NDArray[np.int64]
    matched: list[Mask]
    decided_by: dict[Label, npt.NDArray[np.int64]]

    def effect_of(self, place: int) -> tuple[int, int]:
        """How many assets the rule at a place matches, and on how many it decides a label."""
        decided = np.zeros(self.ids.size, np.bool_)
        for column in self.decided_by.values():
            decided |= column == place
        return int(self.matched[place].sum()), int(decided.sum())


WORDS: dict[str, Any] = {"asset_id": pl.Int64, "on": pl.String, "value": pl.String}
"""One row a value that an asset has: a name, a tag, its kind, a source that lists it."""


def check(rule: Rule) -> None:
    """Raise ``RuleError`` for a rule that could match nothing or sets nothing."""
    if not rule.conditions or not all(one.patterns for one in rule.conditions):
        raise RuleError(
            "the rule says not which assets it is about",
            remedy="give a name, tag or other condition; * as the name is every asset",
        )
    if not rule.sets():
        raise RuleError(
            "the rule sets nothing", remedy="give a group, a criticality, an owner or exposure"
        )


def apply(rules: Sequence[Rule], ids: Iterable[int], words: pl.DataFrame) -> Labelled:
    """Which rule decides each label of each asset.

    Args:
        rules: In order; disabled ones match nothing.
        ids: The assets, in any order; those without words match nothing.
        words: A frame of ``WORDS``.
    """
    known = np.unique(np.fromiter(ids, dtype=np.int64))
    matching = _Matching(known, words)
    matched = [
        matching.where(rule) if rule.is_enabled else np.zeros(known.size, np.bool_)
        for rule in rules
    ]
    decided = {label: np.full(known.size, -1, np.int64) for label in Label}
    for place, (rule, mask) in enumerate(zip(rules, matched, strict=True)):
        for label in rule.sets():
            column = decided[label]
            column[mask & (column < 0)] = place
    return Labelled(ids=known, matched=matched, decided_by=decided)


def explanation(label: Label, rules: Sequence[Rule], place: int) -> str:
    """Why an asset has a label: “owner Payments by rule 3: name matches pay-*”."""
    rule = rules[place]
    return f"{in_words(label, rule.sets()[label])} by rule {place + 1}: {rule.condition_text()}"


def in_words(label: Label, value: object) -> str:
    """A label with its value: “owner Payments”, “exposed to the internet”."""
    if label is Label.EXPOSED:
        return "exposed to the internet" if value else "not exposed to the internet"
    return f"{label.value} {value}" if value else f"no {label.value}"


def exactly(name: str) -> str:
    """The pattern that matches this name and no other."""
    return re.sub(r"([*?])", r"\\\1", name)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Values:
    """What assets have in one respect: the distinct values, and who has which of them."""

    distinct: list[str]
    place: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]


class _Matching:
    """The values of all assets, each distinct one looked at once for each condition."""

    def __init__(self, ids: npt.NDArray[np.int64], words: pl.DataFrame) -> None:
        self._size = ids.size
        here = words.filter(pl.col("asset_id").is_in(pl.Series(ids).implode()))
        self._values = {on: _values(ids, here.filter(pl.col("on") == on.value)) for on in On}

    def where(self, rule: Rule) -> Mask:
        """The assets that meet all conditions."""
        mask = np.ones(self._size, np.bool_)
        for condition in rule.conditions:
            mask &= self._meets(condition)
        return mask

    def _meets(self, condition: Condition) -> Mask:
        values = self._values[condition.on]
        hit = _hits(values.distinct, [pattern.lower() for pattern in condition.patterns])
        met = np.zeros(self._size, np.bool_)
        met[values.place[hit[values.value]]] = True
        return met


def _values(ids: npt.NDArray[np.int64], words: pl.DataFrame) -> _Values:
    distinct, value = np.unique(words["value"].to_numpy(), return_inverse=True)
    return _Values(
        distinct=[str(text).lower() for text in distinct],
        place=np.searchsorted(ids, words["asset_id"].to_numpy()).astype(np.int64),
        value=value.reshape(-1).astype(np.int64),
    )


def _hits(values: list[str], patterns: list[str]) -> Mask:
    """Which of these values some pattern matches."""
    plain = {_literal(pattern) for pattern in patterns if not _is_glob(pattern)}
    hit = np.array([text in plain for text in values], dtype=np.bool_)
    globs = [_regex(pattern) for pattern in patterns if _is_glob(pattern)]
    if globs and values:
        hit |= pl.Series(values).str.contains(f"(?s)^(?:{'|'.join(globs)})$").to_numpy()
    return hit


_SIGN = re.compile(r"\\([*?])|([*?])|(.)", re.DOTALL)


def _is_glob(pattern: str) -> bool:
    return any(sign for _escaped, sign, _plain in _SIGN.findall(pattern))


def _literal(pattern: str) -> str:
    return "".join(escaped or plain for escaped, _sign, plain in _SIGN.findall(pattern))


def _regex(pattern: str) -> str:
    """The pattern as a regular expression; what Rust's engine knows is what ``re`` escapes."""
    return "".join(
        {"*": ".*", "?": "."}[sign] if sign else re.escape(escaped or plain)
        for escaped, sign, plain in _SIGN.findall(pattern)
    )


MOST_LISTED = 3


def _listed(patterns: Sequence[str]) -> str:
    shown, more = list(patterns[:MOST_LISTED]), len(patterns) - MOST_LISTED
    if more > 0:
        return f"{', '.join(shown)} or one of {more:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
