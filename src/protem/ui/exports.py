"""CSV downloads that a spreadsheet cannot mistake for a program."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.http import StreamingHttpResponse

BOM = "\ufeff"
# A cell that begins with one of these is run as a formula by spreadsheets.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | Decimal | date | datetime | bool | None


class _Echo:
    """A file that hands each written line straight back."""

    def write(self, line: str) -> str:
        return line


def csv_response(
    filename: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    with_bom: bool = False,
) -> StreamingHttpResponse:
    """Stream ``rows`` below ``columns`` as a UTF-8 attachment called ``filename``.

    ``with_bom`` starts with a byte order mark, which old Excel needs to see UTF-8.
    """
    response = StreamingHttpResponse(
        csv_lines(columns, rows, with_bom=with_bom), content_type="text/csv; charset=utf-8"
    )
    name = file_name(filename, instead="download.csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def csv_lines(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, with_bom: bool = False
) -> Iterator[str]:
    """The lines of the file, one row at a time."""
    writer = csv.writer(_Echo())
    header = writer.writerow([neutral(column) for column in columns])
    yield f"{BOM if with_bom else ''}{header}"
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in row])


def neutral(cell: Cell) -> str:
    """The cell's text, with an apostrophe before anything a spreadsheet would run.

    Numbers stay numbers, negative ones too, also when they come as text.
    """
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell)
    if text.startswith(_FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def file_name(wanted: str, *, instead: str) -> str:
    """A name that every system takes, of the harmless letters of ``wanted``, if it has any."""
    name = "".join(sign for sign in wanted if sign.isalnum() or sign in "-_. ")
    return name.encode("ascii", "ignore").decode().strip() or instead


def _is_number(text: str) -> bool:
    sign_less = text.removeprefix("-")
    whole, _, decimals = sign_less.partition(".")
    return whole.isdecimal() and whole.isascii() and (not decimals or decimals.isdecimal())
