"""What Grype's reports mean: its traps one by one."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import SAMPLES, claimed_by, read, read_path

from protem.formats.format import FormatError
from protem.formats.records import Finding, FindingState, Scan, Severity
from protem.formats.vulnerability import canonical

pytestmark = pytest.mark.pure


def sample(name: str) -> tuple[Scan, dict[str, Finding]]:
    scan, *others = read_path("grype", SAMPLES / "grype" / name)
    assert isinstance(scan, Scan)
    return scan, {each.vulnerability: each for each in others if isinstance(each, Finding)}


def report(folder: Path, *matches: Any, **fields: Any) -> tuple[Scan, list[Finding]]:
    content = {"matches": matches, "descriptor": {"name": "grype"}} | fields
    scan, *others = read("grype", json.dumps(content), folder)
    assert isinstance(scan, Scan)
    return scan, [each for each in others if isinstance(each, Finding)]


def match(identifier: str = "CVE-2026-1", **fields: Any) -> dict[str, Any]:
    return {"vulnerability": {"id": identifier} | fields}


def test_trivy_and_grype_agree_on_the_same_image() -> None:
    trivy = read_path("trivy", SAMPLES / "trivy" / "image.json")
    _, grype = sample("image.json")

    def keys(findings: list[Finding]) -> set[tuple[str, ...]]:
        return {
            (f.target, canonical(f.vulnerability, f.aliases), f.component, f.location)
            for f in findings
        }

    assert keys(list(grype.values())) <= keys([f for f in trivy if isinstance(f, Finding)])


def test_a_report_of_fixable_flaws_alone_says_so() -> None:
    scan, found = sample("only-fixed.json")
    assert scan.settings == "only-fixed=true,scope=all-layers"
    assert not scan.shows_unfixed
    assert scan.database_built_at == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert "CVE-2026-20032" not in found


def test_the_database_states_its_age_in_either_place() -> None:
    scan, _ = sample("image.json")
    assert scan.database_built_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert scan.settings == ""
    assert scan.shows_unfixed


def test_what_was_set_aside_keeps_its_reason() -> None:
    _, found = sample("only-fixed.json")
    vex, rule = found["CVE-2026-20033"], found["CVE-2026-20034"]
    assert vex.state is FindingState.FALSE_POSITIVE
    assert vex.state_reason == "not_affected, vulnerable_code_not_present"
    assert rule.state is FindingState.ACCEPTED
    assert rule.state_reason == "behind the proxy"


def test_a_flaw_tells_when_a_fix_came_and_that_it_is_exploited() -> None:
    _, found = sample("only-fixed.json")
    flaw = found["GHSA-bbbb-cccc-dddd"]
    assert flaw.fix_available_on == date(2026, 2, 3)
    assert flaw.is_exploited is True
    assert flaw.is_fixable
    assert flaw.fixed_version == "2.0.1, 1.9.9"
    assert flaw.title == "Parser reads past the end"
    assert flaw.component == "pkg:maven/example.org/parser"
    assert flaw.location == "etc/z"
    assert canonical(flaw.vulnerability, flaw.aliases) == "CVE-2026-20031"


def test_neither_cvss_2_nor_another_database_makes_a_flaw_critical() -> None:
    _, found = sample("only-fixed.json")
    assert found["GHSA-bbbb-cccc-dddd"].severity is Severity.MEDIUM
    assert found["GHSA-bbbb-cccc-dddd"].score == 5.9


def test_without_a_label_the_other_databases_score_counts(tmp_path: Path) -> None:
    one = match(severity="Unknown")
    one["relatedVulnerabilities"] = [
        None,
        {"id": "CVE-2026-1", "cvss": [{"version": "4.0", "metrics": {"baseScore": 9.3}}]},
    ]
    _, found = report(tmp_path, one)
    assert found[0].severity is Severity.CRITICAL
    assert found[0].aliases == ()


def test_an_advisory_that_cures_several_flaws_is_none_of_them(tmp_path: Path) -> None:
    one = match("ALAS-2026-7")
    one["relatedVulnerabilities"] = [{"id": "CVE-2026-1"}, {"id": "CVE-2026-2"}]
    _, found = report(tmp_path, one)
    assert found[0].aliases == ()


@pytest.mark.parametrize(
    ("fix", "is_fixable"),
    [
        ({"state": "fixed"}, True),
        ({"state": "wont-fix", "versions": ["2"]}, False),
        ({"state": "not-fixed"}, False),
        ({"state": "unknown"}, False),
        ({"versions": ["2"]}, True),
        ({"versions": []}, False),
        (None, False),
    ],
)
def test_the_fix_state_is_about_the_fix(
    fix: dict[str, Any] | None, is_fixable: bool, tmp_path: Path
) -> None:
    scan, found = report(tmp_path, match(fix=fix))
    assert found[0].is_fixable is is_fixable
    assert found[0].state is FindingState.OPEN
    assert scan.shows_unfixed is not is_fixable


def test_without_a_package_url_type_and_name_serve(tmp_path: Path) -> None:
    one = match()
    one["artifact"] = {"name": "Flask_Login", "type": "python", "locations": [None, {}]}
    _, found = report(tmp_path, one)
    assert found[0].component == "pkg:pypi/flask-login"
    assert found[0].location == ""


FOLDER = {"type": "directory"}
IMAGE = {"type": "image"}
DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (FOLDER | {"target": '"."'}, "repository:."),
        (FOLDER | {"target": "./web/"}, "repository:web"),
        (IMAGE | {"target": {"userInput": "a.tar", "tags": ["a/cart:7"]}}, "image:a/cart"),
        (IMAGE | {"target": {"userInput": f"docker.io/library/nginx@{DIGEST}"}}, "image:nginx"),
        (IMAGE | {"target": {}}, "image:"),
        (None, "repository:."),
    ],
)
def test_the_target_has_no_tag_and_no_digest(
    source: dict[str, Any] | None, target: str, tmp_path: Path
) -> None:
    scan, _ = report(tmp_path, source=source)
    assert scan.target == target
    assert scan.has_scope_evidence is (source is not None)


def test_a_clean_report_is_recognised_by_name() -> None:
    assert claimed_by(b'{"matches": [], "source": {}, "descriptor": {"name": "grype"}}') == [
        "grype"
    ]
    assert claimed_by(b'{"descriptor": {"name": "grype"}, "matches": []}') == ["grype"]


def test_matches_without_an_id_are_counted(tmp_path: Path) -> None:
    content = {"matches": [None, {}], "ignoredMatches": [None, match()], "descriptor": {}}
    records = read("grype", json.dumps(content), tmp_path)
    assert [type(each).__name__ for each in records] == ["Scan", "Finding", "Skipped"]


def test_another_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there are no matches"):
        read("grype", "{}", tmp_path)
