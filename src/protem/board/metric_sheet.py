"""One metric on a sheet: its sentence, its chart, what stands beside it and behind it."""

from datetime import datetime

from protem.board.blocks import Block, Figure, Page, Rows, Section, Sentence
from protem.board.metric_chart import metric_chart
from protem.board.onepage import SHAPES
from protem.measure import queries as measured
from protem.measure.definitions import in_force
from protem.measure.metric import METRICS, Metric, Reading
from protem.measure.queries import SnapshotView
from protem.people.queries import company_name
from protem.ui.wording import quantity

WEEKS = 105


def metric_sheet(name: str, as_of: datetime | None = None) -> Page:
    """The sheet of a metric as of the newest week, or of the one that holds ``as_of``.

    Raises:
        RegistryError: There is no such metric.
    """
    metric = METRICS.get(name)
    view = next((one for one in measured.current(as_of) if one.metric == name), None)
    sections = _sections(metric, view, is_replay=as_of is not None) if view else []
    nothing = Section(title="", blocks=(Sentence(text="Nothing is measured yet."),))
    return Page(
        title=metric.title,
        company=company_name(),
        as_of=view.reading.as_of if view else None,
        sections=tuple(sections or [nothing]),
        footer="Verdicts are tests: about 1 in 10 steady years shows a wrong arrow.",
    )


def _sections(metric: Metric, view: SnapshotView, *, is_replay: bool) -> list[Section]:
    reading = view.reading
    told: list[Block] = [
        Sentence(text=reading.sentence, is_lead=True),
        Sentence(text=f"{SHAPES[reading.verdict]}. {reading.verdict_sentence}"),
    ]
    if reading.red_flag:
        told.append(Sentence(text=reading.red_flag))
    chart = metric_chart(view, WEEKS, is_replay=is_replay)
    defined = "; ".join(
        f"{label}: {value}"
        for label, value in in_force(measured.definition_in_force(), metric.name)
    )
    return [
        Section(title="", blocks=(*told, Figure(chart=chart))),
        Section(title="Beside it", blocks=(_companions(reading),)),
        Section(title="Left out of the number", blocks=(_exclusions(metric, reading),)),
        Section(title="Sources", blocks=(Sentence(text=_sources(reading)),)),
        Section(
            title="Definition",
            blocks=(Sentence(text=metric.definition), Sentence(text=f"In force: {defined}.")),
        ),
    ]


def _companions(reading: Reading) -> Rows:
    return Rows(
        columns=("What", "Value", "What it is"),
        rows=tuple(
            (one.label, quantity(one.value, one.unit), one.note) for one in reading.companions
        ),
        empty="Nothing stands beside it.",
    )


def _exclusions(metric: Metric, reading: Reading) -> Rows:
    return Rows(
        columns=("Left out of", "Count", "Why"),
        rows=tuple((metric.title, f"{one.count:,}", one.reason) for one in reading.exclusions),
        empty="Nothing was left out.",
    )


def _sources(reading: Reading) -> str:
    ages = [
        f"{one.tool} {one.age_days:.0f} days old{'' if one.is_fresh else ', stale'}"
        for one in reading.sources
        if one.age_days is not None
    ]
    return f"{'; '.join(ages)}." if ages else "This number rests on what was entered by hand."
