"""The life of a finding as imports tell it."""

import pytest
from tests.ledger.make import (
    bring,
    day,
    episodes,
    finding,
    findings,
    is_near,
    only,
    scan,
    weekly,
)

from protem.formats.records import FindingState, Severity

pytestmark = pytest.mark.django_db
ONE, TWO = "CVE-2026-0001", "CVE-2026-0002"


def test_what_the_first_scan_shows_is_baseline():
    weekly(0, ONE)
    assert not only().is_start_known
    assert is_near(only().opened_at, 0)


def test_what_a_later_scan_shows_first_was_opened_then():
    weekly(0, TWO)
    weekly(7, ONE, TWO)
    assert only().is_start_known
    assert is_near(only().opened_at, 7)


def test_a_finding_gone_from_a_whole_scan_was_closed_at_the_midpoint():
    weekly(0, ONE, TWO)
    _run, outcome = weekly(7, TWO)
    assert (outcome.counts["closed"], outcome.counts["unchanged"]) == (1, 1)
    assert is_near(only().closed_at, 3.5)
    assert is_near(only().last_seen_at, 0)
    assert is_near(only().first_absent_at, 7)
    assert only().ending == "fixed"


@pytest.mark.parametrize(
    "fields",
    [
        {"is_complete": False, "problem": "it was stopped"},
        {"proves_absence": False},
        {"database_built_at": day(-2)},
    ],
    ids=["not complete", "states its own endings", "old database"],
)
def test_a_scan_that_proves_nothing_closes_nothing(fields):
    weekly(0, ONE, TWO)
    weekly(7, TWO, **fields)
    assert only().closed_at is None
    assert is_near(only().last_seen_at, 0)


def test_a_suspiciously_small_scan_closes_nothing_until_it_is_confirmed():
    names = [f"CVE-2026-{number:04}" for number in range(1, 11)]
    weekly(0, *names)
    run, outcome = weekly(7, names[9])
    assert only().closed_at is None
    assert "1 where the last one showed 10" in outcome.warnings[0]
    from protem.ledger import services
    from protem.people.access import OPERATOR

    assert services.confirm_scans(by=OPERATOR, run=run) == 1
    assert is_near(only().closed_at, 3.5)


def test_an_empty_report_without_scope_evidence_closes_nothing():
    weekly(0, ONE)
    bring(scan(7, has_scope_evidence=False))
    assert only().closed_at is None
    bring(scan(14))
    assert is_near(only().closed_at, 7)


def test_another_target_closes_nothing():
    weekly(0, ONE)
    bring(scan(7, "repository:acme/api"), findings(TWO, target="repository:acme/api"))
    assert only().closed_at is None


def test_other_settings_close_nothing_and_start_a_new_baseline():
    weekly(0, ONE, TWO, settings="floor=low")
    weekly(7, TWO, "CVE-2026-0003", settings="floor=high")
    assert only().closed_at is None
    assert not only("CVE-2026-0003").is_start_known


def test_a_report_that_hides_unfixed_flaws_does_not_close_them():
    bring(scan(0), [finding(ONE, is_fixable=False), finding(TWO)])
    bring(scan(7, shows_unfixed=False), findings(TWO))
    assert only().closed_at is None
    bring(scan(14, shows_unfixed=True), findings(TWO))
    assert is_near(only().closed_at, 7)


def test_what_returns_within_two_scan_intervals_was_never_closed():
    weekly(0, ONE, TWO)
    weekly(7, TWO)
    weekly(14, ONE, TWO)
    assert only().closed_at is None
    assert is_near(only().opened_at, 0)


def test_what_returns_later_is_a_new_episode_with_its_own_clock():
    weekly(0, ONE, TWO)
    for week in (7, 14, 21, 28):
        weekly(week, TWO)
    _run, outcome = weekly(35, ONE, TWO)
    first, second = episodes()
    assert is_near(first.closed_at, 3.5)
    assert is_near(second.opened_at, 35)
    assert outcome.counts["reopened"] == 1


def test_rescoring_and_bumps_neither_close_nor_open_anything():
    bring(scan(0), finding(ONE, severity=Severity.HIGH, version="1.0", title="a"))
    bring(scan(7), finding(ONE, severity=Severity.CRITICAL, version="1.1", title="b"))
    bring(scan(14), finding(ONE, severity=Severity.MEDIUM, version="1.2", title="c"))
    assert only().closed_at is None
    assert is_near(only().critical_at, 7)
    assert is_near(only().critical_until, 14)
    assert only().severity == Severity.MEDIUM


def test_aliases_are_one_vulnerability():
    bring(scan(0), finding("GHSA-4374-p667-p6c8", aliases=("CVE-2023-39325",)))
    bring(scan(7), finding("CVE-2023-39325"))
    assert only("CVE-2023-39325").closed_at is None


def test_two_tools_reporting_the_same_give_one_finding_with_two_reporters():
    bring(scan(0), findings(ONE))
    bring(scan(1, tool="grype"), findings(ONE))
    assert only().reporters == 2


def test_a_finding_ends_when_all_current_reporters_agree():
    for week in (0, 7):
        bring(scan(week), findings(ONE, TWO))
        bring(scan(week + 1, tool="grype"), findings(ONE, TWO))
    bring(scan(14), findings(TWO))
    assert only().closed_at is None
    bring(scan(15, tool="grype"), findings(TWO))
    assert is_near(only().closed_at, 11.5)


def test_a_retired_tool_loses_its_vote():
    bring(scan(0), findings(ONE, TWO))
    bring(scan(1, tool="grype"), findings(ONE, TWO))
    for week in (7, 14, 21, 28):
        bring(scan(week), findings(TWO))
    assert is_near(only().closed_at, 3.5)


def test_changing_scanners_remediates_nothing():
    """The new one shows at its first look what the old one showed at its last."""
    for week in (0, 7):
        bring(scan(week, tool="grype"), findings(ONE))
    for week in (14, 21, 28, 35, 42, 49, 56):
        bring(scan(week), findings(ONE))
    assert only().closed_at is None
    assert is_near(only().opened_at, 0)
    bring(scan(63))
    assert is_near(only().closed_at, 59.5)


def test_other_settings_of_one_tool_remediate_nothing():
    bring(scan(0), findings(ONE))
    for week in (7, 14, 21, 28, 35):
        bring(scan(week, settings="ignore-unfixed"), findings(ONE))
    assert only().closed_at is None
    assert is_near(only().opened_at, 0)


def test_what_the_other_scanner_looked_for_in_between_and_did_not_find_was_gone():
    for week in (0, 7):
        bring(scan(week, tool="grype"), findings(ONE))
    bring(scan(14))
    for week in (28, 35, 42, 49, 56):
        bring(scan(week), findings(ONE))
    first, second = episodes(ONE)
    assert is_near(first.closed_at, 7)
    assert is_near(second.opened_at, 28)


def test_the_tools_own_dates_win():
    bring(
        scan(30, tool="github-dependabot", proves_absence=False),
        finding(ONE, found_at=day(2), ended_at=day(20), state=FindingState.FIXED),
    )
    assert is_near(only().opened_at, 2)
    assert is_near(only().closed_at, 20)
    assert only().is_start_known


def test_dismissed_is_accepted_and_never_fixed():
    bring(scan(0, proves_absence=False), finding(ONE, found_at=day(-5)))
    bring(
        scan(7, proves_absence=False),
        finding(ONE, found_at=day(-5), ended_at=day(6), state=FindingState.ACCEPTED),
    )
    assert only().ending == "accepted"
    assert is_near(only().closed_at, 6)
