from typing import Any

import pytest
from tests.handoff import make
from tests.handoff.make import at, review

from protem.handoff.facts import HandoffFacts
from protem.reviews.queries import ReviewRow

NAME = "sales-bottleneck"
LATE, FINE = 24.0 * 7, 20.0


def some(week: int, late: int, fine: int, **given: Any) -> list[ReviewRow]:
    first = week * 100
    return [
        review(first + n, at(week, 0), hours_to_answer=LATE if n < late else FINE, **given)
        for n in range(late + fine)
    ]


def test_without_reviews_it_asks_for_them():
    reading = make.reading(NAME, HandoffFacts(), 0)
    assert reading.state == "unknown"
    assert reading.missing[0].what.startswith("Import the list of customers")


def test_under_ten_reviews_due_it_is_unknown():
    assert make.reading(NAME, HandoffFacts(reviews=some(0, 9, 0)), 2).state == "unknown"


def test_many_misses_with_a_slow_tail_turn_it_on():
    reading = make.reading(NAME, HandoffFacts(reviews=some(0, 4, 8)), 2)
    assert reading.state == "on"
    assert reading.value == pytest.approx(1 / 3)
    assert "times the promise" in reading.rule


def test_many_small_misses_that_hold_nothing_up_leave_it_off():
    rows = [review(n, at(0, 0), hours_to_answer=60.0) for n in range(12)]
    reading = make.reading(NAME, HandoffFacts(reviews=rows), 2)
    assert reading.value == pytest.approx(1)
    assert reading.state == "off"


def test_waiting_deal_value_turns_it_on():
    rows = [review(n, at(0, 0), hours_to_answer=60.0) for n in range(12)]
    rows += [review(50, at(1, 0), hours_to_answer=None, deal="D-1")]
    rows = [make.review(n, r.received_at, answered_at=r.answered_at, deal="D-1")
            for n, r in enumerate(rows)]  # fmt: skip
    deals = [make.deal(1), make.deal(2, amount=900.0)]
    reading = make.reading(NAME, HandoffFacts(reviews=rows, deals=deals), 1)
    assert "10% of late-stage value" in reading.rule


def test_two_slipped_closing_days_turn_it_on():
    rows = [review(n, at(0, 0), hours_to_answer=60.0, deal=f"D-{n % 2}") for n in range(12)]
    day = at(0, 0).date()
    deals = [make.deal(n, close_on=day) for n in range(2)]
    deals += [make.deal(n, close_on=day + 20 * make.DAY, known_at=at(1, 0)) for n in range(2)]
    reading = make.reading(NAME, HandoffFacts(reviews=rows, deals=deals), 2)
    assert "2 closing days slipped" in reading.rule


def test_it_leaves_after_eight_weeks_of_few_misses():
    rows = some(0, 6, 6) + [r for week in range(2, 24) for r in some(week, 0, 4)]
    found = make.states(NAME, HandoffFacts(reviews=rows), 23)
    assert found[2] == "on"
    on = found.index("off", 2)
    assert all(state == "on" for state in found[2:on])
    share = [
        make.number(r.value)
        for r in make.SIGNALS.get(NAME).history(HandoffFacts(reviews=rows), make.sunday(23))
    ]
    assert all(value < 0.10 for value in share[on - 7 : on + 1])
    assert share[on - 8] >= 0.10
    assert found[-1] == "off"


def test_value_behind_late_reviews_keeps_it_on():
    rows = some(0, 6, 6, deal="D-1")
    rows += [r for week in range(2, 24) for r in some(week, 0, 4, deal="D-1")]
    rows.append(review(9999, at(2, 0), hours_to_answer=None, deal="D-1"))
    given = HandoffFacts(reviews=rows, deals=[make.deal(1)])
    assert make.reading(NAME, given, 23).state == "on"


def test_without_known_value_behind_open_late_reviews_it_cannot_leave():
    rows = some(0, 6, 6) + [r for week in range(2, 24) for r in some(week, 0, 4)]
    rows.append(review(9999, at(2, 0), hours_to_answer=None))
    reading = make.reading(NAME, HandoffFacts(reviews=rows), 23)
    assert reading.state == "on"
    assert any("can't be told" in flag for flag in reading.flags)


def test_reviews_without_a_time_of_receipt_are_left_out_and_counted():
    rows = [*some(0, 4, 8), review(999, None)]
    reading = make.reading(NAME, HandoffFacts(reviews=rows), 2)
    assert any(flag.startswith("1 reviews without") for flag in reading.flags)
    assert reading.confidence < 1


def test_small_windows_fall_back_to_the_last_twenty_of_the_year():
    rows = [review(n, at(n, 0), hours_to_answer=FINE) for n in range(0, 48, 4)]
    reading = make.reading(NAME, HandoffFacts(reviews=rows), 45)
    assert reading.state == "off"
    assert "last 12" in reading.sentence


def test_a_tail_that_is_not_reached_counts_as_its_longest():
    rows = [review(n, at(0, 0), hours_to_answer=None) for n in range(12)]
    reading = make.reading(NAME, HandoffFacts(reviews=rows), 2)
    assert reading.state == "on"
    assert "half are answered" not in reading.sentence
