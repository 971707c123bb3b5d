"""Lists of machines as consoles and clouds hand them out: in pages, dated by their newest row.

Such a list carries no date of its own, and what an export tool fetched may be the first page
of several. Both are settled here, once for all consoles.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from protem.formats.format import ExportFile, FormatError
from protem.formats.jsonviews import Elements
from protem.formats.records import Agent, Asset, Record, Scan
from protem.formats.skips import Newest, Skips

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[Row]):
    """The rows of one file, and what it says of those it does not hold.

    ``rows`` is ``None`` where the file has no list at all, as in an error's body.
    """

    rows: Elements[Row | None] | None
    total: int | None = None
    """How many there are altogether, where the console says so."""
    next_page: str = ""
    """The field that announces another page, where one is announced."""
    page_limit: int | None = None
    """The most rows of one page, for a console that announces nothing: exactly so many rows
    are taken for the first page of several."""

    def problem(self, noun: str) -> str:
        """Why this is not the whole list, in words; empty when it is."""
        shown = len(self.rows or ())
        if self.next_page:
            return f"one page of several ({self.next_page})"
        if self.total is not None and self.total > shown:
            return f"shows {shown:,} of {self.total:,} {noun}"
        if self.page_limit is not None and shown == self.page_limit:
            return f"exactly {shown:,} {noun}, the most that one page holds"
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Console(Generic[Row]):
    """How the rows of one tool become records."""

    tool: str
    noun: str
    """What the rows are, in the plural."""
    expected: str
    """What the file should be, for the error's remedy."""
    read: Callable[[Row, Skips], Asset | Agent | None]
    """The record of a row; ``None`` (and a reason among the skips) where it is none."""
    seen: Callable[[Row], datetime | None] | None = None
    """When the row last showed life; without it the file has no date but its own."""


def records_of(
    file: ExportFile, page: Page[Row], console: Console[Row], *, target: str = "inventory:"
) -> Iterator[Record]:
    """One ``Scan`` of ``target``, the record of every row, then what was left out.

    Raises:
        FormatError: There is no list.
    """
    if page.rows is None:
        raise FormatError(
            f"there is no list of {console.noun}",
            where=file.name,
            remedy=f"export {console.expected}",
        )
    newest = Newest(file.modified_at)
    for row in page.rows if console.seen else ():
        if row is not None:
            newest.add(console.seen(row))  # type: ignore[misc] # it is there
    problem = page.problem(console.noun)
    yield Scan(
        tool=console.tool,
        target=target,
        as_of=newest.moment,
        is_complete=not problem,
        problem=problem,
    )
    skips = Skips()
    for row in page.rows:
        if row is not None and (record := console.read(row, skips)) is not None:
            yield record
    yield from skips.records()


def only(values: Iterable[str | None]) -> str:
    """The one value that all rows share, such as an account; empty when there are several."""
    known = (value for value in values if value)
    first = next(known, "")
    return first if all(value == first for value in known) else ""
