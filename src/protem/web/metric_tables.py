"""The lists behind a metric: filtered and sorted by the address, cut for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protem.measure.metric import Table
from protem.ui.charts import Chart, Point
from protem.ui.tables import Column
from protem.web.table_filters import Filters, narrowed

MOST_ROWS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One list as its page shows it; keys carry the list's name, so each sorts by itself."""

    title: str
    anchor: str
    """Where on the page it stands."""
    columns: list[Column]
    rows: list[dict[str, Any]]
    count: int
    """How many rows the filters keep."""
    total: int
    searched: int | None
    """How many rows were filtered and sorted, where the page has not all of them."""
    csv_url: str
    xlsx_url: str
    empty: str
    sort: str
    chart: Chart | None
    """The list drawn over time, where that says more."""

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than shown."""
        return self.count > len(self.rows)


def listed(table: Table, *, sort: str, filters: Filters, csv_url: str, xlsx_url: str) -> Listed:
    """The first rows of a list in the order asked for, such as ``-past-deadline.age_days``."""
    kept = ordered(table, narrowed(table, filters), sort)
    is_filtered = filters.is_on and bool(table.rows)
    return Listed(
        title=table.title,
        anchor=f"list-{table.name}",
        columns=[
            Column(
                key=_key(table, column.name),
                label=column.label,
                is_numeric=column.is_number,
                is_sortable=True,
            )
            for column in table.columns
        ],
        rows=[
            {_key(table, name): value for name, value in row.items()}
            for row in kept[:MOST_ROWS]
        ],
        count=len(kept) + (0 if filters.is_on else table.more),
        total=len(table.rows) + table.more,
        searched=len(table.rows) if table.more and (sort or filters.is_on) else None,
        csv_url=csv_url if kept or table.more else "",
        xlsx_url=xlsx_url if kept or table.more else "",
        empty="No row is like that." if is_filtered else table.empty,
        sort=sort,
        chart=_drawn(table),
    )


def _drawn(table: Table) -> Chart | None:
    if table.plot is None:
        return None
    plot = table.plot
    points = [
        Point(on=row[plot.on], value=row[plot.value], low=row[plot.low], high=row[plot.high])
        for row in table.rows
    ]
    return Chart(series=points, unit=plot.unit, label=plot.label, band=plot.band)


def ordered(table: Table, rows: Sequence[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """The rows by one column; what is not known comes last either way."""
    wanted = sort.removeprefix("-")
    name = next((c.name for c in table.columns if _key(table, c.name) == wanted), None)
    if name is None:
        return list(rows)
    known = [row for row in rows if not _is_missing(row[name])]
    missing = [row for row in rows if _is_missing(row[name])]
    known.sort(key=lambda row: _sortable(row[name]), reverse=sort.startswith("-"))
    return known + missing


def cells(table: Table, rows: Sequence[dict[str, Any]]) -> list[Sequence[Any]]:
    """The rows with their values in the order of the columns, for a download."""
    return [[row[column.name] for column in table.columns] for row in rows]


def _key(table: Table, name: str) -> str:
    return f"{table.name}.{name}"


def _is_missing(value: object) -> bool:
    return value is None or value == ""


def _sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
