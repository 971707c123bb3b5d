"""The list of all metrics with their newest readings."""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from protem.ledger.cuts import WHOLE, By
from protem.measure import queries as measured
from protem.measure.cuts import queries as cuts
from protem.measure.metric import METRICS, Metric
from protem.measure.queries import SnapshotView
from protem.ui.wording import quantity
from protem.web import addresses, moments
from protem.web.compare_page import lede
from protem.web.cuts import PARAMETER as CUT
from protem.web.cuts import CutMenu, asked_cut, cut_menu
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
    cuts: CutMenu
    teams: str
    """Which group lags, in a sentence; empty without groups."""


def measure_list(as_of: datetime | None, query: QueryDict) -> MeasureList:
    """Every metric there is, in the order of Today; of a part, those that can be cut."""
    cut = asked_cut(query)
    views = {view.metric: view for view in measured.current(as_of, cut=cut)}
    shown = max((view.reading.as_of for view in views.values()), default=None)
    first = None
    if views:
        points = measured.history(next(iter(views)), weeks=moments.STEPS[-1][0] + 1, cut=cut)
        first = points[0].week if points else None
    asked = addresses.only(query, moments.PARAMETER, CUT)
    return MeasureList(
        metrics=[
            _measured(metric, views.get(metric.name), asked)
            for metric in METRICS
            if metric.can_be_cut or cut == WHOLE
        ],
        menu=moments.menu(shown, as_of, first, query=query) if shown else None,
        cuts=cut_menu(query, cut),
        teams=lede(cuts.lagging(cuts.comparison(By.GROUP, as_of))) if cut == WHOLE else "",
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
