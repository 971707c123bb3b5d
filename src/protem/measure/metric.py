"""What a metric declares, and the reading it returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from protem.kit.registry import Registry
from protem.ledger.facts import Facts


class Verdict(StrEnum):
    """Which way a number went, when that can be told."""

    IMPROVING = "improving"
    STEADY = "steady"
    DEGRADING = "degrading"
    INSUFFICIENT = "insufficient data"
    NOT_COMPARABLE = "not comparable"


class Companion(msgspec.Struct, frozen=True, kw_only=True):
    """A number that stands beside the headline."""

    name: str
    label: str
    value: float | None
    unit: str = ""
    note: str = ""
    """One sentence: what it is, or why it isn't the headline."""


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """Something left out of the number, and how much of it."""

    reason: str
    count: int


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """One source a number depends on, and how fresh it was."""

    tool: str
    newest_at: datetime | None
    age_days: float | None
    is_fresh: bool
    usual_interval_days: float | None = None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one group adds to a change, in the metric's unit.

    ``change`` is ``own`` (it got better or worse itself) plus ``mix`` (it is more or less of
    the whole). ``was`` and ``now`` say how much there was to measure of it in each period.
    """

    name: str
    change: float
    own: float
    mix: float
    was: int
    now: int


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """A change between two quarters, taken apart one way; the parts add up to it."""

    by: str
    """``owner``, ``group``, ``severity``, ``source``, ``kind``, ``system``, ``certificate``."""
    label: str
    was: float
    now: float
    unit: str
    counted: str
    """What ``was`` and ``now`` of the parts count, in the plural."""
    parts: list[Contribution]
    """The greatest first; small groups are one part."""
    sentence: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One metric as of one moment. ``value`` None is an answer: ``sentence`` says why.

    ``windows`` are the two periods compared, as ``[start, end]`` dates, for shading.
    """

    metric: str
    as_of: datetime
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    n: int = 0
    verdict: Verdict
    label: str = ""
    """What the headline is this time, where that varies (``latency`` or ``cadence``)."""
    sentence: str
    """The value in plain English."""
    verdict_sentence: str
    """What changed, by how much with its interval, since when; or what is missing."""
    breakdowns: list[Breakdown] = []
    """Why it moved since the quarter before; kept for the newest week only."""
    is_red_flag: bool = False
    red_flag: str = ""
    companions: list[Companion] = []
    exclusions: list[Exclusion] = []
    sources: list[SourceState] = []
    windows: list[tuple[date, date]] = []


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a table behind a metric."""

    name: str
    label: str
    is_number: bool = False


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """How to draw a table over time: the columns that hold the day, the value and a band."""

    on: str
    value: str
    low: str
    high: str
    label: str
    unit: str
    band: str
    """What lies between ``low`` and ``high``."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A list behind a number, ready to show or to download."""

    name: str
    title: str
    columns: list[Column]
    rows: list[dict[str, Any]]
    """One dict a row, keyed by column name; values are text, numbers, dates or None."""
    more: int = 0
    """How many more rows the list has than are here."""
    empty: str = "Nothing here."
    plot: Plot | None = None
    """How to draw it, where a picture says more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A published figure that can be cited: what was found, by whom, in which year."""

    found: str
    source: str
    is_secondary: bool = False
    """Known from several reports about it that agree, not from the publication itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric. ``compute`` and ``tables`` are pure functions of the facts and a moment."""

    name: str
    title: str
    place: int
    """Where it stands in the short list."""
    unit: str
    is_higher_better: bool
    default_target: float
    label_targets: Mapping[str, float] = field(default_factory=dict)
    """Other defaults where the headline varies, by the label of the reading."""
    definition: str
    """In plain words, a short paragraph."""
    formula: str
    """The exact definition, as METRICS would state it, for the folded part of the page."""
    reference: Sequence[Reference] = field(default=())
    """Published figures: context, never a verdict."""
    next_steps: str
    can_be_cut: bool = True
    """Whether it makes sense for some of the assets: not what the company has as a whole."""
    compute: Callable[[Facts, datetime], Reading]
    tables: Callable[[Facts, datetime], list[Table]]
    explain: Callable[[Facts, datetime], list[Breakdown]]
    """Why it moved since the quarter before; empty where there is nothing to compare."""


METRICS: Registry[Metric] = Registry(
    "protem.measure.metrics",
    "METRIC",
    Metric,
    "protem.metrics",
    order=lambda metric: (metric.place, metric.name),
)
"""The short list."""
