"""The list of all metrics with their newest readings."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from protem.measure import queries as measured
from protem.measure.metric import METRICS, Metric
from protem.measure.queries import SnapshotView
from protem.ui.wording import quantity
from protem.web import moments
from protem.web.moments import Menu
from protem.web.today import target_words


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One metric with its sentences; without a value before anything was measured."""

    title: str
    url: str
    value: str
    verdict: str
    target_text: str
    sentence: str
    verdict_sentence: str

    @property
    def link_text(self) -> str:
        """What the link to its page says."""
        return "Details" if self.value else "How to measure it"


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasureList:
    """All metrics, as of one moment."""

    metrics: list[Measured]
    menu: Menu | None


def measure_list(as_of: datetime | None) -> MeasureList:
    """Every metric there is, in the order of Today."""
    views = {view.metric: view for view in measured.current(as_of)}
    shown = max((view.reading.as_of for view in views.values()), default=None)
    first = None
    if views:
        points = measured.history(next(iter(views)), weeks=moments.STEPS[-1][0] + 1)
        first = points[0].week if points else None
    query = moments.kept(as_of)
    return MeasureList(
        metrics=[_measured(metric, views.get(metric.name), query) for metric in METRICS],
        menu=moments.menu(shown, as_of, first) if shown else None,
    )


def _measured(metric: Metric, view: SnapshotView | None, query: str) -> Measured:
    url = reverse("web:metric", args=(metric.name,)) + query
    if view is None:
        return Measured(
            title=metric.title,
            url=url,
            value="",
            verdict="insufficient data",
            target_text="",
            sentence="Nothing is measured yet: the page says which exports feed it.",
            verdict_sentence="",
        )
    return Measured(
        title=metric.title,
        url=url,
        value=quantity(view.reading.value, view.reading.unit),
        verdict=view.reading.verdict.value,
        target_text=target_words(view),
        sentence=view.reading.sentence,
        verdict_sentence=view.reading.verdict_sentence,
    )
