"""One metric's page: chart and sentences from snapshots, lists as kept or worked out."""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from protem.board.metric_chart import metric_chart
from protem.formats.format import FORMATS
from protem.kit import clock
from protem.ledger.cuts import WHOLE
from protem.measure import queries as measured
from protem.measure.definitions import in_force
from protem.measure.kept import queries as kept
from protem.measure.metric import METRICS, Breakdown, Metric, Table
from protem.measure.queries import AnnotationView, DefinitionView, SnapshotView, TargetView
from protem.ui.charts import Chart
from protem.ui.wording import quantity
from protem.web import addresses, freshness, moments, today
from protem.web.breakdowns import Why, whys
from protem.web.cuts import PARAMETER as CUT
from protem.web.cuts import CutMenu, asked_cut, cut_menu
from protem.web.freshness import SourceLine
from protem.web.metric_tables import Listed, listed
from protem.web.moments import Menu
from protem.web.table_filters import CHOICE, WORDS, Facet, Filters, facets, filters_of

LISTS, AT_ONCE = "lists", "now"
"""In the address: work the lists out at once, where they are not kept."""
RANGE = "range"
RANGES = {"6m": (27, "6 months"), "1y": (53, "1 year"), "2y": (105, "2 years")}
"""By the word in the address: how many weekly points the chart shows, and its label."""
USUAL_RANGE = "1y"


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
class Decided:
    """What people decided about the metric, with its history."""

    in_force: list[tuple[str, str]]
    """The parts of the definition it rests on, in words."""
    changes: list[DefinitionView]
    targets: list[TargetView]
    remarks: list[AnnotationView]


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricPage:
    """Everything the page shows; ``view`` is None before anything was measured."""

    metric: Metric
    view: SnapshotView | None
    value: str
    band: str
    target_text: str
    menu: Menu | None
    cuts: CutMenu | None
    """The part of the company it is about; None where it is about all of it only."""
    chart: Chart | None
    ranges: list[dict[str, object]]
    companions: list[Companion]
    whys: list[Why]
    sources: list[SourceLine]
    feeds: list[Feed]
    filters: Filters
    facets: list[Facet]
    tables: list[Listed]
    hidden: list[tuple[str, str]]
    """What a form of filters has to carry along."""
    decided: Decided
    later_url: str
    """The same page with what takes a moment to work out; empty where all is there."""

    @property
    def is_unmeasured(self) -> bool:
        """Whether how to feed it is what matters most."""
        return self.view is None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Behind:
    """The lists and breakdowns there are, and whether those are all."""

    tables: list[Table]
    breakdowns: list[Breakdown]
    is_whole: bool


def metric_page(name: str, as_of: datetime | None, query: QueryDict) -> MetricPage:
    """The page of one metric as of a moment; raises ``RegistryError`` for an unknown one.

    ``query`` is the address's: the range of the chart, filters and order of the lists.
    """
    metric = METRICS.get(name)
    cut = asked_cut(query)
    view = newest_view(name, as_of, cut=cut)
    chosen = query.get(RANGE, "")
    chosen = chosen if chosen in RANGES else USUAL_RANGE
    chart = metric_chart(view, RANGES[chosen][0], is_replay=as_of is not None) if view else None
    behind = _behind(view, is_worked_out=query.get(LISTS) == AT_ONCE)
    found = behind.tables
    filters = filters_of(query)
    return MetricPage(
        metric=metric,
        view=view,
        value=quantity(view.reading.value, view.reading.unit) if view else "",
        band=_band(view),
        target_text=today.target_words(view) if view else "",
        menu=_menu(view, as_of, query),
        cuts=cut_menu(query, cut) if metric.can_be_cut else None,
        chart=chart,
        ranges=_ranges(query, chosen),
        companions=_companions(view),
        whys=whys(behind.breakdowns),
        sources=freshness.lines(view.reading.sources, as_of or clock.now()) if view else [],
        feeds=[
            Feed(title=form.title, example=form.example)
            for form in FORMATS
            if name in form.feeds
        ],
        filters=filters,
        facets=facets(found, filters),
        tables=[_listed(name, table, filters, query) for table in found],
        hidden=[(key, str(query[key])) for key in query if not _is_filter(key)],
        decided=_decided(name),
        later_url="" if behind.is_whole else addresses.changed(query, lists=AT_ONCE),
    )


def newest_view(name: str, as_of: datetime | None, *, cut: str = WHOLE) -> SnapshotView | None:
    """The newest snapshot of a metric as of a moment; None before anything was measured."""
    views = measured.current(as_of, cut=cut)
    return next((one for one in views if one.metric == name), None)


def _behind(view: SnapshotView | None, *, is_worked_out: bool) -> "_Behind":
    """What stands behind the number: as kept, or worked out if that is asked for."""
    if view is None:
        return _Behind(tables=[], breakdowns=[], is_whole=True)
    if is_worked_out:
        tables, breakdowns = measured.behind(view)
        return _Behind(tables=tables, breakdowns=breakdowns, is_whole=True)
    kept_tables = kept.tables(view.metric, view.reading.as_of, cut=view.cut)
    kept_breakdowns = measured.kept_breakdowns(view)
    return _Behind(
        tables=kept_tables or [],
        breakdowns=kept_breakdowns or [],
        is_whole=kept_tables is not None and kept_breakdowns is not None,
    )


def _listed(name: str, table: Table, filters: Filters, query: QueryDict) -> Listed:
    asked = addresses.only(query, moments.PARAMETER, CUT, WORDS, CHOICE)
    return listed(
        table,
        sort=query.get("sort", ""),
        filters=filters,
        csv_url=reverse("web:metric_csv", args=(name, table.name)) + asked,
        xlsx_url=reverse("web:metric_xlsx", args=(name, table.name)) + asked,
    )


def _is_filter(key: str) -> bool:
    return key == WORDS or key.startswith(CHOICE)


def _decided(name: str) -> Decided:
    return Decided(
        in_force=in_force(measured.definition_in_force(), name),
        changes=[one for one in measured.definition_history() if name in one.metrics],
        targets=measured.target_history(name),
        remarks=measured.annotation_history(name),
    )


def _ranges(query: QueryDict, chosen: str) -> list[dict[str, object]]:
    return [
        {
            "label": label,
            "url": addresses.changed(query, range_=None if word == USUAL_RANGE else word),
            "current": word == chosen,
        }
        for word, (_, label) in RANGES.items()
    ]


def _menu(view: SnapshotView | None, as_of: datetime | None, query: QueryDict) -> Menu | None:
    if view is None:
        return None
    weeks = moments.STEPS[-1][0] + 1
    oldest = measured.history(view.metric, view.week, weeks, cut=view.cut)
    first = oldest[0].week if oldest else None
    return moments.menu(view.reading.as_of, as_of, first, query=query)


def _band(view: SnapshotView | None) -> str:
    if view is None or view.reading.low is None or view.reading.high is None:
        return ""
    unit = view.reading.unit
    return f"{quantity(view.reading.low)} to {quantity(view.reading.high, unit)}"


def _companions(view: SnapshotView | None) -> list[Companion]:
    if view is None:
        return []
    return [
        Companion(label=one.label, value=quantity(one.value, one.unit), note=one.note)
        for one in view.reading.companions
    ]
