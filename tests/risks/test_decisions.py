"""Decisions are made, end, are extended and undone; who, when and why stays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from tests.ledger import make

from protem.formats.records import Severity
from protem.ledger import services as ledger
from protem.ledger.models import Finding
from protem.measure.queries import facts
from protem.people.access import Actor, Refused
from protem.risks import queries, services
from protem.risks.models import Cover, FindingDecision
from protem.risks.rules import DecisionError, Rule

pytestmark = pytest.mark.django_db
NOW = make.day(20)
IN_MARCH = date(2026, 3, 1)
WHY = "Not reachable from outside"


@dataclass(frozen=True)
class Nobody:
    role: str = "guest"
    is_active: bool = True


def accept(by: Actor, *ids: int, until: date = IN_MARCH, at: datetime = NOW) -> services.Made:
    return services.accept_risk(
        by=by, findings=ids, reason=WHY, approver="Ada Roe", expires_on=until, at=at
    )


def endings(name: str) -> list[str]:
    rows = facts().episodes.filter(pl.col("vulnerability") == name).sort("opened_at")
    return [ending or "open" for ending in rows["ending"]]


def states(by: Actor, at: datetime = NOW) -> list[str]:
    return [one.state for one in queries.decisions(by, at=at)]


def test_an_accepted_risk_is_out_of_the_open_ones_until_it_expires(owner, scanned):
    made = accept(owner, scanned["CVE-2026-0001"])
    assert (made.count, made.since) == (1, NOW)
    assert endings("CVE-2026-0001") == ["accepted", "open"]
    assert endings("CVE-2026-0002") == ["open"]
    (view,) = queries.decisions(owner, at=NOW)
    assert (view.state, view.reason, view.approver) == ("in force", WHY, "Ada Roe")
    assert view.about == "CVE-2026-0001 in pkg:pypi/requests on acme/web"
    assert states(owner, at=make.day(300)) == ["expired"]


def test_it_holds_through_its_last_day(owner, scanned):
    accept(owner, scanned["CVE-2026-0001"])
    opened = facts().episodes.filter(vulnerability="CVE-2026-0001")["opened_at"].max()
    assert opened == datetime.fromisoformat("2026-03-02T00:00:00+00:00")


def test_a_false_positive_leaves_history_from_the_decision_on(owner, scanned):
    one = scanned["CVE-2026-0002"]
    services.mark_false_positive(by=owner, findings=[one], reason=WHY, at=NOW)
    rows = facts().episodes.filter(vulnerability="CVE-2026-0002").sort("known_at")
    assert rows["superseded_at"].to_list() == [NOW, None]
    assert rows["ending"].to_list() == ["", "false_positive"]


def test_a_duplicate_names_the_one_that_counts(owner, scanned):
    one, other = scanned["CVE-2026-0001"], scanned["CVE-2026-0002"]
    services.mark_duplicate(by=owner, findings=[one], of=other, at=NOW)
    assert "duplicate" in endings("CVE-2026-0001")
    for wrong in (one, 12345):
        with pytest.raises(DecisionError, match="cannot be the one"):
            services.mark_duplicate(by=owner, findings=[one], of=wrong, at=NOW)


def test_many_are_decided_at_once_and_undone_at_once(owner, scanned):
    made = accept(owner, *scanned.values(), 12345)
    assert (made.count, made.skipped) == (4, 1)
    assert Cover.objects.count() == 4
    later = NOW + timedelta(days=29)
    undone = services.undo_decisions(by=owner, batch=made.batch, at=later)
    assert (undone.count, undone.since) == (4, NOW)
    assert endings("CVE-2026-0001") == ["open"]
    assert not Cover.objects.exists()
    assert states(owner, later) == ["undone"] * 4
    with pytest.raises(DecisionError, match="nothing to undo"):
        services.undo_decisions(by=owner, batch=made.batch, at=later)


def test_after_thirty_days_it_can_only_be_withdrawn(owner, scanned):
    made = accept(owner, scanned["CVE-2026-0001"], until=date(2026, 6, 1))
    with pytest.raises(DecisionError, match="30 days"):
        services.undo_decisions(by=owner, batch=made.batch, at=NOW + timedelta(days=31))


def test_a_withdrawn_one_had_held_until_then(owner, scanned):
    accept(owner, scanned["CVE-2026-0001"])
    (view,) = queries.decisions(owner, at=NOW)
    later = NOW + timedelta(days=3)
    services.withdraw_decision(by=owner, decision_id=view.id, why="it is reachable", at=later)
    rows = facts().episodes.filter(vulnerability="CVE-2026-0001").sort("opened_at")
    assert rows["closed_at"].to_list() == [NOW, None]
    assert rows["opened_at"].to_list()[1] == later
    (view,) = queries.decisions(owner, at=later)
    assert (view.state, view.ended_why) == ("withdrawn", "it is reachable")
    with pytest.raises(DecisionError, match="not in force"):
        services.withdraw_decision(by=owner, decision_id=view.id, why="again", at=later)


def test_an_extension_follows_without_a_gap_and_can_be_undone(owner, scanned):
    accept(owner, scanned["CVE-2026-0001"])
    (first,) = queries.decisions(owner, at=NOW)
    later = NOW + timedelta(days=3)
    made = services.extend_exception(
        by=owner,
        decision_id=first.id,
        expires_on=date(2026, 4, 1),
        reason="the vendor needs longer",
        approver="Ada Roe",
        at=later,
    )
    assert endings("CVE-2026-0001") == ["accepted", "open"]
    assert sorted(states(owner, later)) == ["extended", "in force"]
    services.undo_decisions(by=owner, batch=made.batch, at=later)
    assert sorted(states(owner, later)) == ["in force", "undone"]


def test_a_rule_covers_findings_that_come_later(owner, scanned):
    rule = Rule(component="pkg:pypi/requests", severity_at_most=Severity.CRITICAL)
    made = services.mark_false_positive(by=owner, rule=rule, reason=WHY, at=NOW)
    assert (made.count, Cover.objects.count()) == (1, len(scanned))
    make.weekly(21, *scanned, "CVE-2026-0099")
    assert "false_positive" in endings("CVE-2026-0099")
    services.refresh_covers(at=make.day(22))
    assert Cover.objects.count() == len(scanned) + 1


def test_a_rule_is_shown_before_it_is_saved(owner, scanned):
    found = queries.preview(owner, rule=Rule(component="pkg:pypi/requests"))
    assert (found.open, found.all) == (4, 4)
    assert found.examples[0].endswith("on acme/web")
    assert queries.preview(owner, rule=Rule(asset="acme/web")).open == len(scanned)
    assert queries.preview(owner, rule=Rule(asset_group="shop")).open == 0
    mild = Rule(vulnerability="cve-2026-0001", severity_at_most=Severity.LOW)
    assert queries.preview(owner, rule=mild).open == 0
    assert not Cover.objects.exists()


def test_a_rule_that_says_nothing_is_refused(owner):
    for rule in (Rule(), Rule(severity_at_most=Severity.LOW)):
        with pytest.raises(DecisionError, match="matches every finding"):
            services.mark_false_positive(by=owner, rule=rule, reason=WHY, at=NOW)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reason": " "}, "reason is missing"),
        ({"approver": ""}, "nobody approved"),
        ({"expires_on": NOW.date()}, "not in the future"),
        ({"expires_on": date(2030, 1, 1)}, "more than a year"),
        ({"findings": [4711]}, "no such finding"),
        ({"findings": []}, "no such finding"),
    ],
)
def test_what_makes_no_sense_is_refused(owner, scanned, given, message):
    fields = {
        "findings": [scanned["CVE-2026-0001"]],
        "reason": WHY,
        "approver": "Ada Roe",
        "expires_on": IN_MARCH,
    }
    with pytest.raises(DecisionError, match=message):
        services.accept_risk(by=owner, at=NOW, **{**fields, **given})
    assert not FindingDecision.objects.exists()


def test_what_is_covered_is_not_decided_twice(owner, scanned):
    accept(owner, scanned["CVE-2026-0001"])
    with pytest.raises(DecisionError, match="covers this already"):
        accept(owner, scanned["CVE-2026-0001"])
    made = accept(owner, scanned["CVE-2026-0001"], scanned["CVE-2026-0002"])
    assert (made.count, made.skipped) == (1, 1)


def test_only_who_may_decides(scanned):
    with pytest.raises(Refused):
        accept(Nobody(), scanned["CVE-2026-0001"])
    with pytest.raises(Refused):
        queries.decisions(Nobody(), at=NOW)


def test_decisions_survive_an_import_that_is_taken_out_and_comes_again(owner):
    run, _ = make.weekly(0, "CVE-2026-0001")
    (finding,) = Finding.objects.all()
    accept(owner, finding.pk)
    ledger.revert_import(by=owner, run=run)
    assert [one.about for one in queries.decisions(owner, at=NOW)] == [
        f"finding {finding.pk}, no longer reported"
    ]
    make.weekly(0, "CVE-2026-0001")
    assert endings("CVE-2026-0001") == ["accepted", "open"]
