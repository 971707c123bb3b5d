"""A list behind a metric, ready to download: its rows, and what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from protem.measure import queries as measured
from protem.measure.metric import METRICS, SourceState
from protem.measure.queries import SnapshotView
from protem.ui.exports import Cell
from protem.web.cuts import asked_cut, label_of
from protem.web.errors import NoSuchThingError
from protem.web.metric_page import newest_view
from protem.web.metric_tables import cells, ordered
from protem.web.table_filters import filters_of, narrowed


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """The columns and rows of a list, and the sheet that tells where it comes from."""

    title: str
    columns: list[str]
    rows: list[Sequence[Any]]
    about: list[tuple[str, Cell]]


def download_of(name: str, table: str, as_of: datetime | None, query: QueryDict) -> Download:
    """Every row of one list that the address's filters keep, in its order.

    Raises:
        RegistryError: There is no such metric.
        NoSuchThingError: There is no such list behind it.
    """
    metric, cut = METRICS.get(name), asked_cut(query)
    view = newest_view(name, as_of, cut=cut)
    tables = measured.tables(name, view.reading.as_of, cut=cut) if view else []
    found = next((one for one in tables if one.name == table), None)
    if view is None or found is None:
        raise NoSuchThingError(f"there is no list “{table}” behind {metric.title}")
    filters = filters_of(query)
    kept = ordered(found, narrowed(found, filters), query.get("sort", ""))
    about: list[tuple[str, Cell]] = [
        ("List", found.title),
        ("Metric", metric.title),
        ("Of", label_of(cut)),
        *_told(view),
        ("Rows", f"{len(kept):,} of {len(found.rows):,}"),
        ("Filtered by", filters.told or "nothing"),
    ]
    return Download(
        title=found.title,
        columns=[column.label for column in found.columns],
        rows=cells(found, kept),
        about=about,
    )


def _told(view: SnapshotView) -> list[tuple[str, Cell]]:
    reading = view.reading
    return [
        ("As of", reading.as_of),
        ("Reading", reading.sentence),
        ("Verdict", reading.verdict_sentence),
        ("Sources", "; ".join(_source(one) for one in reading.sources) or "entered by hand"),
    ]


def _source(one: SourceState) -> str:
    age = "never" if one.age_days is None else f"{one.age_days:.0f} days old"
    return f"{one.tool}, {age}"
