"""What OSV-Scanner's reports mean: its traps one by one."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import SAMPLES, claimed_by, read, read_path

from protem.formats.format import FormatError
from protem.formats.records import Finding, Scan, Severity
from protem.formats.vulnerability import canonical

pytestmark = pytest.mark.pure


def report(folder: Path, *results: Any) -> tuple[Scan, list[Finding]]:
    scan, *others = read("osv-scanner", json.dumps({"results": results}), folder)
    assert isinstance(scan, Scan)
    return scan, [each for each in others if isinstance(each, Finding)]


def source(path: str, *packages: Any) -> dict[str, Any]:
    return {"source": {"path": path, "type": "lockfile"}, "packages": packages}


def package(**fields: Any) -> dict[str, Any]:
    return {"package": {"name": "left-pad", "version": "1.0.0", "ecosystem": "npm"}} | fields


def test_a_group_is_one_finding_under_its_cve() -> None:
    _, *found = read_path("osv-scanner", SAMPLES / "osv-scanner" / "checkout.json")
    names = [
        (canonical(each.vulnerability, each.aliases), each.component, each.location)
        for each in found
        if isinstance(each, Finding)
    ]
    assert names == [
        ("CVE-2026-20005", "pkg:golang/golang.org/x/net", "go.mod"),
        ("CVE-2026-20006", "pkg:npm/minimist", "web/yarn.lock"),
    ]


def test_a_flaw_that_is_not_called_stays_with_its_reason() -> None:
    _, first, second = read_path("osv-scanner", SAMPLES / "osv-scanner" / "checkout.json")
    assert isinstance(first, Finding)
    assert isinstance(second, Finding)
    assert first.state == "open"
    assert "call" in first.state_reason
    assert first.severity_label == "MODERATE"
    assert first.severity is Severity.MEDIUM
    assert second.state_reason == ""


@pytest.mark.parametrize(
    ("paths", "target", "locations"),
    [
        (["/builds/northwind/cart/go.mod"], "repository:cart", ["go.mod"]),
        (["/home/runner/work/cart/cart/a/go.mod"], "repository:cart", ["a/go.mod"]),
        (["/github/workspace/a/go.mod"], "repository:.", ["a/go.mod"]),
        (["/x/cart/go.mod", "/x/cart/w/x.lock"], "repository:cart", ["go.mod", "w/x.lock"]),
        (["go.mod"], "repository:.", ["go.mod"]),
    ],
)
def test_paths_do_not_tell_where_it_was_built(
    paths: list[str], target: str, locations: list[str], tmp_path: Path
) -> None:
    flawed = package(vulnerabilities=[{"id": "GHSA-1"}], groups=[{"ids": ["GHSA-1"]}])
    scan, found = report(tmp_path, *(source(path, flawed) for path in paths))
    assert scan.target == target
    assert [each.location for each in found] == locations


def test_without_a_score_the_vectors_give_one(tmp_path: Path) -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    flaw = {"id": "GHSA-1", "severity": [{"type": "CVSS_V3", "score": vector}]}
    _, found = report(
        tmp_path,
        source("go.mod", package(vulnerabilities=[flaw], groups=[{"ids": ["GHSA-1"]}])),
    )
    assert found[0].score == 9.8
    assert found[0].severity is Severity.CRITICAL


def test_a_severity_in_another_shape_is_passed_over(tmp_path: Path) -> None:
    flaw = {"id": "GHSA-1", "database_specific": {"severity": ["odd"]}}
    one = package(vulnerabilities=[flaw, None], groups=[{"ids": ["GHSA-1"]}, None, {"ids": []}])
    _, found = report(tmp_path, source("go.mod", one, None), None)
    assert [each.severity for each in found] == [Severity.UNKNOWN]


def test_a_report_with_nothing_in_it_proves_nothing(tmp_path: Path) -> None:
    content = b'{"results": []}'
    assert claimed_by(content) == ["osv-scanner"]
    scan, found = report(tmp_path)
    assert not scan.is_target_known
    assert not scan.has_scope_evidence
    assert found == []


def test_another_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there are no results"):
        read("osv-scanner", "{}", tmp_path)
