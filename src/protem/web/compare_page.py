"""Teams side by side: one row a group (or owner, criticality, kind), one column a metric."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from protem.ledger.cuts import By
from protem.measure.cuts import queries as cuts
from protem.measure.cuts.queries import CutRow
from protem.measure.metric import METRICS, Metric
from protem.measure.queries import SnapshotView
from protem.ui.exports import Cell as Text
from protem.ui.wording import quantity
from protem.web import addresses, moments
from protem.web.cuts import LABELS
from protem.web.cuts import PARAMETER as CUT
from protem.web.moments import Menu
from protem.web.today import target_words

BY = "by"
SHAPES = {True: "●", False: "▼", None: "○"}
WORDS = {True: "on target", False: "behind", None: "not enough data"}
FILTERS = {By.GROUP: "group", By.OWNER: "owner", By.CRITICALITY: "criticality", By.KIND: "kind"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One metric of one part: its value against the target, and which way it went."""

    value: str
    shape: str
    standing: str
    verdict: str
    n: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One part of the company with its numbers, in the order of the columns."""

    label: str
    assets_url: str
    numbers: list[Number]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparePage:
    """Everything the page shows."""

    by: By
    lede: str
    ways: list[dict[str, object]]
    columns: list[tuple[str, str]]
    """Each metric's title and its target in words."""
    lines: list[Line]
    menu: Menu | None
    csv_url: str


def asked_way(query: QueryDict) -> By:
    """What an address wants told apart; by group where it does not say."""
    text = query.get(BY, "")
    return By(text) if text in set(By) else By.GROUP


def compare_page(as_of: datetime | None, query: QueryDict) -> ComparePage:
    """The parts by how far they are behind, the furthest first."""
    by = asked_way(query)
    rows = cuts.lagging(cuts.comparison(by, as_of))
    metrics = [metric for metric in METRICS if metric.can_be_cut]
    shown = max((v.reading.as_of for row in rows for v in row.views.values()), default=None)
    return ComparePage(
        by=by,
        lede=lede(rows),
        ways=[
            {
                "label": LABELS[way],
                "url": addresses.changed(query, by=None if way is By.GROUP else way.value),
                "current": way is by,
            }
            for way in By
        ],
        columns=[(metric.title, _target(metric, rows)) for metric in metrics],
        lines=[_line(row, metrics, as_of) for row in rows],
        menu=moments.menu(shown, as_of, None, query=query) if shown else None,
        csv_url=reverse("web:compare_csv") + addresses.only(query, BY, moments.PARAMETER),
    )


def csv_columns() -> list[str]:
    """The columns of the download."""
    each = ("value", "unit", "target", "verdict", "n")
    titles = [metric.title for metric in METRICS if metric.can_be_cut]
    return ["Part", *(f"{title}, {what}" for title in titles for what in each)]


def csv_rows(as_of: datetime | None, query: QueryDict) -> list[list[Text]]:
    """The same table for a download."""
    metrics = [metric for metric in METRICS if metric.can_be_cut]
    return [
        [row.cut.label, *(cell for metric in metrics for cell in _cells(row, metric))]
        for row in cuts.lagging(cuts.comparison(asked_way(query), as_of))
    ]


def lede(rows: Iterable[CutRow]) -> str:
    """Which part lags, in a sentence; ``rows`` come the furthest behind first."""
    found = list(rows)
    late = [row for row in found if row.behind]
    if not found:
        return ""
    if not late:
        return "All that can be measured is on target."
    first = late[0]
    titles = [v.title for v in first.views.values() if v.meets_target is False]
    others = (
        f" {len(late) - 1} more miss one." if len(late) > 1 else " All others are on target."
    )
    return f"{first.cut.label} is furthest behind: {_joined(titles)}.{others}"


def _joined(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _target(metric: Metric, rows: Iterable[CutRow]) -> str:
    views = (row.views.get(metric.name) for row in rows)
    return next((target_words(view) for view in views if view is not None), "")


def _line(row: CutRow, metrics: Iterable[Metric], as_of: datetime | None) -> Line:
    wanted = {FILTERS[row.cut.by]: row.cut.value or "none"}
    return Line(
        label=row.cut.label,
        assets_url=f"{reverse('web:assets')}?{urlencode(wanted)}",
        numbers=[_number(row, metric, as_of) for metric in metrics],
    )


def _number(row: CutRow, metric: Metric, as_of: datetime | None) -> Number:
    asked = {CUT: str(row.cut)}
    if as_of is not None:
        asked[moments.PARAMETER] = as_of.date().isoformat()
    view = row.views.get(metric.name)
    is_known = view is not None and view.reading.value is not None
    return Number(
        value=quantity(view.reading.value, view.reading.unit) if view and is_known else "",
        shape=SHAPES[view.meets_target if view else None],
        standing=WORDS[view.meets_target if view else None],
        verdict=view.reading.verdict.value if view and is_known else "",
        n=f"{view.reading.n:,}" if view else "",
        url=f"{reverse('web:metric', args=(metric.name,))}?{urlencode(asked)}",
    )


def _cells(row: CutRow, metric: Metric) -> list[Text]:
    view: SnapshotView | None = row.views.get(metric.name)
    if view is None:
        return [None] * 5
    reading = view.reading
    return [reading.value, reading.unit, view.target, reading.verdict.value, reading.n]
