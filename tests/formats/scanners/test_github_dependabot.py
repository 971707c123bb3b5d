"""What Dependabot's alerts mean: their traps one by one."""

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
from protem.formats.records import Finding, FindingState, Record, Scan, Severity

pytestmark = pytest.mark.pure
NAME = "github-dependabot"
CREATED, ENDED = "2026-01-05T08:00:00Z", "2026-01-20T10:00:00Z"
ENDED_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)


def alert(number: int = 1, *, advisory: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "state": "open",
        "dependency": {
            "package": {"ecosystem": "npm", "name": f"package-{number}"},
            "manifest_path": "/web/package-lock.json",
        },
        "security_advisory": {"ghsa_id": "GHSA-aaaa-bbbb-cccc", "cve_id": "CVE-2026-30001"}
        | (advisory or {}),
        "security_vulnerability": {
            "severity": "high",
            "first_patched_version": {"identifier": "2.0.1"},
        },
        "html_url": "https://github.com/Northwind/Shop/security/dependabot/1",
        "created_at": CREATED,
    } | fields


def records_of(folder: Path, *alerts: dict[str, Any]) -> list[Record]:
    return read(NAME, json.dumps(alerts), folder)


def scans(records: list[Record]) -> list[Scan]:
    return [each for each in records if isinstance(each, Scan)]


def findings(records: list[Record]) -> list[Finding]:
    return [each for each in records if isinstance(each, Finding)]


def only(folder: Path, **fields: Any) -> Finding:
    (found,) = findings(records_of(folder, alert(**fields)))
    return found


@pytest.mark.parametrize("name", ["alerts.json", "pages.json", "graphql.json"])
def test_a_sample_is_read_as_expected(name: str) -> None:
    path = SAMPLES / NAME / name
    records, wanted = read_path(NAME, path), expected(NAME, path)
    assert claimed_by(path.read_bytes()) == [NAME]
    assert [scan.target for scan in scans(records)] == wanted["scopes"]
    assert [scan.as_of for scan in scans(records) if scan.as_of] == wanted["as_of"]
    assert all(s.is_complete is wanted.get("is_complete", True) for s in scans(records))
    assert not any(scan.proves_absence for scan in scans(records))
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]
    severities = Counter(each.severity.name.lower() for each in findings(records))
    assert severities == wanted["severities"]


@pytest.mark.parametrize(
    ("fields", "state", "reason"),
    [
        ({}, "open", ""),
        ({"state": "fixed", "fixed_at": ENDED}, "fixed", ""),
        ({"state": "auto_dismissed", "auto_dismissed_at": ENDED}, "accepted", "auto_dismissed"),
        *(
            ({"state": "dismissed", "dismissed_at": ENDED, "dismissed_reason": why}, state, why)
            for why, state in [
                ("inaccurate", "false_positive"),
                ("fix_started", "accepted"),
                ("no_bandwidth", "accepted"),
                ("tolerable_risk", "accepted"),
                ("not_used", "accepted"),
            ]
        ),
    ],
)
def test_states(fields: dict[str, Any], state: str, reason: str, tmp_path: Path) -> None:
    found = only(tmp_path, **fields)
    assert (found.state, found.state_reason) == (state, reason)
    assert found.found_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert found.ended_at == (ENDED_AT if fields else None)


def test_a_withdrawn_advisory_ends_an_alert(tmp_path: Path) -> None:
    found = only(tmp_path, advisory={"withdrawn_at": ENDED})
    assert (found.state, found.ended_at) == (FindingState.WITHDRAWN, ENDED_AT)


def test_what_was_fixed_before_the_advisory_was_withdrawn_stays_fixed(tmp_path: Path) -> None:
    later = {"withdrawn_at": "2026-02-01T00:00:00Z"}
    found = only(tmp_path, advisory=later, state="fixed", fixed_at=ENDED)
    assert (found.state, found.ended_at) == (FindingState.FIXED, ENDED_AT)


def test_what_a_finding_holds(tmp_path: Path) -> None:
    found = only(tmp_path, advisory={"cvss": {"score": 9.8}, "summary": "A flaw"})
    assert found.vulnerability == "CVE-2026-30001"
    assert found.aliases == ("CVE-2026-30001", "GHSA-aaaa-bbbb-cccc")
    assert found.component == "pkg:npm/package-1"
    assert found.location == "web/package-lock.json"
    assert (found.fixed_version, found.is_fixable) == ("2.0.1", True)
    assert (found.severity, found.severity_label) == (Severity.CRITICAL, "high")


def test_without_a_fixed_version_it_is_not_fixable(tmp_path: Path) -> None:
    flaw = {"severity": "low", "first_patched_version": None}
    assert not only(tmp_path, security_vulnerability=flaw).is_fixable


@pytest.mark.parametrize(
    ("advisory", "names"),
    [
        ({"cve_id": None}, ("GHSA-aaaa-bbbb-cccc",)),
        (
            {"cve_id": None, "ghsa_id": None, "identifiers": [{"value": "CVE-2026-1"}, None]},
            ("CVE-2026-1",),
        ),
        ({"cve_id": None, "ghsa_id": None, "identifiers": [{"value": "X-1"}]}, ("X-1",)),
    ],
)
def test_the_names_of_a_flaw(advisory: Any, names: Any, tmp_path: Path) -> None:
    found = only(tmp_path, advisory=advisory)
    assert (found.vulnerability, found.aliases) == (names[0], names)


def test_an_alert_without_a_name_is_counted(tmp_path: Path) -> None:
    records = records_of(tmp_path, alert(advisory={"cve_id": None, "ghsa_id": None}))
    assert findings(records) == []
    assert skipped(records) == {"an alert without a name for its flaw": 1}


@pytest.mark.parametrize(
    ("ecosystem", "name", "component"),
    [
        ("pip", "Django_Rest.Framework", "pkg:pypi/django-rest-framework"),
        ("maven", "org.acme:web", "pkg:maven/org.acme/web"),
        ("go", "github.com/Acme/Web", "pkg:golang/github.com/acme/web"),
        ("rubygems", "rack", "pkg:gem/rack"),
        ("nuget", "Acme.Web", "pkg:nuget/acme.web"),
        ("composer", "acme/web", "pkg:composer/acme/web"),
        ("rust", "tokio", "pkg:cargo/tokio"),
        ("actions", "Acme/Setup", "pkg:githubactions/acme/setup"),
    ],
)
def test_components_are_named_as_trivy_does(
    ecosystem: str, name: str, component: str, tmp_path: Path
) -> None:
    dependency = {"package": {"ecosystem": ecosystem, "name": name}}
    assert only(tmp_path, dependency=dependency).component == component


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"repository": {"full_name": "Acme/Web"}}, "repository:acme/web"),
        ({}, "repository:northwind/shop"),
        (
            {
                "html_url": None,
                "url": "https://api.github.com/repos/Acme/Web/dependabot/alerts/1",
            },
            "repository:acme/web",
        ),
        (
            {"html_url": "", "url": "https://ghe.acme.example/api/v3/repos/Acme/Web/alerts/1"},
            "repository:acme/web",
        ),
        ({"html_url": "https://github.com"}, "repository:."),
    ],
)
def test_the_repository(fields: dict[str, Any], target: str, tmp_path: Path) -> None:
    assert only(tmp_path, **fields).target == target


def test_each_repository_is_a_scan(tmp_path: Path) -> None:
    other = alert(2, repository={"full_name": "northwind/mail"})
    records = records_of(tmp_path, alert(1), other, alert(3))
    assert [scan.target for scan in scans(records)] == [
        "repository:northwind/mail",
        "repository:northwind/shop",
    ]
    assert all(scan.kind == "repository" and scan.as_of is None for scan in scans(records))


@pytest.mark.parametrize(
    ("count", "is_page"), [(29, False), (30, True), (31, False), (100, True)]
)
def test_a_full_page_is_probably_not_all(count: int, is_page: bool, tmp_path: Path) -> None:
    (scan,) = scans(records_of(tmp_path, *(alert(number) for number in range(count))))
    assert scan.is_complete is not is_page
    assert ("looks like one page" in scan.problem) is is_page


def test_a_flaw_that_came_back_is_open(tmp_path: Path) -> None:
    fixed = alert(1, state="fixed", fixed_at=ENDED)
    records = records_of(tmp_path, fixed, alert(1), fixed)
    assert [each.state for each in findings(records)] == [FindingState.OPEN]
    assert skipped(records) == {"an earlier alert of the same flaw": 2}


def test_of_several_endings_the_last_counts(tmp_path: Path) -> None:
    first = alert(1, state="fixed", fixed_at="2026-01-10T00:00:00Z")
    last = alert(1, state="dismissed", dismissed_at=ENDED, dismissed_reason="not_used")
    (found,) = findings(
        records_of(tmp_path, last, first, alert(1, state="fixed", created_at=""))
    )
    assert found.ended_at == ENDED_AT


def test_impossible_dates_are_counted(tmp_path: Path) -> None:
    early = alert(1, state="fixed", fixed_at="2025-01-01T00:00:00Z")
    never = alert(2, state="fixed", fixed_at="0001-01-01T00:00:00Z", created_at="9999-01-01")
    records = records_of(tmp_path, early, never)
    assert [each.ended_at for each in findings(records)] == [None, None]
    assert len(skipped(records)) == 3
    assert all(reason.startswith("impossible date") for reason in skipped(records))


@pytest.mark.parametrize("between", ["", "\n", " \r\n\t", "\x1e"])
def test_pages_one_after_another(between: str, tmp_path: Path) -> None:
    pages = [[alert(1, advisory={"summary": "a }][{ b"})], [], [alert(2), alert(3)]]
    content = between.join(json.dumps(page) for page in pages)
    assert len(findings(read(NAME, content + between, tmp_path))) == 3


def test_other_wrappings(tmp_path: Path) -> None:
    wrapped = json.dumps({"alerts": [alert(1), None, alert(2)]})
    assert len(findings(read(NAME, wrapped, tmp_path))) == 2
    single = json.dumps(alert(1))
    assert len(findings(read(NAME, single, tmp_path))) == 1
    delivered = {"action": "created", "alert": alert(1), "repository": {"full_name": "a/B"}}
    (found,) = findings(read(NAME, json.dumps(delivered), tmp_path))
    assert found.target == "repository:a/b"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_of_windows(encoding: str, tmp_path: Path) -> None:
    content = json.dumps([alert(1)]).encode(encoding)
    assert claimed_by(content) == [NAME]
    assert len(findings(read(NAME, content, tmp_path))) == 1


def graph(node: dict[str, Any]) -> dict[str, Any]:
    weakness = {"advisory": {"identifiers": [{"value": "CVE-2026-1"}]}}
    return node | {
        "vulnerabilityAlerts": {"nodes": [{"securityVulnerability": weakness}, None]}
    }


@pytest.mark.parametrize(
    ("data", "target"),
    [
        ({"repository": graph({"url": "https://github.com/Acme/Web"})}, "repository:acme/web"),
        ({"repository": graph({})}, "repository:."),
        ({"search": {"nodes": [graph({"name": "web"}), None]}}, "repository:web"),
        (
            {"organization": {"repositories": {"nodes": [graph({"nameWithOwner": "a/b"})]}}},
            "repository:a/b",
        ),
        (
            {"repository": {"nameWithOwner": "a/b", "search": {"nodes": [graph({})]}}},
            "repository:a/b",
        ),
        (
            {
                "repository": {
                    "nameWithOwner": "a/b",
                    "search": {"nodes": [graph({"nameWithOwner": "c/d"})]},
                }
            },
            "repository:c/d",
        ),
    ],
)
def test_answers_of_graphql(data: Any, target: str, tmp_path: Path) -> None:
    content = json.dumps({"data": data})
    assert claimed_by(content.encode()) == [NAME]
    (found,) = findings(read(NAME, content, tmp_path))
    assert found.target == target


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"[1]", b'{"alerts": 1}', b"\xff[", b'[{"state": "\xff"}]', b"[" * 100_000,
     b"[][", b"[] x", b"[]" * 10_001, b"\xff\xfe[\xd8"],
)  # fmt: skip
def test_what_is_no_list_of_alerts_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(NAME, content, tmp_path, called="alerts.json")
    assert caught.value.where.startswith("alerts.json")
    assert "gh api" in caught.value.remedy


def test_other_json_is_not_claimed() -> None:
    for content in (b"[]", b"{}", b'[{"security_advisory": 1}]', b"security_advisory"):
        assert claimed_by(content) == []


@given(sizes=st.lists(st.integers(0, 4), max_size=5), blank=st.sampled_from(["", "\n"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_paging_changes_nothing(sizes: list[int], blank: str, tmp_path: Path) -> None:
    numbers = iter(range(100))
    pages = [[alert(next(numbers)) for _ in range(size)] for size in sizes]
    content = blank.join(json.dumps(page) for page in [[], *pages])
    whole = json.dumps([each for page in pages for each in page])
    assert read(NAME, content, tmp_path) == read(NAME, whole, tmp_path)
