"""The one-page report: the verdict, four numbers, five signals, and what they rest on."""

from datetime import datetime

from protem.board.blocks import Number, Page, Rows, Section, Sentence
from protem.board.status import Status, in_words, status_of
from protem.handoff import queries as handoff
from protem.handoff.signal import SIGNALS
from protem.measure import queries as measure
from protem.measure.queries import SnapshotView
from protem.ui.wording import quantity

WEEKS = 52
SHAPES = {
    "improving": "▲ improving",
    "steady": "● steady",
    "degrading": "▼ degrading",
    "insufficient data": "○ not enough data",
    "not comparable": "◐ not comparable",
    "on": "● on",
    "off": "○ off",
    "unknown": "◐ unknown",
}


def one_page(as_of: datetime | None = None) -> Page:
    """The report of the newest week, or of the one that holds ``as_of``."""
    status = status_of(as_of)
    lead = Section(title="", blocks=(Sentence(text=status.sentence, is_lead=True),))
    sections = [lead]
    if status.as_of is not None:
        sections += [_numbers(as_of), _signals(as_of), _sources(as_of)]
    return Page(
        title="Security program, weekly",
        company=status.company,
        as_of=status.as_of,
        sections=tuple(sections),
        footer=_footer(status),
    )


def _numbers(as_of: datetime | None) -> Section:
    blocks = tuple(_number(view, as_of) for view in measure.current(as_of))
    return Section(title="Four numbers", blocks=blocks)


def _number(view: SnapshotView, as_of: datetime | None) -> Number:
    points = measure.history(view.metric, as_of.date() if as_of else None, WEEKS)
    unit = view.reading.unit
    target = f"target {quantity(view.target, unit)}" if view.target is not None else ""
    return Number(
        title=view.title,
        value=quantity(view.reading.value, unit),
        verdict=SHAPES[view.reading.verdict],
        target=target,
        sentence=view.reading.verdict_sentence,
        history=tuple(point.value for point in points),
        aim=view.target,
    )


def _signals(as_of: datetime | None) -> Section:
    found = handoff.current(as_of)
    readings = found.readings if found else []
    rows = tuple(
        (
            SIGNALS.get(one.signal).title,
            SHAPES[one.state],
            in_words(one.value, one.unit),
            one.sentence,
        )
        for one in readings
    )
    return Section(
        title="Five handoff signals",
        blocks=(
            Rows(
                columns=("Signal", "State", "Value", "What it rests on"),
                rows=rows,
                empty="No signals yet.",
            ),
        ),
    )


def _sources(as_of: datetime | None) -> Section:
    """Which sources the numbers depend on, how fresh they are, and what was left out."""
    ages: dict[str, str] = {}
    left_out: list[tuple[str, ...]] = []
    for view in measure.current(as_of):
        for source in view.reading.sources:
            age = "no report" if source.age_days is None else f"{source.age_days:.0f} d"
            ages[source.tool] = age if source.is_fresh else f"{age} ◐ stale"
        left_out += [
            (view.title, f"{out.count:,}", out.reason) for out in view.reading.exclusions
        ]
    listed = ", ".join(f"{tool} {age}" for tool, age in sorted(ages.items()))
    blocks = (
        Sentence(text=f"Age of the newest report: {listed}." if listed else "No sources yet."),
        Rows(
            columns=("Left out of", "Count", "Why"),
            rows=tuple(left_out),
            empty="Nothing was left out.",
        ),
    )
    return Section(title="Sources and what is left out", blocks=blocks)


def _footer(status: Status) -> str:
    weeks = "about 1 in 10 steady years shows a wrong arrow"
    return f"Verdicts are tests, not arrows: {weeks}." if status.as_of else ""
