"""XLSX downloads whose text stays text: nothing in them is run as a formula."""

import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from protem.kit.errors import ProtemError
from protem.ui.exports import Cell, file_name

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575
"""What a sheet holds below its heading."""
LONGEST_TEXT = 32_767
"""Letters a cell holds."""
LONGEST_TITLE = 31
NARROW, WIDE = 10, 44
"""Widths of columns, in letters."""
# XML knows no other control characters, and a sheet's title none of these.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_TITLE = re.compile(r"[\\*?:/\[\]']")


class TooManyRowsError(ProtemError):
    """More rows than a sheet holds."""


def xlsx_response(
    filename: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str = "Rows",
    about: Sequence[tuple[str, Cell]] = (),
) -> FileResponse:
    """``rows`` below ``columns`` as a workbook called ``filename``, written row by row.

    ``about`` becomes a second sheet of label and value: what the list is, as of when, from
    which sources, by which filter. Instants are told in UTC, for a sheet knows no time zones.

    Raises:
        TooManyRowsError: There are more rows than a sheet holds; a CSV has no such limit.
    """
    file = BytesIO()
    write_workbook(file, columns, rows, title=title, about=about)
    file.seek(0)
    name = file_name(filename, instead="download.xlsx")
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def write_workbook(
    file: Any,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str = "Rows",
    about: Sequence[tuple[str, Cell]] = (),
) -> None:
    """Write the workbook of ``xlsx_response`` to a binary file open for writing."""
    book = Workbook(write_only=True)
    with closing(book.create_sheet(_sheet_title(title))) as sheet:
        _set_columns(sheet, [min(max(len(name) + 4, NARROW), WIDE) for name in columns])
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, name, is_heading=True) for name in columns])
        for place, row in enumerate(rows):
            if place >= MOST_ROWS:
                raise TooManyRowsError(
                    f"a sheet holds {MOST_ROWS:,} rows and this list has more",
                    remedy="download the CSV, or filter the list first",
                )
            sheet.append([_cell(sheet, value) for value in row])
    if about:
        with closing(book.create_sheet("About")) as sheet:
            _set_columns(sheet, [24, 80])
            for label, value in about:
                sheet.append([_cell(sheet, label, is_heading=True), _cell(sheet, value)])
    book.save(file)


def _sheet_title(wanted: str) -> str:
    return _NO_TITLE.sub(" ", wanted)[:LONGEST_TITLE].strip() or "Rows"


def _set_columns(sheet: Any, widths: Sequence[int]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _cell(sheet: Any, value: Cell, *, is_heading: bool = False) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, str):
        value = _FORBIDDEN.sub("", value)[:LONGEST_TEXT]
    cell: Any = WriteOnlyCell(sheet)
    cell.value = value
    if isinstance(value, str):
        # Else text with an equals sign is a formula; quoted, it stays text when edited.
        cell.data_type = "s"
        cell.quotePrefix = True
    if is_heading:
        cell.font = Font(bold=True)
    return cell
