"""Small pieces of SVG text: elements, numbers, paths and the palette for print."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

PRINT_PALETTE = """
text { font-family: "Helvetica Neue", Arial, "Liberation Sans", sans-serif; fill: #4a4f55; }
.chart-line, .spark-line { stroke: #0f5e6e; }
.chart-last, .spark-last { fill: #0f5e6e; }
.chart-value { fill: #0f5e6e; font-weight: 600; }
.chart-band { fill: #cfe3e6; }
.chart-target, .spark-target { stroke: #6b5a2e; }
.chart-target-label { fill: #6b5a2e; }
.chart-grid { stroke: #e4e2dd; }
.chart-axis, .chart-import, .chart-note-line { stroke: #8a8f94; }
.chart-note-line { stroke-dasharray: 1 3; }
.chart-window { fill: #f4f2ed; }
.chart-note { fill: #4a4f55; }
.chart-note-definition { fill: #6b5a2e; }
.chart-verdict-better { color: #20663f; }
.chart-verdict-worse { color: #a8321f; }
.chart-verdict-stale { color: #6b5a2e; }
.chart-verdict-steady, .chart-verdict-off { color: #8a8f94; }
.chart-shape { fill: currentColor; }
.chart-note-number { fill: #ffffff; }
.strip-on { fill: #a8481f; }
.strip-off { fill: #b9bcbf; }
.strip-unknown { fill: none; stroke: #8a8f94; }
"""

# XML allows no other control characters, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Spot = tuple[float, float]


def clean(text: str) -> str:
    """Text made safe for an element or a quoted attribute."""
    return escape(_FORBIDDEN.sub("", text), quote=True)


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """One element; ``class_`` and ``stroke_width`` become ``class`` and ``stroke-width``.

    Attribute values are escaped; children are SVG already, so pass text through ``clean``.
    """
    pairs = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
    )
    inside = "".join(children)
    return f"<{tag}{pairs}>{inside}</{tag}>" if inside else f"<{tag}{pairs}/>"


def title(text: str) -> str:
    """What a pointer resting on the parent element reads."""
    return element("title", clean(text))


def document(
    *children: str, width: float, height: float, summary: str, print_palette: bool, **more: str
) -> str:
    """The outer ``<svg>``: an image whose text alternative is ``summary``."""
    palette = (element("style", PRINT_PALETTE),) if print_palette else ()
    return element(
        "svg",
        *palette,
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=summary,
        **more,
    )


def path_of(spots: Sequence[Spot], *, closed: bool = False) -> str:
    """The ``d`` of a path through all spots."""
    steps = " L".join(f"{number(x)} {number(y)}" for x, y in spots)
    return f"M{steps}{' Z' if closed else ''}"


def runs(spots: Iterable[Spot | None]) -> list[list[Spot]]:
    """The stretches between gaps, each at least one spot long."""
    grouped = groupby(spots, key=lambda spot: spot is None)
    return [[spot for spot in group if spot] for is_gap, group in grouped if not is_gap]


def shortened(text: str, letters: int) -> str:
    """The text, or its beginning with an ellipsis where it has more letters."""
    return text if len(text) <= letters else f"{text[: max(letters - 1, 0)].rstrip()}…"


def text_width(text: str, size: float) -> float:
    """A cautious guess of how wide ``text`` is drawn at ``size``."""
    return len(text) * size * 0.6


def _attribute(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else number(value)
