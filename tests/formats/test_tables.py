from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.formats.format import ExportFile, FormatError
from protem.formats.tables import Row, header_of, normalise, open_table


def rows(content: bytes, folder: Path) -> list[dict[str, str]]:
    with open_table(file_of(content, folder)) as table:
        return [dict(row.cells) for row in table]


def file_of(content: bytes, folder: Path) -> ExportFile:
    path = folder / "table.csv"
    path.write_bytes(content)
    return ExportFile(path=path, name="table.csv", modified_at=datetime(2026, 3, 1, tzinfo=UTC))


def row(**cells: str) -> Row:
    return Row(number=7, cells=cells, file="table.csv")


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("Last check-in", "last_check_in"),
        (" Wi-Fi MAC ", "wi_fi_mac"),
        ("HotFixID", "hotfixid"),
    ],
)
def test_names_become_snake_case(name: str, normal: str) -> None:
    assert normalise(name) == normal


@pytest.mark.parametrize(
    "content",
    [
        b"A b,c\n1,2\n",
        b"\xef\xbb\xbfA b;c\r\n1;2\r\n",
        b'"A b"\t"c"\n"1"\t"2"',
        b"A b|c\n\n1|2\n|\n",
        b"#TYPE Some.Type\nA b,c\n1,2\n",
        b"sep=;\nA b;c\n1;2;\n",
        "A b,c\n1,2\n".encode("utf-16"),
    ],
)
def test_dialects(content: bytes, tmp_path: Path) -> None:
    found = [each for each in rows(content, tmp_path) if any(each.values())]
    assert found == [{"a_b": "1", "c": "2"}]
    assert [normalise(cell) for cell in header_of(content)] == ["a_b", "c"]


def test_cells_hold_newlines_delimiters_and_quotes(tmp_path: Path) -> None:
    content = b'a,b\n"line one\nline two, and ""more""",2\n'
    assert rows(content, tmp_path) == [{"a": 'line one\nline two, and "more"', "b": "2"}]


def test_first_of_two_columns_of_a_name_counts(tmp_path: Path) -> None:
    assert rows(b"a,b,A\n1,2,3\n", tmp_path) == [{"a": "1", "b": "2"}]


def test_short_row_is_filled_up(tmp_path: Path) -> None:
    assert rows(b"a,b\n1\n", tmp_path) == [{"a": "1", "b": ""}]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"a,b\n1,2\n1,2,3\n", "row 3"),
        (b"a,b\n1,2\n\xe9,2\n", "table.csv"),
        (b"", "table.csv"),
        (b"\n\n", "table.csv"),
        (b'a,b\n"never closed', "table.csv"),
        (b'a,b\n"x"y,2\n', "table.csv"),
        (b"a,b\n" + b"x" * 2_000_000, "table.csv"),
        (b"a," * 3_000, "table.csv"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, where: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refusal:
        rows(content, tmp_path)
    assert where in refusal.value.where
    assert refusal.value.remedy


@pytest.mark.parametrize("head", [b"", b"{}", b"\0\0,\0", b'"', b"one column\n", b"a," * 3_000])
def test_what_has_no_header(head: bytes) -> None:
    assert header_of(head) == ()


@given(st.binary(max_size=300))
def test_any_head_is_taken(head: bytes) -> None:
    assert isinstance(header_of(head), tuple)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5))
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    import csv
    import io

    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *pairs])
    try:
        content = stream.getvalue().encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return
    found = rows(content, tmp_path_factory.mktemp("csv"))
    assert [(each["a"], each["b"]) for each in found] == [pair for pair in pairs if any(pair)]


def test_cells_are_typed() -> None:
    cells = row(
        when="2026-03-04", many="12", much="1.5", sure="Yes", unsure="no", word=" B ", empty=" "
    )
    assert cells.instant("when") == datetime(2026, 3, 4, tzinfo=UTC)
    assert cells.day("when") == date(2026, 3, 4)
    assert cells.count("many") == 12
    assert cells.number_in("much", 2) == 1.5
    assert cells.flag("sure") is True
    assert cells.flag("unsure") is False
    assert cells.choice("word", {"a": 1, "b": 2}) == 2
    assert cells.first("absent", "empty", "word") == "B"
    for read in (cells.instant, cells.day, cells.count, cells.number_in, cells.flag):
        assert read("empty") is None
        assert read("absent") is None
    assert cells.choice("empty", {"a": 1}) is None


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("instant", "yesterday"),
        ("day", "12/13/2026"),
        ("number_in", "1,5"),
        ("number_in", "-1"),
        ("number_in", "nan"),
        ("number_in", "1e9"),
        ("count", "1.5"),
        ("flag", "maybe"),
        ("needed", ""),
    ],
)
def test_bad_cell_names_row_and_column(method: str, text: str) -> None:
    with pytest.raises(FormatError) as refusal:
        getattr(row(cell=text), method)("cell")
    assert refusal.value.where == "table.csv, row 7, column cell"
    assert refusal.value.remedy


def test_unknown_word_lists_the_known() -> None:
    with pytest.raises(FormatError, match="use alpha, beta"):
        row(cell="x" * 100).choice("cell", {"alpha": 1, "beta": 2})
    with pytest.raises(FormatError, match="from 0 to 10"):
        row(cell="11").number_in("cell", 10)
