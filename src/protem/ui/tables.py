"""Tables as data: columns, rows and how a cell is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from protem.ui.wording import date_plain, quantity

DASH = "\N{EN DASH}"
UNKNOWN = format_html('<span class="quiet" title="{}">{}</span>', "not known", DASH)


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


def body(rows: Iterable[object], columns: Sequence[Column]) -> SafeString:
    """The rows as HTML, their first column as the heading of the row.

    Written here and not by a template: long lists have thousands of cells.
    """
    return mark_safe("".join(_row(row, columns) for row in rows))  # noqa: S308 - escaped below


def _row(row: object, columns: Sequence[Column]) -> str:
    written = []
    for place, column in enumerate(columns):
        text: str = conditional_escape(shown(item_of(row, column.key)))
        url = str(item_of(row, column.link) or "") if column.link else ""
        if url:
            text = f'<a href="{escape(url)}">{text}</a>'
        tag, scope = ("td", "") if place else ("th", ' scope="row"')
        numeric = ' class="numeric"' if column.is_numeric else ""
        written.append(f"<{tag}{scope}{numeric}>{text}</{tag}>")
    return f"<tr>{''.join(written)}</tr>\n"


def item_of(row: object, key: str) -> object:
    """The item or attribute of that name; a missing one is a mistake and raises."""
    if isinstance(row, Mapping):
        return row[key]
    return getattr(row, key)


def shown(value: object) -> str | SafeString:
    """A value as a cell shows it: dates plainly, numbers rounded, unknown as a dash."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return date_plain(value)
    if isinstance(value, int | float):
        return quantity(value)
    return value if isinstance(value, str) else str(value)
