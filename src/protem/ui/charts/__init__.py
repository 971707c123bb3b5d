"""Charts as SVG text, drawn on the server, coloured by CSS classes, no JavaScript needed.

Every function is pure and deterministic and returns a string that is safe to embed: all text
is escaped, nothing uses ``style=""``. ``print_palette=True`` embeds the colours, so that the
same SVG can stand alone in a PDF; leave it off in pages, whose policy forbids inline styles.
"""

from protem.ui.charts.line import line_chart, summary_of
from protem.ui.charts.records import (
    Chart,
    Note,
    NoteKind,
    Point,
    SignalHistory,
    SignalState,
    Window,
)
from protem.ui.charts.spark import sparkline
from protem.ui.charts.strip import signal_strip, spans_of

__all__ = [
    "Chart",
    "Note",
    "NoteKind",
    "Point",
    "SignalHistory",
    "SignalState",
    "Window",
    "line_chart",
    "signal_strip",
    "spans_of",
    "sparkline",
    "summary_of",
]
