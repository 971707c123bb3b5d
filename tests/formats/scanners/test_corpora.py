"""Real scanner outputs: the counts of another parser, and two tools or times that agree."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protem.formats.format import FORMATS, ExportFile, FormatError
from protem.formats.records import Finding, Record, Scan, Skipped
from protem.formats.vulnerability import canonical

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"
FOLDERS = {
    "trivy": "trivy",
    "anchore_grype": "grype",
    "osv_scanner": "osv-scanner",
    "sarif": "sarif",
    "github_vulnerability": "github-dependabot",
    "tenable": "nessus",
}
OTHERWISE = {
    "trivy/all_statuses.json": (7, "one row is not affected, as Trivy itself says"),
    "anchore_grype/check_all_fields.json": (6, "the list merges packages of one CVE"),
    "anchore_grype/same_cve_different_paths.json": (2, "the list merges two paths"),
    "osv_scanner/many_findings.json": (37, "groups are counted, not each database's twin"),
    "osv_scanner/no_findings.json": (None, "an empty file proves nothing and is refused"),
    "sarif/njsscan.sarif": (2, "the list counts a result once per location"),
    "tenable/nessus/nessus_with_cvssv3.nessus": (25, "23 are informational, 1 is repeated"),
    "github_vulnerability/issue_9582.json": (None, "code scanning alerts, not Dependabot's"),
}
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here"),
]


def cases() -> Iterator[tuple[str, str, int]]:
    path = CORPORA / "scanners" / "expected.csv"
    if not path.is_file():
        return
    with path.open() as stream:
        for row in csv.DictReader(stream):
            form = FOLDERS.get(row["tool"])
            if form and (form != "nessus" or row["file"].endswith(".nessus")):
                yield form, row["file"], int(row["findings"])


def read(form: str, name: str) -> list[Record]:
    export = ExportFile(
        path=CORPORA / name, name=name, modified_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    return list(FORMATS.get(form).parse(export))


def findings(records: list[Record]) -> list[Finding]:
    return [record for record in records if isinstance(record, Finding)]


def scan_of(records: list[Record]) -> Scan:
    (scan,) = [record for record in records if isinstance(record, Scan)]
    return scan


def keys(records: list[Record]) -> set[tuple[str, str, str]]:
    return {
        (canonical(each.vulnerability, each.aliases), each.component, each.location)
        for each in findings(records)
    }


@pytest.mark.parametrize(("form", "name", "count"), list(cases()))
def test_as_many_findings_as_listed_or_a_reason(form: str, name: str, count: int) -> None:
    wanted: int | None = OTHERWISE[name][0] if name in OTHERWISE else count
    if wanted is None:
        with pytest.raises(FormatError):
            _refuse_what_is_left_out(read(form, f"scanners/{name}"))
    else:
        assert len(findings(read(form, f"scanners/{name}"))) == wanted


def _refuse_what_is_left_out(records: list[Record]) -> None:
    assert not findings(records)
    if any(isinstance(record, Skipped) for record in records):
        raise FormatError("everything was left out")


@pytest.mark.parametrize(("form", "name", "count"), list(cases()))
def test_findings_belong_to_a_scan_before_them(form: str, name: str, count: int) -> None:
    if OTHERWISE.get(name, (count,))[0] is None:
        pytest.skip("not read")
    seen: set[str] = set()
    for record in read(form, f"scanners/{name}"):
        if isinstance(record, Scan):
            seen.add(record.target)
        elif isinstance(record, Finding):
            assert record.target in seen


def test_two_tools_agree_on_one_checkout() -> None:
    grype = read("grype", "dedupe/kiem-grype-sca.json")
    trivy = read("trivy", "dedupe/kiem-trivy-sca-report.json")
    assert len(keys(grype)) == 7
    assert keys(grype) == keys(trivy)
    assert scan_of(grype).target == scan_of(trivy).target


def test_unfixed_flaws_show_only_where_they_were_asked_for() -> None:
    hiding = read("trivy", "settings-pair/ubuntu-1804-ignore-unfixed.json")
    showing = read("trivy", "settings-pair/ubuntu-1804.json")
    assert (len(findings(hiding)), scan_of(hiding).shows_unfixed) == (4, False)
    assert (len(findings(showing)), scan_of(showing).shows_unfixed) == (5, True)
    (extra,) = keys(showing) - keys(hiding)
    gone = next(f for f in findings(showing) if f.vulnerability == extra[0])
    assert not gone.is_fixable
    assert scan_of(hiding).target == scan_of(showing).target


def test_a_group_that_gains_a_name_is_still_the_same_flaw() -> None:
    before = read("osv-scanner", "osv-pairs/test-vuln-results-a.json")
    after = read("osv-scanner", "osv-pairs/test-vuln-results-b.json")
    assert len(keys(before)) == 2
    assert keys(before) == keys(after)
    assert scan_of(before).target == scan_of(after).target
