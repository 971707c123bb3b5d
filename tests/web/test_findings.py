"""The list of findings and deciding on them, as a person does it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client
from tests.ledger import make

from protem.formats.records import Severity
from protem.kit import clock
from protem.ledger.models import Finding
from protem.measure.models import Snapshot
from protem.people.access import OPERATOR
from protem.people.services import name_company
from protem.risks.models import FindingDecision

Counting = Callable[[int], AbstractContextManager[object]]
UNTIL = (clock.now() + timedelta(days=40)).date().isoformat()
ACCEPT = {"kind": "accepted", "reason": "Not reachable", "approver": "Ada", "expires_on": UNTIL}


@pytest.fixture
def scanned(site: Client) -> Client:
    found = [
        make.finding(
            f"CVE-2026-000{n}", severity=Severity(2 + n % 4), title="=cmd|' /C calc'!A0"
        )
        for n in range(8)
    ]
    make.bring(make.scan(0), found)
    make.bring(make.scan(7), found)
    return site


def body(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def first() -> Finding:
    return Finding.objects.get(vulnerability="CVE-2026-0003")


def test_before_any_scan_it_says_what_belongs_there(site: Client) -> None:
    assert "No open findings" in body(site, "/findings/")
    assert "No decision is in force" in body(site, "/findings/decisions/")


def test_the_list_shows_what_is_open_with_its_deadline(
    scanned: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(14):
        page = body(scanned, "/findings/")
    assert "8 findings, gravest first" in page
    assert "late</span>" in page
    assert page.index("CVE-2026-0003") < page.index("CVE-2026-0002")


def test_filters_stand_in_the_address(scanned: Client) -> None:
    page = body(scanned, "/findings/?severity=critical&sort=oldest")
    assert "2 findings, oldest first" in page
    assert "1 finding," in body(scanned, "/findings/?q=cve-2026-0004")
    assert "8 findings" in body(scanned, "/findings/?q=requests&late=&exploited=")
    assert "Nothing matches" in body(scanned, "/findings/?exploited=1")
    assert "Nothing matches" in body(scanned, "/findings/?group=nowhere&severity=what")
    assert scanned.get("/findings/?after=nonsense").status_code == 400


def test_findings_are_decided_on_and_undone(scanned: Client) -> None:
    ids = list(Finding.objects.order_by("pk").values_list("pk", flat=True)[:3])
    answer = scanned.post(
        "/findings/decide/", {**ACCEPT, "finding": ids, "query": "sort=oldest"}
    )
    assert answer.status_code == 302
    page = body(scanned, answer["Location"])
    assert "5 findings, oldest first" in page
    assert "Risk accepted: 3 findings." in page
    assert "3 findings" in body(scanned, "/findings/?state=accepted")
    batch = str(FindingDecision.objects.first().batch)  # type: ignore[union-attr]
    scanned.post("/findings/undo/", {"batch": batch})
    assert "8 findings" in body(scanned, "/findings/")
    assert "undone" in body(scanned, "/findings/decisions/")
    assert scanned.post("/findings/undo/", {"batch": "what"}).status_code == 400


def test_numbers_follow_a_decision(scanned: Client) -> None:
    scanned.post("/findings/decide/", {**ACCEPT, "all": "on", "query": "severity=critical"})
    newest = Snapshot.objects.filter(metric="mttr-critical", cut="").latest("week")
    beside = {one["name"]: one["value"] for one in newest.detail["companions"]}
    assert beside["open_findings"] == 0
    assert beside["accepted_share"] == 100


def test_what_is_missing_is_told_at_the_form(scanned: Client) -> None:
    answer = scanned.post("/findings/decide/", {"kind": "accepted", "finding": [first().pk]})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert page.count("This is needed") == 3
    assert "checked" in page
    assert scanned.post("/findings/decide/", ACCEPT).status_code == 400
    assert not FindingDecision.objects.exists()


def test_a_finding_shows_its_history_and_what_it_rests_on(scanned: Client) -> None:
    one = first()
    page = body(scanned, f"/findings/{one.pk}/")
    assert "Sightings: what it rests on" in page
    assert "not listed" in page
    scanned.post("/findings/decide/", {**ACCEPT, "finding": [one.pk]})
    page = body(scanned, f"/findings/{one.pk}/")
    assert "Approved by Ada" in page
    assert "Not reachable" in page
    assert scanned.get("/findings/4711/").status_code == 404


def test_a_duplicate_is_shown_on_the_one_that_counts(scanned: Client) -> None:
    one, other = first(), Finding.objects.get(vulnerability="CVE-2026-0001")
    scanned.post(
        "/findings/decide/",
        {"kind": "duplicate", "duplicate_of": one.pk, "finding": [other.pk]},
    )
    assert f"Finding {other.pk}" in body(scanned, f"/findings/{one.pk}/")


def test_the_whole_list_downloads_harmless(scanned: Client) -> None:
    answer = scanned.get("/findings/findings.csv?severity=critical")
    lines = b"".join(answer).decode().splitlines()
    assert lines[0].startswith("id,vulnerability,severity")
    assert len(lines) == 3
    assert all(",'=cmd" in line or ",\"'=cmd" in line for line in lines[1:])


def test_a_rule_is_shown_then_saved_then_withdrawn(scanned: Client) -> None:
    rule = {**ACCEPT, "component": "pkg:pypi/requests", "severity_at_most": "4"}
    page = scanned.post("/findings/decisions/add/", {**rule, "preview": "1"}).content.decode()
    assert "6 open findings, 6 in all" in page
    assert not FindingDecision.objects.exists()
    scanned.post("/findings/decisions/add/", rule)
    page = body(scanned, "/findings/decisions/")
    assert "component pkg:pypi/requests, severity high or less" in page
    assert "2 findings" in body(scanned, "/findings/")
    one = FindingDecision.objects.get()
    assert scanned.post(f"/findings/decisions/{one.pk}/withdraw/").status_code == 400
    scanned.post(f"/findings/decisions/{one.pk}/withdraw/", {"why": "it is reachable"})
    assert "8 findings" in body(scanned, "/findings/")
    assert "it is reachable" in body(scanned, "/findings/decisions/")


def test_a_rule_that_says_nothing_is_refused(scanned: Client) -> None:
    answer = scanned.post("/findings/decisions/add/", ACCEPT)
    assert answer.status_code == 400
    assert "matches every finding" in answer.content.decode()
    assert "Vulnerability" in body(scanned, "/findings/decisions/add/?vulnerability=CVE-2026-1")


def test_an_exception_is_extended(scanned: Client) -> None:
    scanned.post("/findings/decide/", {**ACCEPT, "finding": [first().pk]})
    url = f"/findings/decisions/{FindingDecision.objects.get().pk}/extend/"
    assert "Accepted until" in body(scanned, url)
    longer = (clock.now() + timedelta(days=90)).date().isoformat()
    given = {"expires_on": longer, "reason": "the vendor is late", "approver": "Ada"}
    assert scanned.post(url, {**given, "expires_on": ""}).status_code == 400
    assert scanned.post(url, given).status_code == 302
    assert "the vendor is late" in body(scanned, "/findings/decisions/")
    assert scanned.get("/findings/decisions/4711/extend/").status_code == 404


def test_what_to_fix_first_stands_on_today_with_its_reason(scanned: Client) -> None:
    assert "Nothing to fix" in body(scanned, "/findings/next/")
    scanned.post("/findings/decide/", {**ACCEPT, "finding": [first().pk]})
    page = body(scanned, "/findings/next/")
    assert "CVE-2026-0007" in page
    assert "Known to be exploited first" in page
    assert "No KEV catalogue was imported" in page
    assert "Fix these first" in body(scanned, "/")
    assert "Fix these first" not in body(scanned, "/?as_of=2026-01-10")


def _second() -> Finding:
    return Finding.objects.get(vulnerability="CVE-2026-0002")


@pytest.mark.parametrize("form", ["openvex", "cyclonedx"])
def test_decisions_can_be_downloaded_as_vex(scanned: Client, form: str) -> None:
    url = f"/findings/decisions/vex/{form}.json"
    assert scanned.get(url).status_code == 400
    name_company(by=OPERATOR, name="Acme", at=clock.now())
    scanned.post("/findings/decide/", {**ACCEPT, "finding": [first().pk]})
    assert url in body(scanned, "/findings/decisions/")
    answer = scanned.get(url)
    assert answer.status_code == 200
    justified = {"kind": "false_positive", "reason": "No", "finding": [_second().pk]}
    word = "inline_mitigations_already_exist"
    scanned.post("/findings/decide/", {**justified, "justification": word})
    assert "already stands in its way" in body(scanned, "/findings/decisions/")
    assert f"{form}-vex.json" in answer["Content-Disposition"]
    assert "Not reachable" in json.dumps(answer.json())
    assert scanned.get(f"{url}?cut=group:none").status_code == 400
    assert scanned.get("/findings/decisions/vex/csaf.json").status_code == 404
