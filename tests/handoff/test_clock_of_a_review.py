from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.handoff import make
from tests.handoff.make import HOUR, at, review

from protem.handoff.review_clock import Clock, clocks, promised_hours
from protem.handoff.worktime import after_hours, hours_between
from protem.reviews.queries import ReviewRow

MOMENTS = st.integers(0, 24 * 60).map(lambda hours: make.MONDAY + hours * HOUR)


def one(row: ReviewRow, as_of: datetime | None = None) -> Clock:
    return clocks([row], as_of or at(50))[0][0]


def test_weekends_do_not_count():
    assert hours_between(at(0, 4, 12), at(1, 0, 12)) == pytest.approx(24)
    assert hours_between(at(0, 5), at(0, 6, 20)) == 0
    assert after_hours(at(0, 4, 12), 24) == at(1, 0, 12)


def test_no_time_passes_backwards():
    assert hours_between(at(1), at(0)) == 0
    assert after_hours(at(0, 5), 0) >= at(0, 5)


def test_a_week_of_hours_ends_on_friday_night():
    assert after_hours(at(0, 0, 0), 120) == at(0, 5, 0)


@given(MOMENTS, st.floats(0.5, 500))
def test_the_moment_after_some_hours_is_so_many_hours_on(start, hours):
    end = after_hours(start, hours)
    assert end >= start
    assert hours_between(start, end) == pytest.approx(hours, abs=1e-3)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_hours_add_up(a, b, c):
    a, b, c = sorted([a, b, c])
    assert hours_between(a, b) + hours_between(b, c) == pytest.approx(hours_between(a, c))


@pytest.mark.parametrize(
    ("questions", "hours"), [(None, 48), (50, 48), (51, 72), (200, 72), (201, 120)]
)
def test_larger_reviews_get_longer(questions, hours):
    assert promised_hours(questions) == hours


def test_a_stated_day_is_the_promise_and_waits_move_it():
    clock = one(review(1, at(0), due_at=at(0, 3), paused_hours=24, hours_to_answer=24 * 3.5))
    assert clock.due_at == at(0, 4)
    assert not clock.is_late(at(50))


def test_waits_for_the_customer_stop_the_clock():
    assert one(review(1, at(0), hours_to_answer=60)).is_late(at(50))
    waited = one(review(1, at(0), hours_to_answer=60, paused_hours=24))
    assert not waited.is_late(at(50))
    assert waited.age_hours(at(50)) == pytest.approx(36)


def test_an_impossible_due_day_is_not_used():
    clock = one(review(1, at(1), due_at=at(0)))
    assert clock.promise_hours == 48


def test_an_answer_before_receipt_is_no_answer():
    clock = one(review(1, at(1), answered_at=at(0)))
    assert clock.answered_at is None


def test_a_pending_review_is_neither_kept_nor_missed():
    clock = one(review(1, at(0), hours_to_answer=None), at(0, 1))
    assert clock.settled_at(at(0, 1)) is None
    assert clock.settled_at(at(0, 3)) == clock.due_at


def test_reviews_not_received_yet_or_undated_are_left_out():
    rows = [review(1, at(5)), review(2, None), review(3, at(0))]
    found, undated = clocks(rows, at(1))
    assert [clock.external_id for clock in found] == ["R-3"]
    assert undated == 1
    assert found[0].received_at + timedelta() == at(0)
