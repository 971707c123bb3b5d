"""Inspecting says what a file is, stores nothing, and never raises for a bad file."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.formats.inventories.exports import SAMPLES

from protem.formats.detect import describe, detect
from protem.formats.format import ExportFile, FormatError
from protem.formats.inspect import MOST_TARGETS, Inspection, _take_in, inspect
from protem.formats.records import Agent, Scan
from protem.kit.registry import RegistryError

pytestmark = pytest.mark.pure

WRITTEN_AT = datetime(2026, 3, 15, 12, tzinfo=UTC)


def export(path: Path) -> ExportFile:
    return ExportFile(path=path, name=path.name, modified_at=WRITTEN_AT)


def inspected(folder: Path, content: bytes, **how: str) -> Inspection:
    path = folder / "export"
    path.write_bytes(content)
    return inspect(export(path), format_name=how.get("form"))


def test_a_report_says_its_own_date() -> None:
    found = inspect(export(SAMPLES / "trivy" / "image.json"))
    assert found.format == "trivy"
    assert found.error is None
    assert found.scope == ["image:registry.northwind.example/shop/cart"]
    assert found.as_of is not None
    assert found.as_of.startswith("2026-03-02T06:00:00")
    assert found.as_of_source == "report"
    assert found.records == {"finding": 3}
    assert [(each.reason, each.count) for each in found.skipped] == [("not affected", 1)]
    assert found.warnings == []


def test_without_a_date_of_its_own_the_files_time_counts() -> None:
    found = inspect(export(SAMPLES / "osv-scanner" / "checkout.json"))
    assert (found.as_of_source, found.as_of) == ("file time", WRITTEN_AT.isoformat())


def test_an_incomplete_report_and_one_without_a_name_warn() -> None:
    cluster = inspect(export(SAMPLES / "trivy" / "cluster.json"))
    assert any("image not found" in warning for warning in cluster.warnings)
    here = inspect(export(SAMPLES / "grype" / "only-fixed.json"))
    assert any("--target" in warning for warning in here.warnings)


def test_dates_tell_the_first_and_the_last() -> None:
    found = inspect(export(SAMPLES / "protem-findings" / "findings.csv"))
    first, last = found.dates["found_at"]
    assert first <= last


def test_it_can_be_written_as_json() -> None:
    found = inspect(export(SAMPLES / "grype" / "image.json"))
    assert json.loads(msgspec.json.encode(found))["records"] == {"finding": 2}


def test_many_targets_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    rows = "".join(f"host-{n},CVE-2026-1,high\n" for n in range(MOST_TARGETS + 10))
    content = f"asset,vulnerability,severity\n{rows}".encode()
    found = inspected(tmp_path, content, form="protem-findings")
    assert len(found.scope) == MOST_TARGETS
    assert found.targets == MOST_TARGETS + 10


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b'{"who": 1, "knows": [{"not": 2}]}', "the keys who, knows"),
        (b'[{"a": "x\\"y", "b": {"c": 1}}]', "a JSON list of objects with the keys a, b"),
        (b"[1]", "a JSON list"),
        (b"{}", "an empty JSON object"),
        (b'<?xml version="1.0"?><!-- <no> --><Root a="1">', "XML with the root <Root>"),
        (b"<", "XML"),
        (b"one,two,three\n1,2,3\n", "CSV with the columns one, two, three"),
        (b"Dear all,\n", "CSV with the columns|text that begins"),
        (b"hello world\n", "text that begins “hello world”"),
        (b"\x00\x01\x02", "a binary file"),
        (b"%PDF-1.7", "a PDF"),
        (b"BZh9", "bzip2"),
        (b"x" * 257 + b"ustar", "tar"),
        (json.dumps({f"k{n}": n for n in range(30)}).encode(), "and 18 more"),
        (json.dumps({"k" * 99: 1}).encode(), "k…"),
    ],
)
def test_an_unknown_file_is_described(content: bytes, says: str, tmp_path: Path) -> None:
    found = inspected(tmp_path, content)
    assert found.error is not None
    assert found.format is None
    assert any(part in found.error["what"] for part in says.split("|"))
    assert found.error["where"] == "export"
    assert found.error["remedy"]


def test_a_broken_file_keeps_its_format_beside_the_error(tmp_path: Path) -> None:
    content = (SAMPLES / "trivy" / "image.json").read_bytes()[:-20]
    found = inspected(tmp_path, content)
    assert found.format == "trivy"
    assert found.error is not None
    assert found.records == {}


def test_a_format_can_be_forced_and_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"{}")
    assert detect(export(path), name="grype").name == "grype"
    with pytest.raises(RegistryError, match="choose from"):
        detect(export(path), name="nonsense")
    assert inspected(tmp_path, b"{}", form="nonsense").error is not None


def test_two_formats_that_claim_a_file_are_both_named(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(
        b'{"SchemaVersion": 2, "ArtifactName": "a", "matches": [], "descriptor": {}}'
    )
    with pytest.raises(FormatError, match="could be grype or trivy") as caught:
        detect(export(path))
    assert "--format" in caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"{" * 65_536,
        b'"' * 65_536,
        b'{"a' + b'\\"' * 32_000,
        b'{"a\\',
        b"<?" * 32_000,
        b"<!" * 32_000,
        b"<!--" * 16_000,
        b"<" * 65_536,
    ],
)
def test_describing_takes_anything_in_no_time(content: bytes) -> None:
    before = time.process_time()
    assert describe(content)
    assert time.process_time() - before < 1


def test_machines_date_an_inventory_that_has_no_date_of_its_own(tmp_path: Path) -> None:
    file = export(tmp_path / "agents")
    days = [datetime(2026, 3, day, tzinfo=UTC) for day in (4, 9)]
    agents = [Agent(source="edr", external_id=f"{day.day}", seen_at=day) for day in days]
    found = Inspection(path=file.name)
    _take_in(found, [Scan(tool="edr", target="inventory:"), *agents], file)
    assert (found.as_of, found.as_of_source) == (days[1].isoformat(), "newest record")
    assert found.dates == {"seen_at": ["2026-03-04", "2026-03-09"]}
