"""XLSX downloads carry the data and nothing a spreadsheet would run."""

import io
from datetime import UTC, date, datetime
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from protem.ui import workbooks
from protem.ui.exports import Cell
from protem.ui.workbooks import TooManyRowsError, write_workbook, xlsx_response

pytestmark = pytest.mark.pure


def written(rows: list[list[Cell]], **more: Any) -> io.BytesIO:
    file = io.BytesIO()
    write_workbook(file, ["a"], rows, **more)
    return file


def cells(rows: list[list[Cell]], **more: Any) -> list[Any]:
    sheet = load_workbook(written(rows, **more)).worksheets[0]
    return [cell for (cell,) in sheet.iter_rows(min_row=2)]


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5))
def test_no_text_becomes_a_formula(texts: list[str]) -> None:
    file = written([[text] for text in ["=1+1", *texts]])
    assert "<f>" not in ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    assert cells([["=1+1"]])[0].value == "=1+1"
    assert cells([["=1+1"]])[0].data_type == "s"


def test_values_keep_their_kind() -> None:
    given: list[Cell] = [3, -2.5, date(2026, 3, 12), datetime(2026, 3, 12, 4, tzinfo=UTC)]
    found = [cell.value for cell in cells([[value] for value in given])]
    assert found == [3, -2.5, datetime(2026, 3, 12), datetime(2026, 3, 12, 4)]  # noqa: DTZ001


def test_control_characters_are_left_out_and_long_text_is_cut() -> None:
    first, second = (cell.value for cell in cells([["a\x00b\x0bc"], ["x" * 40_000]]))
    assert first == "abc"
    assert len(second) == workbooks.LONGEST_TEXT


def test_a_second_sheet_says_what_it_is() -> None:
    book = load_workbook(written([], title="A/B [x]", about=[("As of", "=now()")]))
    assert book.sheetnames == ["A B  x", "About"]
    assert [cell.value for cell in next(book["About"].rows)] == ["As of", "=now()"]


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)
    with pytest.raises(TooManyRowsError, match="CSV"):
        written([[1], [2], [3]])


def test_the_response_is_an_attachment() -> None:
    response = xlsx_response('pa"tch\r\n.xlsx', ["Name"], iter([["Zürich"]]))
    assert response["Content-Disposition"] == 'attachment; filename="patch.xlsx"'
    assert response["Content-Type"] == workbooks.CONTENT_TYPE
    sheet = load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.rows] == [["Name"], ["Zürich"]]
