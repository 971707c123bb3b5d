"""What a chart is told: points, windows, notes and the histories of signals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from protem.ui.charts.scales import drawable


@dataclass(frozen=True, kw_only=True)
class Point:
    """One value on one day; ``low`` and ``high`` bound its uncertainty, None leaves a gap.

    ``target`` is the one that held that day, ``verdict`` the word of that day, if any.
    """

    on: date
    value: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    verdict: str = ""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A span of days a verdict looks at; it is shaded."""

    start: date
    end: date
    label: str = ""


class NoteKind(StrEnum):
    """What is pinned to a day; each has its own shape."""

    REMARK = "remark"
    DEFINITION = "definition"


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something pinned to a day: what a person remarked, or a definition that changed.

    ``label`` are the words for the chart where there is room; empty: those of ``text``.
    """

    on: date
    text: str
    label: str = ""
    kind: NoteKind = NoteKind.REMARK


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Everything a line chart shows, however large and wherever it is drawn.

    ``windows`` are shaded; ``ticks`` (imports) stand on the time axis; ``notes`` are numbered
    in order of their day, so that a list beside the chart can tell them. Values that are None
    leave gaps. ``label`` begins the text alternative.
    """

    series: Sequence[Point]
    unit: str
    label: str
    target: float | None = None
    """The one in force; earlier ones stand in the points."""
    windows: Sequence[Window] = ()
    ticks: Sequence[date] = ()
    notes: Sequence[Note] = ()
    band: str = "uncertainty"
    """What lies between ``low`` and ``high`` of the points."""

    @property
    def has_verdicts(self) -> bool:
        """Whether any day carries a verdict."""
        return any(point.verdict for point in self.series)

    def in_order(self) -> "Chart":
        """The same with points and notes by day, and without a target that is no number."""
        return replace(
            self,
            series=sorted(self.series, key=lambda point: point.on),
            notes=sorted(self.notes, key=lambda note: note.on),
            target=drawable(self.target),
        )


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
