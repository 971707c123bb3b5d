"""The large chart of a metric: its line, band, target, windows, imports and notes."""

from collections.abc import Sequence
from datetime import date

from protem.ui.charts import marks, svg
from protem.ui.charts.frame import Frame, frame_of
from protem.ui.charts.records import Chart, Note, Point, Window
from protem.ui.charts.scales import day_text, drawable, figure_text

COMPACT_WIDTH, COMPACT_HEIGHT = 360, 260


def line_chart(  # noqa: PLR0913 - a chart has this many parts, all but one optional
    series: Sequence[Point],
    *,
    unit: str,
    label: str,
    target: float | None = None,
    windows: Sequence[Window] = (),
    ticks: Sequence[date] = (),
    notes: Sequence[Note] = (),
    width: int = 880,
    height: int = 320,
    compact: bool = False,
    print_palette: bool = False,
) -> str:
    """Draw one metric over time.

    ``windows`` are shaded, ``ticks`` (imports) stand on the time axis, ``notes`` are numbered
    in order of their day, so that a list beside the chart can tell them. Values that are None
    leave gaps. ``compact`` draws 360 wide with larger letters, for phones, whatever ``width``
    and ``height`` say. ``label`` begins the text alternative.
    """
    chart = Chart(
        series=sorted(series, key=lambda point: point.on),
        unit=unit,
        label=label,
        target=drawable(target),
        windows=windows,
        ticks=ticks,
        notes=sorted(notes, key=lambda note: note.on),
    )
    if compact:
        width, height = COMPACT_WIDTH, COMPACT_HEIGHT
    frame = frame_of(chart, width=width, height=height, font=14 if compact else 13)
    return svg.document(
        *(_drawing(chart, frame) if frame else marks.nothing(width, height)),
        width=width,
        height=height,
        summary=summary_of(chart),
        print_palette=print_palette,
        class_="chart line-chart",
        font_size=svg.number(frame.font if frame else 14),
    )


def summary_of(chart: Chart) -> str:
    """What the chart shows, in a sentence or two."""
    known = [
        (point.on, value)
        for point in chart.series
        if (value := drawable(point.value)) is not None
    ]
    if not known:
        return f"{chart.label}: not enough data"
    (first, _), (last, latest) = known[0], known[-1]
    levels = [value for _, value in known]
    parts = [
        f"{figure_text(latest)} {chart.unit} on {day_text(last)}",
        f"lowest {figure_text(min(levels))}",
        f"highest {figure_text(max(levels))}",
    ]
    if chart.target is not None:
        parts.append(f"target {figure_text(chart.target)}")
    missing = len(chart.series) - len(known)
    gaps = f" {missing} of {len(chart.series)} values are missing." if missing else ""
    return f"{chart.label}, since {day_text(first)}: {', '.join(parts)}.{gaps}"


def _drawing(chart: Chart, frame: Frame) -> list[str]:
    return [
        *marks.windows(chart, frame),
        *marks.value_axis(chart, frame),
        *marks.time_axis(frame),
        *marks.imports(chart, frame),
        *marks.band(chart, frame),
        *marks.target(chart, frame),
        *marks.notes(chart, frame),
        *marks.line(chart, frame),
        *marks.end_labels(chart, frame),
        *marks.points(chart, frame),
    ]
