"""The large chart of a metric: its line, band, target, windows, imports and notes."""

from protem.ui.charts import marks, pins, svg
from protem.ui.charts.frame import Frame, frame_of
from protem.ui.charts.records import Chart
from protem.ui.charts.scales import day_text, drawable, figure_text

WIDE = (880, 340)
COMPACT = (360, 280)


def line_chart(chart: Chart, *, compact: bool = False, print_palette: bool = False) -> str:
    """Draw one metric over time.

    ``compact`` draws it narrow with larger letters, for phones.
    """
    chart = chart.in_order()
    width, height = COMPACT if compact else WIDE
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
    if known_verdict := chart.series[-1].verdict:
        parts.append(f"verdict {known_verdict}")
    missing = len(chart.series) - len(known)
    gaps = f" {missing} of {len(chart.series)} values are missing." if missing else ""
    return f"{chart.label}, since {day_text(first)}: {', '.join(parts)}.{gaps}"


def _drawing(chart: Chart, frame: Frame) -> list[str]:
    return [
        *marks.windows(chart, frame),
        *marks.value_axis(chart, frame),
        *marks.time_axis(frame),
        *marks.imports(chart, frame),
        *marks.verdicts(chart, frame),
        *marks.band(chart, frame),
        *marks.target(chart, frame),
        *pins.notes(chart, frame),
        *marks.line(chart, frame),
        *marks.end_labels(chart, frame),
        *marks.points(chart, frame),
    ]
