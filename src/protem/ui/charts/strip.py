"""The history of signals: a row of weekly cells for each, on, off or unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from protem.ui.charts import svg
from protem.ui.charts.records import SignalHistory, SignalState
from protem.ui.charts.scales import date_tick_text, date_ticks, day_text

HEIGHTS = {SignalState.ON: 16.0, SignalState.OFF: 3.0, SignalState.UNKNOWN: 8.0}
TALL = HEIGHTS[SignalState.ON]
AXIS = 24.0


@dataclass(frozen=True)
class _Layout:
    """Where things stand; the compact one puts a signal's name above its cells."""

    width: float
    left: float
    right: float
    row: float
    font: float
    name_above: bool

    def cells_top(self, index: int) -> float:
        return index * self.row + (
            self.row - TALL if self.name_above else (self.row - TALL) / 2
        )


_WIDE = _Layout(width=880, left=208, right=56, row=32, font=13, name_above=False)
_COMPACT = _Layout(width=360, left=0, right=0, row=48, font=14, name_above=True)


def signal_strip(
    signals: Sequence[SignalHistory],
    weeks: Sequence[date],
    *,
    label: str,
    compact: bool = False,
    print_palette: bool = False,
) -> str:
    """Stacked rows of cells, one per week of ``weeks`` (oldest first), with months below.

    On is a full cell, off a low bar, unknown an open box, so the shape tells without colour.
    A state that is none of the three counts as unknown, as do weeks a history lacks.
    """
    layout = _COMPACT if compact else _WIDE
    height = len(signals) * layout.row + AXIS
    rows = [
        piece
        for index, signal in enumerate(signals)
        for piece in _row(index, signal, weeks=weeks, layout=layout)
    ]
    return svg.document(
        *rows,
        *_months(weeks, layout, height - 6),
        width=layout.width,
        height=height,
        summary=_summary(label, signals, weeks),
        print_palette=print_palette,
        class_="chart signal-strip",
        font_size=svg.number(layout.font),
    )


def spans_of(
    signal: SignalHistory, weeks: Sequence[date]
) -> list[tuple[SignalState, date, date]]:
    """The stretches of one state, each with its first and last week, oldest first."""
    states = _states(signal, weeks)
    stretches = [list(group) for _, group in groupby(range(len(states)), states.__getitem__)]
    return [(states[at[0]], weeks[at[0]], weeks[at[-1]]) for at in stretches]


def _row(
    index: int, signal: SignalHistory, *, weeks: Sequence[date], layout: _Layout
) -> list[str]:
    states = _states(signal, weeks)
    top = layout.cells_top(index)
    baseline = top - 8 if layout.name_above else top + 13
    name = _fit(signal.name, layout)
    words = [svg.element("text", svg.clean(name), class_="chart-text", x=0, y=baseline)]
    if states:
        words.append(
            svg.element(
                "text",
                svg.clean(states[-1].value),
                class_=f"chart-text strip-word strip-word-{states[-1].value}",
                x=layout.width,
                y=baseline,
                text_anchor="end",
            )
        )
    return [*words, *_cells(states, weeks, top=top, layout=layout)]


def _cells(
    states: Sequence[SignalState], weeks: Sequence[date], *, top: float, layout: _Layout
) -> list[str]:
    pitch = (layout.width - layout.left - layout.right) / max(1, len(weeks))
    pieces = []
    for state, group in groupby(range(len(states)), key=states.__getitem__):
        places = list(group)
        span = f"{day_text(weeks[places[0]])} to {day_text(weeks[places[-1]])}"
        shape = "".join(
            _cell(state, x=layout.left + at * pitch, top=top, pitch=pitch) for at in places
        )
        look = {"fill": "none", "stroke": "currentColor"} if _is_open(state) else {}
        pieces.append(
            svg.element(
                "path",
                svg.title(f"{state.value}, weeks ending {span}"),
                class_=f"strip-{state.value}",
                d=shape,
                **look,
            )
        )
    return pieces


def _cell(state: SignalState, *, x: float, top: float, pitch: float) -> str:
    wide = max(pitch - min(2.0, pitch * 0.25), 0.5)
    inset = 0.5 if _is_open(state) else 0.0
    wide, tall = max(wide - 2 * inset, 0.2), HEIGHTS[state] - 2 * inset
    corner = f"M{svg.number(x + inset)} {svg.number(top + TALL - inset - tall)}"
    return f"{corner}h{svg.number(wide)}v{svg.number(tall)}h{svg.number(-wide)}z"


def _months(weeks: Sequence[date], layout: _Layout, baseline: float) -> list[str]:
    if not weeks:
        return []
    room = layout.width - layout.left - layout.right
    first, last = min(weeks), max(weeks)
    days = max(1, (last - first).days)
    label_width = svg.text_width("Jan 2026", layout.font) + 12
    drawn: list[str] = []
    for day in date_ticks(first, last, width=room, label_width=label_width):
        text = date_tick_text(day, is_first=not drawn, days=days)
        x = layout.left + (day - first).days / days * room
        if x + svg.text_width(text, layout.font) <= layout.width:
            drawn.append(
                svg.element("text", svg.clean(text), class_="chart-text", x=x, y=baseline)
            )
    return drawn


def _states(signal: SignalHistory, weeks: Sequence[date]) -> list[SignalState]:
    told = [
        SignalState(state) if state in set(SignalState) else SignalState.UNKNOWN
        for state in signal.states[-len(weeks) :]
    ]
    return [SignalState.UNKNOWN] * (len(weeks) - len(told)) + told if weeks else []


def _summary(label: str, signals: Sequence[SignalHistory], weeks: Sequence[date]) -> str:
    if not weeks or not signals:
        return f"{label}: not enough data"
    told = []
    for signal in signals:
        states = _states(signal, weeks)
        on = states.count(SignalState.ON)
        told.append(f"{signal.name} {states[-1].value}, on in {on} of {len(weeks)} weeks")
    return f"{label}. {'; '.join(told)}"


def _fit(name: str, layout: _Layout) -> str:
    room = (layout.width - 80 if layout.name_above else layout.left - 12) / (layout.font * 0.55)
    return name if len(name) <= room else f"{name[: int(room) - 1]}…"


def _is_open(state: SignalState) -> bool:
    return state is SignalState.UNKNOWN
