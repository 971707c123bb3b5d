"""What is pinned to days of a line chart: remarks, and definitions that changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from protem.ui.charts import svg
from protem.ui.charts.frame import Frame
from protem.ui.charts.marks import stroke, words
from protem.ui.charts.records import Chart, Note, NoteKind
from protem.ui.charts.scales import day_text

LONGEST_LABEL = 32
LEAST_LABEL = 6
"""Letters below which a cut label says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pin:
    """One note with its number and where its head stands."""

    note: Note
    number: int
    x: float
    head: float


def notes(chart: Chart, frame: Frame) -> Iterator[str]:
    """Numbered pins, round for remarks and square for definitions, labelled where they fit."""
    pins = _placed(chart, frame)
    radius, y = frame.font * 0.7, frame.font * 2
    for place, pin in enumerate(pins):
        following = pins[place + 1].head - radius if place + 1 < len(pins) else frame.right
        yield svg.element(
            "g",
            svg.title(f"{day_text(pin.note.on)}: {pin.note.text}"),
            stroke("chart-note-line", (pin.x, y + radius), (pin.x, frame.bottom)),
            _head(pin, y, radius),
            words(
                str(pin.number),
                pin.head,
                y + frame.font * 0.35,
                class_="chart-note-number",
                text_anchor="middle",
                fill="#fff",
            ),
            *_label(pin, frame, room=following - pin.head - radius - 8),
        )


def _placed(chart: Chart, frame: Frame) -> list[_Pin]:
    """Those within the chart; one too close to the one before moves a little to the right."""
    taken, pins = -1e9, []
    for number, note in enumerate(chart.notes, start=1):
        if frame.holds(note.on):
            head = max(frame.x(note.on), taken + frame.font * 1.4 + 2)
            pins.append(_Pin(note=note, number=number, x=frame.x(note.on), head=head))
            taken = head
    return pins


def _head(pin: _Pin, y: float, radius: float) -> str:
    if pin.note.kind is NoteKind.REMARK:
        return svg.element("circle", class_="chart-note", cx=pin.head, cy=y, r=radius)
    corner = {"x": pin.head - radius, "y": y - radius, "rx": 2.0}
    size = {"width": 2 * radius, "height": 2 * radius}
    return svg.element("rect", class_="chart-note chart-note-definition", **corner, **size)


def _label(pin: _Pin, frame: Frame, *, room: float) -> list[str]:
    """The note's words right of its head, cut to the room there is."""
    text = svg.shortened(pin.note.label or pin.note.text, LONGEST_LABEL)
    letters = int(room / (frame.font * 0.55))
    if letters < min(len(text), LEAST_LABEL):
        return []
    x, y = pin.head + frame.font * 0.7 + 5, frame.font * 2 + frame.font * 0.35
    return [words(svg.shortened(text, letters), x, y, class_="chart-text chart-note-label")]
