"""A word-sized line: where a metric has been, its last point and its target."""

from collections.abc import Sequence

from protem.ui.charts import svg
from protem.ui.charts.scales import Scale, drawable, figure_text

WIDTH, HEIGHT, MARGIN = 160.0, 40.0, 4.0


def sparkline(
    values: Sequence[float | None],
    *,
    target: float | None = None,
    label: str,
    print_palette: bool = False,
) -> str:
    """A small chart of ``values``, oldest first; None leaves a gap.

    The vertical scale spans the values and the target. ``label`` begins the text alternative,
    which goes on with the latest, lowest and highest value.
    """
    known = [value for value in map(drawable, values) if value is not None]
    aim = drawable(target)
    levels = known if aim is None else [*known, aim]
    low, high = (min(levels), max(levels)) if levels else (0.0, 0.0)
    height = Scale(low, high, HEIGHT - MARGIN, MARGIN)
    across = Scale(0, max(1, len(values) - 1), MARGIN, WIDTH - MARGIN)
    spots = [
        None if value is None else (across(at), height(value))
        for at, value in enumerate(map(drawable, values))
    ]
    summary = _summary(label, known, aim)
    return svg.document(
        svg.title(summary),
        *_target(aim, height),
        *_line(spots),
        width=WIDTH,
        height=HEIGHT,
        summary=summary,
        print_palette=print_palette,
        class_="sparkline",
    )


def _target(target: float | None, height: Scale) -> list[str]:
    if target is None:
        return []
    at = height(target)
    return [
        svg.element(
            "line",
            class_="spark-target",
            x1=0,
            y1=at,
            x2=WIDTH,
            y2=at,
            stroke="currentColor",
            stroke_dasharray="3 3",
            vector_effect="non-scaling-stroke",
        )
    ]


def _line(spots: Sequence[svg.Spot | None]) -> list[str]:
    pieces = svg.runs(spots)
    drawn = [
        svg.element(
            "path",
            class_="spark-line",
            d=svg.path_of(piece),
            fill="none",
            stroke="currentColor",
            stroke_width=1.75,
            vector_effect="non-scaling-stroke",
            stroke_linecap="round",
            stroke_linejoin="round",
        )
        for piece in pieces
    ]
    if pieces:
        x, y = pieces[-1][-1]
        drawn.append(svg.element("circle", class_="spark-last", cx=x, cy=y, r=3))
    return drawn


def _summary(label: str, known: Sequence[float], target: float | None) -> str:
    if not known:
        return f"{label}: not enough data"
    parts = [
        f"latest {figure_text(known[-1])}",
        f"lowest {figure_text(min(known))}",
        f"highest {figure_text(max(known))}",
    ]
    if target is not None:
        parts.append(f"target {figure_text(target)}")
    return f"{label}: {', '.join(parts)}"
