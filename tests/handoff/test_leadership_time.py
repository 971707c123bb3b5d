from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.handoff import make
from tests.handoff.make import at

from protem.handoff.facts import HandoffFacts
from protem.handoff.leaders import LeaderFact

NAME = "leadership-time"


def facts(hours: Sequence[float], **given: Any) -> HandoffFacts:
    return HandoffFacts(meetings=make.calendar(hours), diary_factor=1.0, **given)


def test_without_a_calendar_it_is_unknown_and_asks_for_one():
    reading = make.reading(NAME, HandoffFacts(), 3)
    assert reading.state == "unknown"
    assert reading.value is None
    assert "Import the calendar" in reading.missing[0].what


def test_under_eight_usable_weeks_it_is_unknown():
    assert make.reading(NAME, facts([12] * 7), 6).state == "unknown"
    assert make.reading(NAME, facts([12] * 8), 7).state == "on"


def test_it_comes_on_with_three_of_four_weeks_and_the_mean_over_ten():
    assert make.reading(NAME, facts([2] * 8 + [13, 13, 13]), 10).state == "on"
    assert make.reading(NAME, facts([2] * 8 + [20, 20]), 9).state == "off"


def test_three_weeks_over_with_a_mean_under_ten_leave_it_off():
    assert make.reading(NAME, facts([2] * 8 + [10.5, 10.5, 10.5, 2]), 11).state == "off"


def test_it_stays_on_between_the_rules_and_leaves_by_the_exit_rule():
    found = make.states(NAME, facts([12] * 8 + [9] * 6 + [5] * 5), 18)
    assert found[7:14] == ["on"] * 7
    assert found[15] == "on"
    assert found[-1] == "off"


def test_two_weeks_over_ten_among_eight_keep_it_on():
    calm = [12] * 8 + [5] * 8
    assert make.reading(NAME, facts(calm), 15).state == "off"
    assert make.reading(NAME, facts([12] * 8 + [5] * 4 + [11, 11] + [5] * 2), 15).state == "on"


def test_after_leaving_it_needs_the_enter_rule_again():
    found = make.states(NAME, facts([12] * 8 + [5] * 8 + [9.5] * 6 + [12] * 3), 24)
    assert found[15:22] == ["off"] * 7
    assert found[-1] == "on"


def test_overlapping_meetings_of_one_person_count_once():
    rows = make.calendar([10] * 8)
    twice = [*rows, *(make.meeting(m.starts_at, 2, title="HITRUST", uid="x") for m in rows
                      if m.title == "SOC 2 audit")]  # fmt: skip
    one = make.reading(NAME, HandoffFacts(meetings=twice, diary_factor=1), 7)
    assert one.value == pytest.approx(10)


@pytest.mark.parametrize(
    "left_out",
    [{"is_cancelled": True}, {"is_declined": True}, {"is_free": True}, {"is_all_day": True}],
)
def test_what_did_not_take_time_is_left_out(left_out):
    rows = make.calendar([5] * 8)
    extra = make.meeting(at(7, 5, 10), 3, title="Incident", **left_out)
    assert make.reading(
        NAME, HandoffFacts(meetings=[*rows, extra], diary_factor=1), 7
    ).value == pytest.approx(5)


def test_entries_over_six_hours_are_left_out():
    extra = make.meeting(at(7, 5, 1), 6.5, title="Incident")
    given = HandoffFacts(meetings=[*make.calendar([5] * 8), extra], diary_factor=1)
    assert make.reading(NAME, given, 7).value == pytest.approx(5)


def test_private_hours_over_thirty_percent_make_it_unknown():
    rows = [
        make.meeting(m.starts_at, 5, title="Busy" if m.title == "Roadmap" else m.title)
        for m in make.calendar([5] * 8)
    ]
    reading = make.reading(NAME, HandoffFacts(meetings=rows), 7)
    assert reading.state == "unknown"
    assert "private" in reading.missing[0].what


def test_days_away_scale_the_week_up():
    away = make.meeting(at(7, 0, 0), 48, title="Vacation", is_all_day=True)
    rows = [m for m in make.calendar([5] * 8) if not at(7, 0, 0) <= m.starts_at < at(7, 2, 0)]
    reading = make.reading(NAME, HandoffFacts(meetings=[*rows, away], diary_factor=1), 7)
    assert reading.value == pytest.approx(5)


def test_a_week_with_two_working_days_does_not_count():
    away = make.meeting(at(8, 0, 0), 72, title="OOO", is_all_day=True)
    rows = make.calendar([12] * 9)
    reading = make.reading(NAME, HandoffFacts(meetings=[*rows, away], diary_factor=1), 8)
    assert "2025-03" not in str([e.when for e in reading.evidence])


def test_the_diary_factor_is_shown_as_an_assumption():
    reading = make.reading(NAME, HandoffFacts(meetings=make.calendar([10] * 8)), 7)
    assert reading.value == pytest.approx(13)
    assert any("1.3 hours of work (assumed)" in flag for flag in reading.flags)


def test_marked_leaders_alone_count_and_otherwise_the_reading_says_so():
    rows = [*make.calendar([4] * 8), *make.calendar([9] * 8, person="dev@acme.example")]
    everyone = make.reading(NAME, HandoffFacts(meetings=rows, diary_factor=1), 7)
    marked = (LeaderFact(address="cto@acme.example"),)
    one = make.reading(NAME, HandoffFacts(meetings=rows, diary_factor=1, leaders=marked), 7)
    assert everyone.value == pytest.approx(13)
    assert any("every calendar counts" in flag for flag in everyone.flags)
    assert one.value == pytest.approx(4)


def test_tickets_and_reviews_add_their_hours():
    tickets = [
        make.item(w, at(w, 4), started_at=at(w, 0), hours=3.0, assignee="CTO") for w in range(8)
    ]
    tickets.append(make.item(99, at(7, 4), started_at=at(7, 0), assignee="someone"))
    reviews = [make.review(w, at(w, 0), hours=2.0) for w in range(8)]
    given = HandoffFacts(
        meetings=make.calendar([5] * 8), work_items=tickets, reviews=reviews, diary_factor=1
    )
    assert make.reading(NAME, given, 7).value == pytest.approx(10)


def test_tickets_without_a_log_count_a_share_of_at_most_four_hours_a_week():
    tickets = [make.item(1, at(7, 4), started_at=at(3, 0), hours=None, assignee="cto")]
    given = HandoffFacts(meetings=make.calendar([5] * 8), work_items=tickets, diary_factor=1)
    assert make.reading(NAME, given, 7).value == pytest.approx(5 + 4 * 0.35)


def test_a_later_version_replaces_the_earlier_one_from_when_it_was_known():
    rows = make.calendar([12] * 10)
    moved = [
        make.meeting(m.starts_at, 0.5, uid=m.uid, title="Roadmap", known_at=make.sunday(8))
        for m in rows
        if m.title == "SOC 2 audit"
    ]
    given = HandoffFacts(meetings=[*rows, *moved], diary_factor=1)
    history = make.states(NAME, given, 9)
    assert history[7] == "on"
    assert make.reading(NAME, given, 7).value == pytest.approx(12)
    assert make.reading(NAME, given, 8).value == pytest.approx(0)


def test_data_gone_stale_makes_it_unknown():
    assert make.reading(NAME, facts([12] * 8), 7).state == "on"
    assert make.reading(NAME, facts([12] * 8), 14).state == "unknown"


def test_a_running_week_is_not_looked_at():
    reading = make.SIGNALS.get(NAME).compute(facts([2] * 11 + [40]), at(11, 2))
    assert reading.value == pytest.approx(2)
    assert reading.as_of - at(11, 2) == timedelta()


def test_a_marked_leaders_tickets_count_without_their_calendar():
    tickets = [make.item(1, at(7, 4), started_at=at(7), hours=8.0, assignee="Mara Voss")]
    leaders = (
        LeaderFact(address="cto@acme.example"),
        LeaderFact(address="mara.voss@acme.example"),
    )
    given = HandoffFacts(
        meetings=make.calendar([5] * 8), work_items=tickets, leaders=leaders, diary_factor=1
    )
    assert make.reading(NAME, given, 7).value == pytest.approx(7)


def test_unstarted_and_foreign_tickets_take_no_time():
    tickets = [
        make.item(1, None, hours=None, assignee="cto"),
        make.item(2, at(7, 4), is_security=False, assignee="cto"),
        make.item(3, at(7, 4), assignee=""),
    ]
    given = HandoffFacts(meetings=make.calendar([5] * 8), work_items=tickets, diary_factor=1)
    assert make.reading(NAME, given, 7).value == pytest.approx(5)
