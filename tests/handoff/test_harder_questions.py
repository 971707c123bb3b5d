from collections.abc import Sequence
from typing import Any

import pytest
from tests.handoff import make
from tests.handoff.make import at, questions

from protem.handoff.facts import HandoffFacts
from protem.handoff.signal import SignalReading
from protem.reviews.queries import QuestionRow

NAME = "harder-questions"


def run(
    lows: Sequence[int], count: int = 50, news: Sequence[int] = (), **given: Any
) -> list[QuestionRow]:
    """One questionnaire a week."""
    return [
        row
        for week, low in enumerate(lows)
        for row in questions(
            f"Q{week}", at(week, 1), count, low=low, new=news[week] if news else 0, **given
        )
    ]


def read(rows: Sequence[QuestionRow], week: int) -> SignalReading:
    return make.reading(NAME, HandoffFacts(questions=rows), week)


def test_without_questions_it_asks_for_them():
    assert "single questions" in read([], 0).missing[0].what


def test_under_five_questionnaires_or_two_hundred_questions_it_is_unknown():
    assert read(run([20] * 4, count=100), 3).state == "unknown"
    assert read(run([10] * 5, count=39), 4).state == "unknown"
    assert read(run([10] * 5, count=40), 4).state == "on"


def test_fifteen_percent_low_confidence_turns_it_on():
    assert read(run([8] * 5), 4).state == "on"
    assert read(run([7] * 5), 4).state == "off"


def test_small_questionnaires_reach_back_to_two_hundred_questions():
    reading = read(run([5] * 12, count=20), 11)
    assert reading.state == "on"
    assert "last 10 questionnaires" in reading.sentence


def test_declined_and_escalated_count_as_uncertain_and_as_rated():
    rows = run([0] * 5, rated=0)
    escalated = [
        QuestionRow(
            run_id=1, known_at=make.KNOWN, review=r.review, external_id=r.external_id,
            domain="", source="escalated" if n % 2 else "declined", confidence=None,
            answered_at=r.answered_at,
        )
        for n, r in enumerate(rows)
    ]  # fmt: skip
    assert read(escalated, 4).value == pytest.approx(1)
    assert read(escalated, 4).state == "on"


def test_ratings_for_under_eighty_percent_make_it_unknown():
    reading = read(run([10] * 5, rated=39), 4)
    assert reading.state == "unknown"
    assert reading.missing[0].what.startswith("Rate your confidence in 55 of 250")


def test_a_quarter_new_and_rising_turns_it_on():
    rising = run([0] * 8, news=[5, 6, 8, 10, 13, 15, 17, 20])
    assert "new, and rising" in read(rising, 7).rule
    steady = run([0] * 8, news=[15] * 8)
    assert read(steady, 7).state == "off"
    falling = run([0] * 8, news=[30, 28, 26, 24, 22, 20, 18, 16])
    assert read(falling, 7).state == "off"


def test_rising_needs_eight_questionnaires():
    reading = read(run([0] * 7, news=[5, 8, 10, 13, 15, 17, 20]), 6)
    assert reading.state == "off"
    assert any("Under 8" in flag for flag in reading.flags)


def test_it_leaves_at_eight_percent_over_three_hundred_questions():
    rows = run([10] * 5 + [5] * 8 + [4] * 8)
    found = make.states(NAME, HandoffFacts(questions=rows), 20)
    assert found[4:18] == ["on"] * 14
    assert found[18:] == ["off"] * 3


def test_a_change_in_the_mix_of_domains_is_not_taken_for_hardness():
    easy = [
        row for week in range(8)
        for row in questions(f"E{week}", at(week, 1), 100, domain="easy", low=2)
    ]  # fmt: skip
    hard = [
        row for week in range(8)
        for row in questions(f"H{week}", at(week, 1), 10, domain="hard", low=4)
    ]  # fmt: skip
    last = [
        row for week in range(8, 13)
        for domain, low in (("easy", 0), ("hard", 8))
        for row in questions(f"{domain}{week}", at(week, 1), 20, domain=domain, low=low)
    ]  # fmt: skip
    plain = 8 / 40
    assert make.number(read(easy + hard + last, 12).value) < plain


def test_questions_without_a_day_take_the_reviews():
    rows = [
        QuestionRow(
            run_id=1, known_at=make.KNOWN, review=r.review, external_id=r.external_id,
            domain="", source="library", confidence=1, answered_at=None,
        )
        for r in run([0] * 5)
    ]  # fmt: skip
    reviews = [
        make.review(0, at(w), external_id=f"Q{w}", answered_at=at(w, 1)) for w in range(5)
    ]
    given = HandoffFacts(questions=rows, reviews=reviews)
    assert make.reading(NAME, given, 3).state == "unknown"
    assert make.reading(NAME, given, 4).state == "on"


def test_a_corrected_rating_counts_from_when_it_was_known():
    first = run([10] * 5)
    better = [
        QuestionRow(
            run_id=2, known_at=at(5, 1), review=r.review, external_id=r.external_id,
            domain=r.domain, source="library", confidence=5, answered_at=r.answered_at,
        )
        for r in first
    ]  # fmt: skip
    assert read(first + better, 4).value == pytest.approx(0.2)
    assert read(first + better, 5).value == pytest.approx(0)
