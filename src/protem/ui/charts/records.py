"""What a chart is told: points, windows, notes and the histories of signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Point:
    """One value on one day; ``low`` and ``high`` bound its uncertainty, None leaves a gap."""

    on: date
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Window:
    """A span of days a verdict looks at; it is shaded."""

    start: date
    end: date
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A remark a person pinned to a day."""

    on: date
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Everything a line chart shows, however large it is drawn."""

    series: Sequence[Point]
    unit: str
    label: str
    target: float | None = None
    windows: Sequence[Window] = ()
    ticks: Sequence[date] = ()
    notes: Sequence[Note] = ()


class SignalState(StrEnum):
    """What was known of a signal in one week."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class SignalHistory:
    """One signal's state week by week, oldest first, as long as the list of weeks."""

    name: str
    states: Sequence[SignalState | str]
