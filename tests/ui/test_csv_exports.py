"""CSV downloads carry the data and nothing a spreadsheet would run."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.ui.exports import Cell, csv_lines, csv_response, neutral


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-", "-1e5", "--1"],
)
def test_formulas_are_neutralised(cell: Cell) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (-3, "-3"),
        (-3.5, "-3.5"),
        ("-12.50", "-12.50"),
        (Decimal("-0.10"), "-0.10"),
        (None, ""),
        (date(2026, 3, 12), "2026-03-12"),
        (datetime(2026, 3, 12, 4, 5, tzinfo=UTC), "2026-03-12T04:05:00+00:00"),
        ("a=b", "a=b"),
        (True, "True"),
    ],
)
def test_plain_values_stay_as_they_are(cell: Cell, text: str) -> None:
    assert neutral(cell) == text


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_no_cell_starts_a_formula(cells: list[str]) -> None:
    line = list(csv_lines(["a"], [cells]))[1]
    (read,) = csv.reader(io.StringIO(line, newline=""))
    for cell in read:
        is_number = cell.removeprefix("-").replace(".", "", 1).isdecimal()
        assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_response_streams_an_attachment() -> None:
    rows: list[list[Cell]] = [["Zürich", 11], ["=x", -2]]
    response = csv_response('pa"tch\r\n.csv', ["Name", "Days"], iter(rows))
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="patch.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.getvalue().decode() == "Name,Days\r\nZürich,11\r\n'=x,-2\r\n"


def test_a_byte_order_mark_comes_first_when_asked() -> None:
    body = csv_response("x.csv", ["a"], [], with_bom=True).getvalue()
    assert body.startswith(b"\xef\xbb\xbfa")


def test_a_name_of_no_letters_gets_one() -> None:
    assert 'filename="download.csv"' in csv_response("“”", ["a"], [])["Content-Disposition"]
