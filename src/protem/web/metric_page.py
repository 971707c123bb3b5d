"""One metric's page: chart and sentences from snapshots, lists from facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from protem.formats.format import FORMATS
from protem.kit import clock
from protem.measure import queries as measured
from protem.measure.kept import queries as kept
from protem.measure.metric import METRICS, Metric
from protem.measure.queries import SnapshotView
from protem.sources import queries as sources
from protem.ui.charts import Point, Window
from protem.ui.wording import quantity
from protem.web import freshness, moments, today
from protem.web.freshness import SourceLine
from protem.web.metric_tables import Listed, listed
from protem.web.moments import Menu

WEEKS = 104


@dataclass(frozen=True, kw_only=True, slots=True)
class Companion:
    """A number beside the headline."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A format that feeds the metric, and how to get such an export."""

    title: str
    example: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricPage:
    """Everything the page shows; ``view`` is None before anything was measured."""

    metric: Metric
    view: SnapshotView | None
    value: str
    band: str
    target_text: str
    menu: Menu | None
    points: list[Point]
    windows: list[Window]
    ticks: list[date]
    companions: list[Companion]
    sources: list[SourceLine]
    feeds: list[Feed]
    tables: list[Listed]

    @property
    def is_unmeasured(self) -> bool:
        """Whether how to feed it is what matters most."""
        return self.view is None


def metric_page(name: str, as_of: datetime | None, *, sort: str) -> MetricPage:
    """The page of one metric as of a moment; raises ``RegistryError`` for an unknown one."""
    metric = METRICS.get(name)
    view = next((one for one in measured.current(as_of) if one.metric == name), None)
    history = measured.history(name, view.week, WEEKS) if view else []
    query = moments.kept(as_of)
    return MetricPage(
        metric=metric,
        view=view,
        value=quantity(view.reading.value, view.reading.unit) if view else "",
        band=_band(view),
        target_text=today.target_words(view) if view else "",
        menu=moments.menu(view.reading.as_of, as_of, history[0].week if history else None)
        if view
        else None,
        points=[
            Point(on=one.week, value=one.value, low=one.low, high=one.high) for one in history
        ],
        windows=_windows(view),
        ticks=_ticks(name, history),
        companions=_companions(view),
        sources=freshness.lines(view.reading.sources, as_of or clock.now()) if view else [],
        feeds=[
            Feed(title=form.title, example=form.example)
            for form in FORMATS
            if name in form.feeds
        ],
        tables=[
            listed(table, sort=sort, url=_csv_url(name, table.name, query))
            for table in kept.tables(name, view.reading.as_of)
        ]
        if view
        else [],
    )


def _csv_url(metric: str, table: str, query: str) -> str:
    return reverse("web:metric_csv", args=(metric, table)) + query


def _band(view: SnapshotView | None) -> str:
    if view is None or view.reading.low is None or view.reading.high is None:
        return ""
    unit = view.reading.unit
    return f"{quantity(view.reading.low)} to {quantity(view.reading.high, unit)}"


def _windows(view: SnapshotView | None) -> list[Window]:
    if view is None:
        return []
    labels = ("before", "now") if len(view.reading.windows) > 1 else ("compared",)
    pairs = zip(view.reading.windows, labels, strict=False)
    return [Window(start=start, end=end, label=label) for (start, end), label in pairs]


def _ticks(metric: str, history: Sequence[measured.Point]) -> list[date]:
    """The days on which a file came that feeds the metric, within the chart."""
    if not history:
        return []
    feeding = [form.name for form in FORMATS if metric in form.feeds]
    days = {moment.date() for moment in sources.import_days(feeding)}
    return sorted(day for day in days if history[0].week <= day <= history[-1].week)


def _companions(view: SnapshotView | None) -> list[Companion]:
    if view is None:
        return []
    return [
        Companion(label=one.label, value=quantity(one.value, one.unit), note=one.note)
        for one in view.reading.companions
    ]
