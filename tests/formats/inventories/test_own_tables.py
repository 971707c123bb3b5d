"""Protem's own CSV tables: told apart, documented, and strict about cells."""

from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.inventories.exports import claimed_by, read, skipped

from protem.formats.format import FormatError
from protem.formats.records import (
    Agent,
    Asset,
    Certificate,
    Demand,
    Finding,
    FindingState,
    Scan,
    Severity,
)
from protem.formats.sheets import Cell, Column, Sheet
from protem.formats.tools import (
    protem_csv_agents,
    protem_csv_assets,
    protem_csv_certifications,
    protem_csv_deals,
    protem_csv_findings,
    protem_csv_patches,
    protem_csv_questions,
    protem_csv_reviews,
    protem_csv_tickets,
)
from protem.formats.tools.protem_csv_deals import parse_demands

SHEETS = [
    protem_csv_agents.SHEET,
    protem_csv_assets.SHEET,
    protem_csv_certifications.SHEET,
    protem_csv_deals.SHEET,
    protem_csv_findings.SHEET,
    protem_csv_patches.SHEET,
    protem_csv_questions.SHEET,
    protem_csv_reviews.SHEET,
    protem_csv_tickets.SHEET,
]
each_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)


def good(column: Column) -> str:
    by_type = {
        Cell.TEXT: "text",
        Cell.DAY: "2026-03-01",
        Cell.INSTANT: "2026-03-01T10:00:00Z",
        Cell.NUMBER: "5",
        Cell.COUNT: "5",
        Cell.FLAG: "yes",
        Cell.CHOICE: (column.choices or ("",))[-1],
    }
    return by_type[column.type]


def table(sheet: Sheet, **cells: str) -> str:
    names = [column.name for column in sheet.columns]
    row = [cells.get(column.name, good(column)) for column in sheet.columns]
    return ",".join(names) + "\n" + ",".join(f'"{cell}"' for cell in row) + "\n"


@each_sheet
def test_every_column_has_its_meaning_and_is_read(sheet: Sheet, tmp_path: Path) -> None:
    assert len({column.name for column in sheet.columns}) == len(sheet.columns)
    assert all(column.meaning.endswith((".", "…")) for column in sheet.columns)
    overrides = {"state": "fixed"} if sheet is protem_csv_findings.SHEET else {}
    records = read(sheet.name, table(sheet, **overrides), tmp_path)
    assert len(records) == 2
    assert isinstance(records[0], Scan)


@each_sheet
def test_header_alone_is_claimed_by_its_sheet_in_any_order_and_case(sheet: Sheet) -> None:
    names = [column.name for column in sheet.columns]
    required = sorted(sheet.required)
    for header in (names, names[::-1], required, [name.upper() for name in names]):
        assert claimed_by((";".join(header) + "\n").encode()) == [sheet.name]


@given(st.lists(st.sampled_from(sorted({n for s in SHEETS for n in s.known})), min_size=2))
def test_no_header_is_claimed_twice(names: list[str]) -> None:
    ours = {sheet.name for sheet in SHEETS}
    assert len(ours & set(claimed_by((",".join(names) + "\n").encode()))) <= 1


def test_vendor_headers_are_not_ours() -> None:
    assert claimed_by(b"ID,Created At,Title,Severity,Status\n") == []
    assert claimed_by(b"id,customer,a,b,c,d,e,f\n") == []


@each_sheet
def test_bad_cell_of_every_typed_column_names_it(sheet: Sheet, tmp_path: Path) -> None:
    for column in sheet.columns:
        if column.type is Cell.TEXT:
            continue
        with pytest.raises(FormatError) as refusal:
            read(sheet.name, table(sheet, **{column.name: "@"}), tmp_path)
        assert refusal.value.where == f"export, row 2, column {column.name}"
        assert refusal.value.remedy


@each_sheet
def test_missing_column_and_empty_cell_are_refused(sheet: Sheet, tmp_path: Path) -> None:
    for name in sorted(sheet.required):
        header = ",".join(column.name for column in sheet.columns if column.name != name)
        with pytest.raises(FormatError, match=f"column {name} is missing"):
            read(sheet.name, header + "\n", tmp_path)
    for column in sheet.columns:
        if column.required and not column.may_be_blank:
            with pytest.raises(FormatError, match="the cell is empty"):
                read(sheet.name, table(sheet, **{column.name: " "}), tmp_path)


@each_sheet
def test_file_without_rows_is_an_empty_register(sheet: Sheet, tmp_path: Path) -> None:
    header = ",".join([*sorted(sheet.required), "colour"]) + "\n"
    records = read(sheet.name, header, tmp_path)
    assert all(not isinstance(each, Finding | Asset | Agent) for each in records)
    assert skipped(records) == {"unknown column colour": 1}


def test_findings_say_their_state(tmp_path: Path) -> None:
    content = (
        "asset,asset_kind,vulnerability,severity,cvss,state,fixed_on\n"
        "a,laptop,CVE-1,,9.0,,\na,,CVE-2,,6.9,,2026-01-01\n"
        "r/x,image,CVE-3,,0,withdrawn,\nb,,CVE-4,unknown,9.9,,\nb,,CVE-5,,3,,\nb,,CVE-6,,,,\n"
    )
    records = read("protem-findings", content, tmp_path)
    found = [each for each in records if isinstance(each, Finding)]
    assert [each.severity for each in found] == [
        Severity.CRITICAL,
        Severity.MEDIUM,
        Severity.INFO,
        Severity.UNKNOWN,
        Severity.LOW,
        Severity.UNKNOWN,
    ]
    assert [each.state for each in found][:3] == [
        FindingState.OPEN,
        FindingState.FIXED,
        FindingState.WITHDRAWN,
    ]
    scans = [each for each in records if isinstance(each, Scan)]
    assert {scan.target for scan in scans} == {"host:a", "image:r/x", "host:b"}
    assert not any(scan.proves_absence for scan in scans)


def test_findings_come_after_their_tools_scans(tmp_path: Path) -> None:
    rows = ["a,CVE-1,one", "a,CVE-2,two", "b,CVE-3,one"]
    for order in permutations(rows):
        content = "asset,vulnerability,tool\n" + "\n".join(order)
        tool = ""
        covered: set[str] = set()
        for record in read("protem-findings", content, tmp_path):
            if isinstance(record, Scan):
                covered = covered if record.tool == tool else set()
                tool = record.tool
                covered.add(record.target)
            elif isinstance(record, Finding):
                assert record.target in covered
                assert tool == ("two" if record.vulnerability == "CVE-2" else "one")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("asset,vulnerability,state,fixed_on\na,CVE-1,open,2026-01-01\n", "fixed_on is filled"),
        ("asset,vulnerability\na,\n", "the cell is empty"),
        ("asset,vulnerability,tool\n" + "".join(f"a,b,t{n}\n" for n in range(60)), "50 tools"),
    ],
)
def test_findings_that_contradict_are_refused(
    content: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=problem):
        read("protem-findings", content, tmp_path)


def test_certificates_with_impossible_periods(tmp_path: Path) -> None:
    content = (
        "id,framework,period_start,period_end,issued_on,expires_on\n"
        "1,SOC 2,2026-02-01,2026-01-01,2026-02-01,2026-01-01\n"
    )
    records = read("protem-certifications", content, tmp_path)
    [certificate] = [each for each in records if isinstance(each, Certificate)]
    assert (certificate.period_start, certificate.expires_on) == (None, None)
    assert certificate.issued_on == date(2026, 2, 1)
    assert len(skipped(records)) == 2


def test_reviews_without_a_true_date_are_left_out(tmp_path: Path) -> None:
    content = "id,customer,received_at\nR,Plume,1970-01-01\n"
    assert skipped(read("protem-reviews", content, tmp_path)) == {
        "impossible date in received_at": 1
    }


def test_confidence_starts_at_one(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="1 to 5"):
        read("protem-questions", "review,id,source,confidence\nR,1,new,0\n", tmp_path)


def test_as_of_of_a_register_is_its_newest_row(tmp_path: Path) -> None:
    content = "id,customer,as_of\n1,Plume,2026-01-01\n2,Plume,2026-02-01\n3,Plume,\n"
    [scan] = [
        each for each in read("protem-deals", content, tmp_path) if isinstance(each, Scan)
    ]
    assert scan.as_of == datetime(2026, 2, 1, tzinfo=UTC)


def test_demands() -> None:
    assert parse_demands(" ; ") == ()
    assert parse_demands(
        "HITRUST r2 mandatory by 2026-09-30 confirmed; SOC 2 Type II signed"
    ) == (
        Demand(
            framework="HITRUST",
            level="r2",
            binding="mandatory",
            needed_on=date(2026, 9, 30),
            is_confirmed=True,
        ),
        Demand(framework="SOC 2", level="Type II", binding="signed"),
    )
    assert parse_demands("confirmed FedRAMP Moderate, by 2027-01-01; PCI DSS") == (
        Demand(
            framework="FedRAMP", level="Moderate", needed_on=date(2027, 1, 1), is_confirmed=True
        ),
        Demand(framework="PCI DSS"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "signed",
        "SOC 2 by",
        "SOC 2 by June",
        "SOC 2 by 1970-01-01",
        "ISO 27001 signed mandatory",
        "x " * 200,
    ],
)
def test_bad_demands_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="“"):
        parse_demands(text)
    with pytest.raises(FormatError, match="HITRUST r2 mandatory") as refusal:
        read("protem-deals", f'id,customer,demands\n1,Plume,"{text}"\n', tmp_path)
    assert refusal.value.where == "export, row 2, column demands"


@given(st.text(max_size=80))
def test_any_text_is_demands_or_a_clear_error(text: str) -> None:
    try:
        found = parse_demands(text)
    except ValueError:
        return
    assert all(demand.framework for demand in found)
