"""What SARIF reports mean: their traps one by one."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan, Severity

pytestmark = pytest.mark.pure
NAME = "sarif"


def run(*results: Any, rules: Any = (), **fields: Any) -> dict[str, Any]:
    driver = {"name": "Checker", "rules": list(rules)}
    return {"tool": {"driver": driver}, "results": list(results)} | fields


def result(rule_id: str | None = "R1", uri: str = "src/a.py", **fields: Any) -> dict[str, Any]:
    snippet = fields.pop("snippet", None)
    region = {"startLine": 7} | ({"snippet": {"text": snippet}} if snippet else {})
    physical = {"artifactLocation": {"uri": uri}, "region": region}
    return {
        "ruleId": rule_id,
        "message": {"text": "Look here"},
        "locations": [{"physicalLocation": physical}],
    } | fields


def report(folder: Path, *runs: Any) -> list[Record]:
    return read(NAME, json.dumps({"version": "2.1.0", "runs": runs}), folder)


def scans(records: list[Record]) -> list[Scan]:
    return [each for each in records if isinstance(each, Scan)]


def findings(records: list[Record]) -> list[Finding]:
    return [each for each in records if isinstance(each, Finding)]


def only(folder: Path, found: dict[str, Any], **fields: Any) -> Finding:
    (finding,) = findings(report(folder, run(found, **fields)))
    return finding


def test_the_sample_is_read_as_expected() -> None:
    path = SAMPLES / NAME / "codeql.sarif"
    records, wanted = read_path(NAME, path), expected(NAME, path)
    assert [scan.target for scan in scans(records)] == wanted["scopes"]
    assert [scan.as_of for scan in scans(records)] == wanted["as_of"]
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]
    severities = Counter(each.severity.name.lower() for each in findings(records))
    assert severities == wanted["severities"]


def test_the_scan(tmp_path: Path) -> None:
    (scan,) = scans(
        report(
            tmp_path,
            run(
                automationDetails={"id": "nightly/python/2026-03-02"},
                versionControlProvenance=[
                    None,
                    {"repositoryUri": "https://git.acme.example/web.git"},
                ],
                invocations=[
                    {"executionSuccessful": True, "endTimeUtc": "2026-03-02T07:00:00Z"},
                    None,
                    {"endTimeUtc": "2026-03-02T06:00:00Z"},
                    {"endTimeUtc": "0001-01-01T00:00:00Z"},
                ],
            ),
        )
    )
    assert scan.tool == "sarif:checker"
    assert scan.target == "repository:web"
    assert scan.kind is AssetKind.REPOSITORY
    assert scan.settings == "category=nightly/python,tool=checker"
    assert scan.as_of == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert (scan.is_complete, scan.proves_absence) == (True, True)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("acme/web/language:python/", "repository:acme/web/language:python"),
        ("nightly", "repository:nightly"),
        ("checker", "repository:checker"),
    ],
)
def test_the_category_stands_in_for_the_repository(
    name: str, target: str, tmp_path: Path
) -> None:
    (scan,) = scans(report(tmp_path, run(automationDetails={"id": name})))
    assert scan.target == target
    assert scan.proves_absence


def test_where_nothing_names_the_project_silence_proves_nothing(tmp_path: Path) -> None:
    (scan,) = scans(report(tmp_path, run()))
    assert scan.target == "repository:checker"
    assert scan.settings == "tool=checker"
    assert not scan.is_target_known
    assert scan.has_scope_evidence


def test_a_failed_call_makes_the_scan_partial(tmp_path: Path) -> None:
    (scan,) = scans(report(tmp_path, run(invocations=[{"executionSuccessful": False}])))
    assert not scan.is_complete
    assert scan.problem


def test_a_run_without_results_shows_no_look(tmp_path: Path) -> None:
    (scan,) = scans(report(tmp_path, run() | {"results": None}))
    assert not scan.has_scope_evidence


def test_runs_of_one_tool_on_one_target_are_one_scan(tmp_path: Path) -> None:
    failed = [{"executionSuccessful": False, "endTimeUtc": "2026-03-02T07:00:00Z"}]
    origin = [{"repositoryUri": "https://github.com/acme/web"}]
    records = report(
        tmp_path,
        run(result(), versionControlProvenance=origin, automationDetails={"id": "b/1"}),
        None,
        run(
            result(),
            versionControlProvenance=origin,
            automationDetails={"id": "a/1"},
            invocations=failed,
        ),
    )
    (scan,) = scans(records)
    assert scan.settings == "category=a+b,tool=checker"
    assert not scan.is_complete
    assert scan.as_of is not None
    assert len({each.location for each in findings(records)}) == 2


def test_runs_of_two_tools_are_two_scans(tmp_path: Path) -> None:
    other = run(result()) | {"tool": {"driver": {"name": "Other"}}}
    records = report(tmp_path, run(result()), other)
    assert [scan.tool for scan in scans(records)] == ["sarif:checker", "sarif:other"]
    assert isinstance(records[0], Scan)
    assert isinstance(records[2], Scan)


def test_results_that_share_a_key_are_told_apart(tmp_path: Path) -> None:
    found = findings(report(tmp_path, run(*[result(snippet="eval( x )")] * 3)))
    first, second, third = (each.location for each in found)
    assert first.startswith("src/a.py#")
    assert (second, third) == (f"{first}#2", f"{first}#3")


def test_a_moved_line_is_the_same_finding(tmp_path: Path) -> None:
    before = only(tmp_path, result(snippet="eval( x )"))
    moved = result(snippet="  eval(\tx )\n")
    moved["locations"][0]["physicalLocation"]["region"]["startLine"] = 99
    assert only(tmp_path, moved).location == before.location
    assert only(tmp_path, result(snippet="exec(x)")).location != before.location


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({}, "src/a.py"),
        ({"partialFingerprints": {"b": "2", "a": "1:1"}}, "src/a.py#1:1"),
        ({"fingerprints": {"x/v1": "9"}, "snippet": "eval(x)"}, "src/a.py#9"),
        ({"fingerprints": {"matchBasedId/v1": "requires login"}}, "src/a.py"),
        ({"fingerprints": {"a": ""}, "partialFingerprints": {"b": "3"}}, "src/a.py#3"),
        ({"uri": "file:///home/runner/work/web/web/src/a.py"}, "src/a.py"),
        ({"locations": []}, ""),
        ({"locations": None}, ""),
        (
            {"locations": [{"logicalLocations": [None, {"fullyQualifiedName": "A.b"}]}]},
            "A.b",
        ),
        ({"locations": [{"logicalLocations": [{}]}]}, ""),
    ],
)
def test_the_place(fields: dict[str, Any], location: str, tmp_path: Path) -> None:
    assert only(tmp_path, result(**fields)).location == location


@pytest.mark.parametrize(
    ("suppressions", "state"),
    [
        ([{"kind": "inSource"}], FindingState.ACCEPTED),
        ([{"status": "accepted"}], FindingState.ACCEPTED),
        ([{"state": "accepted"}], FindingState.ACCEPTED),
        ([{"status": "underReview"}], FindingState.OPEN),
        ([{"status": "rejected"}, None], FindingState.OPEN),
        ([], FindingState.OPEN),
    ],
)
def test_suppressions(suppressions: Any, state: FindingState, tmp_path: Path) -> None:
    assert only(tmp_path, result(suppressions=suppressions)).state is state


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"baselineState": "absent"}, "results that the tool says are gone"),
        ({"kind": "pass"}, "results of kind pass"),
        ({"kind": "notApplicable"}, "results of kind notApplicable"),
        ({"kind": "informational"}, "results of kind informational"),
        ({"kind": "open"}, "results of kind open"),
    ],
)
def test_what_is_no_problem_is_left_out(
    fields: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    records = report(tmp_path, run(result(**fields), result(kind="review"), None))
    assert len(findings(records)) == 1
    assert skipped(records) == {reason: 1}


@pytest.mark.parametrize(
    ("level", "score", "severity"),
    [
        ("error", None, Severity.HIGH),
        ("warning", None, Severity.MEDIUM),
        ("note", None, Severity.LOW),
        ("none", None, Severity.INFO),
        (None, None, Severity.MEDIUM),
        ("error", "9.3", Severity.CRITICAL),
        ("note", 9, Severity.CRITICAL),
        ("error", "7.0", Severity.HIGH),
        ("error", "4.0", Severity.MEDIUM),
        ("error", "0.5", Severity.LOW),
        ("error", "0.0", Severity.HIGH),
        ("error", "high", Severity.HIGH),
    ],
)
def test_severity(level: Any, score: Any, severity: Severity, tmp_path: Path) -> None:
    rule = {"id": "R1", "properties": {"security-severity": score}}
    assert only(tmp_path, result(level=level), rules=[rule]).severity is severity


def test_the_level_of_the_rule_counts_where_the_result_has_none(tmp_path: Path) -> None:
    rule = {
        "id": "R1",
        "defaultConfiguration": {"level": "error"},
        "helpUri": "https://a.example",
    }
    found = only(tmp_path, result(), rules=[None, rule])
    assert (found.severity, found.severity_label) == (Severity.HIGH, "error")
    assert found.url == "https://a.example"


@pytest.mark.parametrize(
    ("fields", "component"),
    [
        ({"ruleIndex": 1}, "R2"),
        ({"rule": {"index": 0}, "ruleIndex": -1}, "R1"),
        ({"rule": {"id": "R2"}}, "R2"),
        ({"rule": {"index": 0, "toolComponent": {"index": 0}}}, "X1"),
        ({"rule": {"index": 0, "toolComponent": {"index": 5}}}, "unnamed"),
        ({"rule": {"index": 0, "toolComponent": {"index": -9}}}, "unnamed"),
        ({"ruleIndex": 99}, "unnamed"),
        ({"ruleIndex": -1}, "unnamed"),
        ({}, "unnamed"),
    ],
)
def test_rules_by_reference(fields: dict[str, Any], component: str, tmp_path: Path) -> None:
    tool = {
        "driver": {"name": "Checker", "rules": [{"id": "R1"}, {"id": "R2"}]},
        "extensions": [{"rules": [{"id": "X1"}]}, None],
    }
    found = only(tmp_path, result(None, **fields), tool=tool)
    assert found.component == component
    assert found.vulnerability == f"checker:{component}"


def test_a_case_of_a_rule_takes_its_description(tmp_path: Path) -> None:
    rule = {"id": "CA2000", "properties": {"security-severity": "9.1"}}
    found = only(tmp_path, result("CA2000/1"), rules=[rule])
    assert (found.component, found.severity) == ("CA2000/1", Severity.CRITICAL)


@pytest.mark.parametrize(
    ("rule", "tags", "vulnerability"),
    [
        ("CVE-2026-1000", [], "CVE-2026-1000"),
        ("lib: cve-2026-1000", ["security", "CVE-2026-1000", 7], "CVE-2026-1000"),
        ("R1", ["CVE-2026-1000"], "CVE-2026-1000"),
        ("R1", ["CVE-2026-1000", "CVE-2026-1001"], "checker:R1"),
        ("R1", ["external/cwe/cwe-079"], "checker:R1"),
    ],
)
def test_the_name_of_the_flaw(rule: str, tags: Any, vulnerability: str, tmp_path: Path) -> None:
    found = only(tmp_path, result(rule), rules=[{"id": rule, "properties": {"tags": tags}}])
    assert found.vulnerability == vulnerability
    assert found.component == rule


def test_the_title_is_the_message_or_the_rules(tmp_path: Path) -> None:
    rule = {"id": "R1", "shortDescription": {"text": "A rule"}}
    assert only(tmp_path, result(), rules=[rule]).title == "Look here"
    assert only(tmp_path, result(message=None), rules=[rule]).title == "A rule"
    assert only(tmp_path, result(message={})).title == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"runs": 1}',
        b'{"runs": [{"results": [1]}]}',
        b'{"runs": [{"results": [{"ruleId": "\xff"}]}]}',
        b'{"runs": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_report_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(NAME, content, tmp_path, called="a.sarif")
    assert caught.value.where.startswith("a.sarif")
    assert "SARIF" in caught.value.remedy


@pytest.mark.parametrize("version", ["2.0.0", "2.1.0"])
def test_versions(version: str, tmp_path: Path) -> None:
    content = json.dumps({"version": version, "runs": [run(result())]}).encode()
    assert claimed_by(content) == [NAME]
    assert claimed_by(content.decode().encode("utf-16")) == [NAME]
    assert len(findings(read(NAME, content, tmp_path))) == 1


@given(numbers=st.lists(st.integers(0, 3), max_size=12))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_two_findings_of_a_report_are_one(numbers: list[int], tmp_path: Path) -> None:
    results = [result(f"R{n % 2}", f"src/{n // 2}.py", snippet="x") for n in numbers]
    records = report(tmp_path, run(*results))
    keys = {(f.target, f.vulnerability, f.component, f.location) for f in findings(records)}
    assert len(keys) == len(numbers)
    assert report(tmp_path, run(*results)) == records


def test_each_of_very_many_rules_is_found(tmp_path: Path) -> None:
    rules = [
        {"id": f"R{n}", "helpUri": f"https://example.org/{n}", "help": {"text": "x" * 90}}
        for n in range(1_200)
    ]
    order = [*range(1_199, -1, -1), 7]
    results = [result(f"R{n}", uri=f"src/{place}.py") for place, n in enumerate(order)]
    found = findings(report(tmp_path, run(*results, rules=rules)))
    assert [each.url for each in found] == [f"https://example.org/{n}" for n in order]
