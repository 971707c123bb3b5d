"""The marks of a line chart, each drawn into its frame."""

from collections.abc import Iterator
from itertools import groupby, pairwise

from protem.ui.charts import svg
from protem.ui.charts.frame import Frame, label_texts
from protem.ui.charts.records import Chart, Point
from protem.ui.charts.scales import (
    date_tick_text,
    date_ticks,
    day_text,
    drawable,
    figure_text,
    tick_text,
)

VERDICT_SHAPES = {
    "improving": ("▲", "better"),
    "steady": ("●", "steady"),
    "degrading": ("▼", "worse"),
    "not comparable": ("◐", "stale"),
}


def nothing(width: float, height: float) -> list[str]:
    """What stands in place of a chart without values."""
    return [words("Not enough data", width / 2, height / 2, text_anchor="middle")]


def windows(chart: Chart, frame: Frame) -> Iterator[str]:
    """Shaded spans, the last one strongest, labelled inside where the words fit."""
    for place, window in enumerate(chart.windows, start=1):
        start, end = frame.x(window.start), frame.x(window.end)
        yield svg.element(
            "rect",
            svg.title(f"{window.label}: {day_text(window.start)} to {day_text(window.end)}"),
            class_="chart-window",
            x=min(start, end),
            y=frame.top,
            width=abs(end - start),
            height=frame.bottom - frame.top,
            fill_opacity="1" if place == len(chart.windows) else "0.5",
        )
        if svg.text_width(window.label, frame.font) < abs(end - start):
            yield words(
                window.label,
                (start + end) / 2,
                frame.top + frame.font + 4,
                text_anchor="middle",
            )


def value_axis(chart: Chart, frame: Frame) -> Iterator[str]:
    """Hairlines at round values, their numbers on the left, the unit above."""
    for level in frame.levels:
        y = frame.y(level)
        is_floor = level == frame.levels[0]
        name = "chart-axis" if is_floor else "chart-grid"
        yield stroke(name, (frame.left, y), (frame.right, y))
        text = tick_text(level, frame.step)
        yield words(text, frame.left - 6, y + frame.font * 0.35, text_anchor="end")
    yield words(chart.unit, 0, frame.font)


def time_axis(frame: Frame) -> Iterator[str]:
    """Months, quarters or years below the plot, never touching one another."""
    days = (frame.last - frame.first).days
    label_width = svg.text_width("Jan 2026", frame.font) + 8
    room = frame.right - frame.left
    is_first = True
    for day in date_ticks(frame.first, frame.last, width=room, label_width=label_width):
        text = date_tick_text(day, is_first=is_first, days=days)
        half = svg.text_width(text, frame.font) / 2
        x = min(max(frame.x(day), half), frame.right + frame.left - half)
        if abs(x - frame.x(day)) < half:
            yield words(text, x, frame.foot + frame.font * 1.6, text_anchor="middle")
            is_first = False


def imports(chart: Chart, frame: Frame) -> Iterator[str]:
    """A small tick on the time axis for each import."""
    for day in sorted({day for day in chart.ticks if frame.holds(day)}):
        tick = stroke(
            "chart-import", (frame.x(day), frame.bottom), (frame.x(day), frame.bottom + 6)
        )
        yield svg.element("g", svg.title(f"Import on {day_text(day)}"), tick)


def band(chart: Chart, frame: Frame) -> Iterator[str]:
    """The uncertainty around the line; a lone bounded point becomes a bar."""
    edges = [_edges(point, frame) for point in chart.series]
    upper = svg.runs(edge and edge[0] for edge in edges)
    lower = svg.runs(edge and edge[1] for edge in edges)
    for above, below in zip(upper, lower, strict=True):
        outline = svg.path_of([*_widened(above), *reversed(_widened(below))], closed=True)
        yield svg.element("path", class_="chart-band", d=outline, fill_opacity="0.6")


def target(chart: Chart, frame: Frame) -> Iterator[str]:
    """A thin dashed line, with a step on the day from which another target held."""
    held = [
        (point.on, level)
        for point in chart.series
        if (level := drawable(point.target)) is not None
    ]
    changes = [now for before, now in pairwise(held) if before[1] != now[1]]
    if chart.target is None:
        return
    if not changes:
        y = frame.y(chart.target)
        yield stroke("chart-target", (frame.left, y), (frame.right, y), stroke_dasharray="5 4")
        return
    spots, level = [(frame.left, frame.y(held[0][1]))], held[0][1]
    for on, following in changes:
        spots += [(frame.x(on), frame.y(level)), (frame.x(on), frame.y(following))]
        level = following
    spots.append((frame.right, frame.y(level)))
    yield svg.element(
        "path",
        class_="chart-target",
        d=svg.path_of(spots),
        fill="none",
        stroke="currentColor",
        stroke_dasharray="5 4",
    )


def verdicts(chart: Chart, frame: Frame) -> Iterator[str]:
    """A ribbon below the plot: which verdict held when, by shape where there is room."""
    if not chart.has_verdicts:
        return
    y = frame.foot - frame.font * 0.55
    for verdict, group in groupby(chart.series, key=lambda point: point.verdict):
        days = [point.on for point in group]
        shape, kind = VERDICT_SHAPES.get(verdict, ("○", "off"))
        start, end = frame.x(days[0]), frame.x(days[-1]) + frame.week
        end = min(end, frame.right)
        told = f"{verdict or 'no verdict'}: {day_text(days[0])} to {day_text(days[-1])}"
        room = end - start > frame.font * 2.2
        bar_from = start + frame.font * 1.1 if room else start
        pieces = [svg.title(told)]
        if room:
            pieces.append(words(shape, start, y + frame.font * 0.35, class_="chart-shape"))
        pieces.append(
            stroke(
                "chart-verdict-bar",
                (bar_from, y),
                (max(end - 2, bar_from), y),
                stroke_width="3",
            )
        )
        yield svg.element("g", *pieces, class_=f"chart-verdict chart-verdict-{kind}")


def line(chart: Chart, frame: Frame) -> Iterator[str]:
    """The values, broken where one is missing, with a dot on the last and on lone ones."""
    pieces = svg.runs(_spot(point, frame) for point in chart.series)
    for piece in pieces:
        yield svg.element(
            "path",
            class_="chart-line",
            d=svg.path_of(piece),
            fill="none",
            stroke="currentColor",
            stroke_width=2,
            stroke_linejoin="round",
            stroke_linecap="round",
        )
    lone = [piece[0] for piece in pieces if len(piece) == 1]
    for x, y in dict.fromkeys([*lone, pieces[-1][-1]]):
        yield svg.element("circle", class_="chart-last", cx=x, cy=y, r=4)


def end_labels(chart: Chart, frame: Frame) -> Iterator[str]:
    """The latest value and the target in words at the right edge, kept apart."""
    texts = label_texts(chart)
    x = frame.right + 8
    latest = [spot for point in chart.series if (spot := _spot(point, frame))][-1][1]
    if chart.target is None:
        yield words(texts[0], x, latest + frame.font * 0.35, class_="chart-value")
        return
    aim, gap = frame.y(chart.target), frame.font * 1.25
    if abs(aim - latest) < gap:
        middle = min(max((aim + latest) / 2, frame.top + gap / 2), frame.bottom - gap / 2)
        sign = 1 if latest >= aim else -1
        latest, aim = middle + sign * gap / 2, middle - sign * gap / 2
    yield words(texts[0], x, latest + frame.font * 0.35, class_="chart-value")
    yield words(texts[1], x, aim + frame.font * 0.35, class_="chart-target-label")


def points(chart: Chart, frame: Frame) -> Iterator[str]:
    """Invisible columns that tell each value to a pointer resting on them."""
    known = [
        (point, value) for point in chart.series if (value := drawable(point.value)) is not None
    ]
    places = [frame.x(point.on) for point, _ in known]
    borders = [frame.left, *((a + b) / 2 for a, b in pairwise(places)), frame.right]
    for (point, value), x, (start, end) in zip(known, places, pairwise(borders), strict=True):
        yield svg.element(
            "g",
            svg.title(_told(point, value, chart.unit)),
            svg.element(
                "rect",
                x=start,
                y=frame.top,
                width=max(0.0, end - start),
                height=frame.bottom - frame.top,
                fill="none",
                pointer_events="all",
            ),
            svg.element(
                "circle", class_="chart-last", cx=x, cy=frame.y(value), r=4, opacity="0"
            ),
            class_="chart-point",
        )


def _told(point: Point, value: float, unit: str) -> str:
    low, high = drawable(point.low), drawable(point.high)
    bounds = (
        "" if low is None or high is None else f" ({figure_text(low)} to {figure_text(high)})"
    )
    return f"{day_text(point.on)}: {figure_text(value)} {unit}{bounds}"


def _spot(point: Point, frame: Frame) -> svg.Spot | None:
    value = drawable(point.value)
    return None if value is None else (frame.x(point.on), frame.y(value))


def _widened(edge: list[svg.Spot]) -> list[svg.Spot]:
    if len(edge) > 1:
        return edge
    ((x, y),) = edge
    return [(x - 2, y), (x + 2, y)]


def _edges(point: Point, frame: Frame) -> tuple[svg.Spot, svg.Spot] | None:
    low, high = drawable(point.low), drawable(point.high)
    if low is None or high is None:
        return None
    x = frame.x(point.on)
    return (x, frame.y(max(low, high))), (x, frame.y(min(low, high)))


def words(text: str, x: float, y: float, **more: str) -> str:
    """Text whose baseline starts there."""
    return svg.element("text", svg.clean(text), **{"class_": "chart-text", **more}, x=x, y=y)


def stroke(name: str, start: svg.Spot, end: svg.Spot, **more: str) -> str:
    """A straight line of a class."""
    (x1, y1), (x2, y2) = start, end
    return svg.element(
        "line", class_=name, x1=x1, y1=y1, x2=x2, y2=y2, stroke="currentColor", **more
    )
