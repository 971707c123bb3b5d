"""Tables as data: columns, rows and how a cell is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from protem.ui.wording import date_plain, quantity

DASH = "\N{EN DASH}"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: ``key`` names the row's item or attribute, ``link`` the one with its URL.

    ``hint`` explains the label in plain words to whoever rests on it.
    """

    key: str
    label: str
    is_numeric: bool = False
    is_sortable: bool = False
    link: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A column's heading with the link that sorts by it; ``order`` is its aria-sort."""

    column: Column
    url: str
    order: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell, ready to be written."""

    text: str | SafeString
    url: str
    is_numeric: bool


def headings(columns: Sequence[Column], *, sort: str, query: QueryDict) -> list[Heading]:
    """The headings; a sortable one links to itself, and to its reverse when it is in force."""
    made = []
    for column in columns:
        order = {column.key: "ascending", f"-{column.key}": "descending"}.get(sort, "")
        url = ""
        if column.is_sortable:
            following = query.copy()
            following["sort"] = f"-{column.key}" if order == "ascending" else column.key
            following.pop("page", None)
            url = f"?{following.urlencode()}"
        made.append(Heading(column=column, url=url, order=order))
    return made


def cells(row: object, columns: Sequence[Column]) -> list[Cell]:
    """One row's cells in the order of ``columns``."""
    return [
        Cell(
            text=shown(item_of(row, column.key)),
            url=str(item_of(row, column.link) or "") if column.link else "",
            is_numeric=column.is_numeric,
        )
        for column in columns
    ]


def item_of(row: object, key: str) -> object:
    """The item or attribute of that name; a missing one is a mistake and raises."""
    if isinstance(row, Mapping):
        return row[key]
    return getattr(row, key)


def shown(value: object) -> str | SafeString:
    """A value as a cell shows it: dates plainly, numbers rounded, unknown as a dash."""
    if value is None or value == "":
        return format_html('<span class="quiet" title="{}">{}</span>', "not known", DASH)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return date_plain(value)
    if isinstance(value, int | float):
        return quantity(value)
    return value if isinstance(value, str) else str(value)
