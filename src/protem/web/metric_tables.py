"""The lists behind a metric: sorted by the address, cut for the page, whole for download."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protem.measure.metric import Table
from protem.ui.tables import Column

MOST_ROWS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One list as its page shows it; keys carry the list's name, so each sorts by itself."""

    title: str
    columns: list[Column]
    rows: list[dict[str, Any]]
    count: int
    csv_url: str
    empty: str
    sort: str

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than shown."""
        return self.count > len(self.rows)


def listed(table: Table, *, sort: str, url: str) -> Listed:
    """The first rows of a list in the order asked for, such as ``-past-deadline.age_days``."""
    rows = ordered(table, sort)[:MOST_ROWS]
    return Listed(
        title=table.title,
        columns=[
            Column(
                key=_key(table, column.name),
                label=column.label,
                is_numeric=column.is_number,
                is_sortable=True,
            )
            for column in table.columns
        ],
        rows=[{_key(table, name): value for name, value in row.items()} for row in rows],
        count=len(table.rows) + table.more,
        csv_url=url if table.rows else "",
        empty=table.empty,
        sort=sort,
    )


def ordered(table: Table, sort: str) -> list[dict[str, Any]]:
    """The rows by one column; what is not known comes last either way."""
    wanted = sort.removeprefix("-")
    name = next((c.name for c in table.columns if _key(table, c.name) == wanted), None)
    if name is None:
        return list(table.rows)
    known = [row for row in table.rows if not _is_missing(row[name])]
    missing = [row for row in table.rows if _is_missing(row[name])]
    known.sort(key=lambda row: _sortable(row[name]), reverse=sort.startswith("-"))
    return known + missing


def cells(table: Table) -> list[Sequence[Any]]:
    """Every row in the order of the columns, for a download."""
    return [[row[column.name] for column in table.columns] for row in table.rows]


def _key(table: Table, name: str) -> str:
    return f"{table.name}.{name}"


def _is_missing(value: object) -> bool:
    return value is None or value == ""


def _sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
