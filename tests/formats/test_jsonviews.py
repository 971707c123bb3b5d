"""Long lists are decoded slice by slice as if they were decoded whole."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.inventories.exports import SAMPLES, WRITTEN_AT, read, read_path

from protem.formats.format import ExportFile, FormatError
from protem.formats.jsonviews import ABSENT, ElementOf, Elements, decode_views, elements

pytestmark = pytest.mark.pure

ANY: ElementOf[Any] = ElementOf(Any)
MORE_THAN_A_SLICE = 300_000


class Document(msgspec.Struct):
    rows: msgspec.Raw = ABSENT
    total: int | None = None


class Row(msgspec.Struct):
    name: str = ""
    parts: msgspec.Raw = ABSENT


class Named(msgspec.Struct):
    name: str = ""


ROW: ElementOf[Row] = ElementOf(Row)
NAMED: ElementOf[Named] = ElementOf(Named)


def export(content: bytes, folder: Path) -> ExportFile:
    path = folder / "rows.json"
    path.write_bytes(content)
    return ExportFile(path=path, name="rows.json", modified_at=WRITTEN_AT)


def listed(text: str) -> Elements[Any]:
    found = elements(msgspec.Raw(text.encode()), ANY, where="rows.json", expected="rows")
    assert found is not None
    return found


texts = st.sampled_from(["", "a", '"', "\\", "},{", '}, {"a": [', "]", "[", ",", "é", "\u2028"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**12) | st.floats(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
spellings = st.sampled_from(
    [{}, {"separators": (",", ":")}, {"indent": 1}, {"indent": 4, "ensure_ascii": False}]
)


@settings(max_examples=25, deadline=None)
@given(part=st.lists(values, min_size=1, max_size=8), spelling=spellings)
def test_slices_hold_what_the_whole_list_holds(
    part: list[Any], spelling: dict[str, Any]
) -> None:
    length = len(json.dumps(part, **spelling))
    rows = part * (1 + MORE_THAN_A_SLICE // length)
    found = listed(json.dumps(rows, **spelling))
    assert list(found) == rows
    assert list(found) == rows
    assert len(found) == len(rows)
    wanted = range(0, len(rows), 1 + len(rows) // 7)
    again = listed(json.dumps(rows, **spelling))
    assert list(again.picked(wanted)) == [rows[number] for number in wanted]


def test_slices_between_two_picked_elements_are_passed_over() -> None:
    rows = list(range(100_000))
    found = listed(json.dumps(rows))
    assert len(found) == len(rows)
    assert list(found.picked([3, 99_000])) == [3, 99_000]


@pytest.mark.parametrize("blanks", ["", " ", "\n\t "])
def test_an_empty_list_is_empty_and_there(blanks: str) -> None:
    found = listed(f"[{blanks}]")
    assert not found
    assert (len(found), list(found), list(found.picked([]))) == (0, [], [])


def test_one_element_larger_than_a_slice() -> None:
    row = {"name": "x" * MORE_THAN_A_SLICE}
    assert list(listed(json.dumps([row]))) == [row]
    assert list(listed(json.dumps([row, 1, row]))) == [row, 1, row]


@pytest.mark.parametrize("text", ["", "null"])
def test_no_list_is_none(text: str) -> None:
    part = msgspec.Raw(text.encode())
    assert elements(part, ANY, where="rows.json", expected="rows") is None


@pytest.mark.parametrize("text", ["5", '"rows"', "{}", "true"])
def test_something_else_than_a_list_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"Expected `array \| null`") as refusal:
        elements(msgspec.Raw(text.encode()), ANY, where="rows.json, rows", expected="rows")
    assert refusal.value.where == "rows.json, rows"
    assert refusal.value.remedy == "export it again as rows"


@pytest.mark.parametrize("at", [0, 1, 700, 4_999])
@pytest.mark.parametrize("count", [3, 5_000])
def test_the_element_to_blame_is_named(at: int, count: int) -> None:
    rows: list[dict[str, Any]] = [{"name": "x" * 60} for _ in range(count)]
    rows[min(at, count - 1)]["name"] = 5
    part = msgspec.Raw(json.dumps(rows).encode())
    found = elements(part, ROW, where="rows.json, rows", expected="rows")
    for _ in range(2):
        with pytest.raises(
            FormatError, match=r"Expected `str`, got `int` - at `\$.name`"
        ) as no:
            list(found or ())
        assert no.value.where == f"rows.json, rows[{min(at, count - 1)}]"


def test_text_that_is_not_utf_8_is_refused() -> None:
    part = msgspec.Raw(b'[{"name": "\xff"}]')
    with pytest.raises(FormatError, match="not UTF-8 text at byte 0"):
        list(elements(part, ROW, where="rows.json", expected="rows") or ())


def test_lists_within_elements_are_left_for_later() -> None:
    rows = [{"name": str(number), "parts": [number, {"a": []}]} for number in range(9_000)]
    part = msgspec.Raw(json.dumps(rows).encode())
    found = elements(part, ROW, where="rows.json", expected="rows")
    inner = [list(elements(row.parts, ANY, where="", expected="") or ()) for row in found or ()]
    assert inner == [row["parts"] for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    rows = ["é\U0001f600" * 400] * 700
    text = json.dumps({"total": 3, "rows": rows}, ensure_ascii=False)
    mark = "\ufeff" if encoding.endswith("e") else ""
    file = export((mark + text).encode(encoding), tmp_path)
    document = decode_views(file, Document, expected="rows")
    assert document.total == 3
    assert list(elements(document.rows, ANY, where="", expected="") or ()) == rows


@pytest.mark.parametrize("text", ["[1, 2]", " \n[1, 2]\n"])
def test_a_bare_list_becomes_the_named_field(text: str, tmp_path: Path) -> None:
    file = export(text.encode(), tmp_path)
    document = decode_views(file, Document, expected="rows", bare="rows")
    assert list(elements(document.rows, ANY, where="", expected="") or ()) == [1, 2]
    with pytest.raises(FormatError, match="Expected `object`, got `array`"):
        decode_views(file, Document, expected="rows")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "truncated"),
        (b'{"rows": [1, 2', "truncated"),
        (b"[1, 2", "truncated"),
        (b"[1 2]", r"byte 3"),
        (b"[1]]", r"trailing characters \(byte 4\)"),
        (b"[" * 100_000, "recursion"),
        (b"\xff\xfe[\x00\x00\xd8[\x00", "not UTF-16 text at byte 4"),
        (b"\xff\xfe[\x00\x00", "not UTF-16 text at byte 4"),
    ],
)
def test_what_is_no_document_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    file = export(content, tmp_path)
    with pytest.raises(FormatError, match=problem) as refusal:
        decode_views(file, Document, expected="rows", bare="rows")
    assert refusal.value.where == "rows.json"
    assert refusal.value.remedy == "export it again as rows"


NOISE = st.sampled_from(
    [b"", b"null", b"[]", b'"', b",", b"}", b"},{", b"]", b"5", b"\xff", b"\\"]
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_mutated_list_is_read_as_it_would_be_whole(data: st.DataObject) -> None:
    rows = [{"name": f"row {number}", "tags": [{"k": "},{"}, {}]} for number in range(4_000)]
    content = json.dumps(rows, indent=data.draw(st.sampled_from([None, 1]))).encode()
    at = data.draw(st.integers(0, len(content)))
    end = min(len(content), at + data.draw(st.integers(0, 30)))
    content = content[:at] + data.draw(NOISE) + content[end:]
    try:
        whole = msgspec.json.decode(content, type=list[Named])
    except (msgspec.DecodeError, UnicodeDecodeError):
        whole = None
    with TemporaryDirectory() as folder:
        file = export(content, Path(folder))
        if whole is not None:
            assert named(file) == whole
            return
        with pytest.raises(FormatError) as refusal:
            named(file)
    assert refusal.value.where.startswith("rows.json")
    assert refusal.value.remedy == "export it again as rows"


def named(file: ExportFile) -> list[Named]:
    document = decode_views(file, Document, expected="rows", bare="rows")
    return list(elements(document.rows, NAMED, where=file.name, expected="rows") or ())


@pytest.mark.parametrize(
    ("name", "path", "key"),
    [
        ("cisa-kev", "catalogue.json", "vulnerabilities"),
        ("crowdstrike-falcon", "hosts.json", "resources"),
        ("intune", "devices.json", "value"),
        ("openvex", "supplier.json", "statements"),
        ("osv-scanner", "checkout.json", "results"),
        ("sentinelone", "agents.json", "data"),
        ("trivy", "image.json", "Results"),
    ],
)
def test_nulls_in_a_list_are_passed_over(
    name: str, path: str, key: str, tmp_path: Path
) -> None:
    document = json.loads((SAMPLES / name / path).read_text())
    document[key][1:1] = [None, None]
    assert read(name, json.dumps(document), tmp_path) == read_path(
        name, SAMPLES / name / path, "export"
    )
