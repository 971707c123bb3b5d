"""The frame of a line chart: its scales, margins and letter size."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from protem.ui.charts import svg
from protem.ui.charts.records import Chart
from protem.ui.charts.scales import (
    HUNDRED,
    Scale,
    drawable,
    figure_text,
    tick_text,
    value_ticks,
)

TICKS = 4
LONGEST_LABEL = 10


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where the plot lies in the drawing, and how days and values map into it."""

    across: Scale
    height: Scale
    left: float
    right: float
    top: float
    bottom: float
    font: float
    first: date
    last: date
    levels: list[float]
    foot: float
    """Where the labels of the time axis begin: the bottom, or below the ribbon of verdicts."""
    week: float
    """How wide seven days are."""

    def x(self, day: date) -> float:
        return self.across(day.toordinal())

    def y(self, value: float) -> float:
        return self.height(value)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def step(self) -> float:
        return self.levels[1] - self.levels[0]


def frame_of(chart: Chart, *, width: float, height: float, font: float) -> Frame | None:
    """A frame around all that is to be drawn, or None when there is no value at all."""
    if all(drawable(point.value) is None for point in chart.series):
        return None
    ceiling = HUNDRED if chart.unit == "%" else None
    levels = value_ticks(_levels(chart), count=TICKS, ceiling=ceiling)
    step = levels[1] - levels[0]
    days = [point.on for point in chart.series]
    days += [day for window in chart.windows for day in (window.start, window.end)]
    days += [note.on for note in chart.notes if note.on > max(days)]
    longest = max(len(tick_text(level, step)) for level in levels)
    left = longest * font * 0.6 + 8
    right = width - max(svg.text_width(text, font) for text in label_texts(chart)) - 10
    right = max(right, left + 1)
    ribbon = font * 1.5 if chart.has_verdicts else 0.0
    top, bottom = font * (3.6 if chart.notes else 2.4), height - font * 2 - ribbon
    first, last = min(days), max(days)
    return Frame(
        across=Scale(first.toordinal(), last.toordinal(), left, right),
        height=Scale(levels[0], levels[-1], bottom, top),
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        font=font,
        first=first,
        last=last,
        levels=levels,
        foot=bottom + ribbon,
        week=(right - left) * 7 / max((last - first).days, 7),
    )


def label_texts(chart: Chart) -> list[str]:
    """The words at the right edge: the latest value, then the target if there is one."""
    known = [value for point in chart.series if (value := drawable(point.value)) is not None]
    figure = figure_text(known[-1])
    with_unit = f"{figure} {chart.unit}".strip()
    texts = [with_unit if len(with_unit) <= LONGEST_LABEL else figure]
    if chart.target is not None:
        texts.append(f"target {figure_text(chart.target)}")
    return texts


def _levels(chart: Chart) -> Iterator[float]:
    figures = [
        figure for point in chart.series for figure in (point.value, point.low, point.high)
    ]
    figures += [point.target for point in chart.series]
    for figure in (*figures, chart.target):
        level = drawable(figure)
        if level is not None:
            yield level
