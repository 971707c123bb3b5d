"""The samples of Trivy, Grype and OSV-Scanner are read as their expected.toml says."""

from collections import Counter
from pathlib import Path

import pytest
from tests.formats.inventories.exports import (
    SAMPLES,
    claimed_by,
    counts,
    expected,
    read,
    read_path,
    skipped,
)

from protem.formats.format import FormatError
from protem.formats.records import Finding, Record, Scan

pytestmark = pytest.mark.pure

NAMES = ("trivy", "grype", "osv-scanner")
ALL = pytest.mark.parametrize(
    ("name", "path"),
    [
        (name, path)
        for name in NAMES
        for path in sorted((SAMPLES / name).iterdir())
        if path.name != "expected.toml"
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)


def findings(records: list[Record]) -> list[Finding]:
    return [each for each in records if isinstance(each, Finding)]


@ALL
def test_sample_is_read_as_expected(name: str, path: Path) -> None:
    records = read_path(name, path)
    wanted = expected(name, path)
    scans = [each for each in records if isinstance(each, Scan)]
    assert records[0] is scans[0]
    assert [scan.target for scan in scans] == wanted["scopes"]
    assert [scan.as_of for scan in scans if scan.as_of] == wanted["as_of"]
    assert all(scan.is_complete is wanted.get("is_complete", True) for scan in scans)
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]
    assert (
        Counter(each.severity.name.lower() for each in findings(records))
        == (wanted["severities"])
    )
    assert {each.target for each in findings(records)} <= {scan.target for scan in scans}


@ALL
def test_a_byte_order_mark_and_windows_encoding_change_nothing(
    name: str, path: Path, tmp_path: Path
) -> None:
    text = path.read_text()
    for content in (text.encode("utf-8-sig"), text.encode("utf-16")):
        assert claimed_by(content) == [name]
        assert read(name, content, tmp_path) == read_path(name, path)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"null",
        b"{}",
        b'{"Results":' + b"[" * 100_000,
        b'{"results":' + b"[" * 100_000,
        b'{"matches":' + b'[{"a":' * 100_000,
        b'{"matches":[{"vulnerability":{"id":"\xff"}}],"results":3,"Results":3}',
    ],
)
def test_hostile_content_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refusal:
        read(name, content, tmp_path, called="evil.json")
    assert refusal.value.where.startswith("evil.json")
    assert refusal.value.remedy


@pytest.mark.parametrize("name", ["trivy", "grype"])
def test_a_file_that_went_away_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        read_path(name, tmp_path / "none.json")
