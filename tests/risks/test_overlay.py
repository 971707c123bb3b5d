"""Decisions laid over episodes agree with a day-by-day account, from wherever one looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure.make import episode

from protem.ledger.facts import EPISODES
from protem.risks.overlay import DECISIONS, overlay

pytestmark = pytest.mark.pure

START = datetime(2026, 1, 1, tzinfo=UTC)
LAST = 30
VOID = ("false_positive", "duplicate")


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def row(finding: int, opened: int, closed: int | None = None, **given: Any) -> dict[str, Any]:
    made = episode(finding, 0)
    end = None if closed is None else at(closed)
    return {
        **made,
        "opened_at": at(opened),
        "critical_at": at(opened),
        "closed_at": end,
        "first_absent_at": end,
        "last_seen_at": end,
        "ending": "fixed" if end else "",
        **given,
    }


def decision(kind: str, since: int, until: int | None = None, **given: Any) -> dict[str, Any]:
    blank = dict.fromkeys(DECISIONS, None)
    return {
        **blank,
        "decision_id": since,
        "kind": kind,
        "from_at": at(since),
        "until_at": None if until is None else at(until),
        **given,
    }


def laid(rows: list[dict[str, Any]], *decisions: dict[str, Any]) -> pl.DataFrame:
    return overlay(
        pl.DataFrame(rows, schema=EPISODES), pl.DataFrame(list(decisions), schema=DECISIONS)
    )


def seen_from(frame: pl.DataFrame, moment: int) -> list[dict[str, Any]]:
    """The rows that someone sees who looks from a day, in order."""
    now = at(moment)
    return [
        found
        for found in frame.sort("finding_id", "opened_at").to_dicts()
        if found["opened_at"] <= now
        and (found["known_at"] is None or found["known_at"] <= now)
        and (found["superseded_at"] is None or now < found["superseded_at"])
    ]


def story(frame: pl.DataFrame, finding: int, moment: int) -> list[str]:
    """What each day up to ``moment`` reads as, for someone who looks from there."""
    days = ["-"] * (moment + 1)
    for found in seen_from(frame.filter(pl.col("finding_id") == finding), moment):
        if found["ending"] in VOID:
            return ["void"]
        for day in range(moment + 1):
            is_over = found["closed_at"] is not None and found["closed_at"] <= at(day)
            if found["opened_at"] <= at(day) and not is_over:
                days[day] = "open"
            elif is_over and found["closed_at"] <= at(moment) and days[day] != "open":
                days[day] = found["ending"]
    return days


def told(
    episodes: list[dict[str, Any]], decisions: list[dict[str, Any]], finding: int, moment: int
) -> list[str]:
    """The same by going through the days one by one."""
    own = [e for e in episodes if e["finding_id"] == finding and e["opened_at"] <= at(moment)]
    known = [d for d in decisions if d["from_at"] <= at(moment)]

    def holds(d: dict[str, Any], day: int) -> bool:
        return d["from_at"] <= at(day) and (d["until_at"] is None or at(day) < d["until_at"])

    if own and any(d["kind"] in VOID and holds(d, moment) for d in known):
        return ["void"]
    accepted = [d for d in known if d["kind"] == "accepted"]
    days = ["-"] * (moment + 1)
    for e in sorted(own, key=lambda e: e["opened_at"]):
        state, before = "-", "-"
        for day in range(moment + 1):
            if e["opened_at"] > at(day):
                continue
            if e["closed_at"] is not None and e["closed_at"] <= at(day):
                state = "accepted" if before == "accepted" else "fixed"
            else:
                state = "accepted" if any(holds(d, day) for d in accepted) else "open"
            before = state
            days[day] = state
    return days


DAYS = st.integers(0, LAST)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to three episodes of one finding, one after the other."""
    marks = sorted(draw(st.sets(DAYS, min_size=1, max_size=6)))
    made = []
    for number, opened in enumerate(marks[::2]):
        ends = marks[2 * number + 1] if 2 * number + 1 < len(marks) else None
        made.append(row(7, opened, ends, number=number + 1))
    return made


@st.composite
def rulings(draw: st.DrawFn) -> dict[str, Any]:
    since = draw(DAYS)
    until = draw(st.none() | st.integers(since, LAST + 5))
    kind = draw(st.sampled_from(["accepted", "accepted", "false_positive"]))
    return decision(kind, since, until, finding_id=7)


@given(histories(), st.lists(rulings(), max_size=4), DAYS)
def test_from_any_day_it_reads_as_the_days_one_by_one(episodes, decisions, moment):
    frame = laid(episodes, *decisions)
    assert story(frame, 7, moment) == told(episodes, decisions, 7, moment)


@given(histories(), st.lists(rulings(), max_size=4), DAYS)
def test_what_is_decided_later_changes_nothing_before(episodes, decisions, moment):
    earlier = [d for d in decisions if d["from_at"] <= at(moment)]
    with_all, with_earlier = laid(episodes, *decisions), laid(episodes, *earlier)
    assert story(with_all, 7, moment) == story(with_earlier, 7, moment)


@given(histories(), st.lists(rulings(), max_size=3))
def test_other_findings_stay_as_they_are(episodes, decisions):
    other = row(8, 3, 9)
    found = laid([*episodes, other], *decisions).filter(pl.col("finding_id") == 8)
    assert found.to_dicts() == pl.DataFrame([other], schema=EPISODES).to_dicts()


def test_without_decisions_nothing_changes():
    frame = pl.DataFrame([row(1, 0, 5), row(2, 3)], schema=EPISODES)
    assert overlay(frame, pl.DataFrame(schema=DECISIONS)).equals(frame)


def test_an_accepted_one_is_open_again_on_expiry_with_its_critical_clock():
    found = laid([row(1, 2)], decision("accepted", 5, 9, finding_id=1)).sort("opened_at")
    assert found["opened_at"].to_list() == [at(2), at(9)]
    assert found["critical_at"].to_list() == [at(2), at(9)]
    assert found["closed_at"].to_list() == [at(5), None]
    assert found["ending"].to_list() == ["accepted", ""]


def test_one_fixed_while_accepted_does_not_come_back():
    found = laid([row(1, 2, 7)], decision("accepted", 5, 9, finding_id=1))
    assert found.select("closed_at", "ending").rows() == [(at(5), "accepted")]


def test_what_stopped_being_critical_is_not_critical_when_it_returns():
    mild = row(1, 2, critical_until=at(4))
    found = laid([mild], decision("accepted", 5, 9, finding_id=1)).sort("opened_at")
    assert found["critical_at"].to_list() == [at(2), None]


RULES = [
    ({"vulnerability": "CVE-2026-1"}, {1}),
    ({"component": "pkg:npm/left"}, {2, 3}),
    ({"component": "pkg:npm/left", "asset_group": "shop"}, {3}),
    ({"asset": "web-1"}, {1}),
    ({"asset_group": "shop", "severity_at_most": 3}, {4}),
    ({"severity_at_most": 3}, {4}),
    ({"vulnerability": "CVE-2026-1", "component": "pkg:npm/left"}, set()),
]


@pytest.mark.parametrize(("rule", "covered"), RULES)
def test_a_rule_covers_what_matches_all_of_it(rule, covered):
    rows = [
        row(1, 0),
        row(2, 0, component="pkg:npm/left"),
        row(3, 0, component="pkg:npm/left", asset_group="shop"),
        row(4, 0, asset_group="shop", severity=3),
    ]
    found = laid(rows, decision("accepted", 1, **rule))
    assert set(found.filter(pl.col("ending") == "accepted")["finding_id"]) == covered


def test_a_rule_covers_what_comes_later_from_its_first_moment():
    found = laid([row(1, 9)], decision("accepted", 3, vulnerability="CVE-2026-1"))
    assert found.select("opened_at", "closed_at").rows() == [(at(9), at(9))]
