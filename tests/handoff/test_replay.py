"""What happens after a moment never changes what is said of it."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.handoff import make
from tests.handoff.make import at

from protem.handoff.facts import FoundCount, HandoffFacts

CUT = 14
WEEKS = st.integers(0, 24)


def company(numbers: list[int], first: int) -> HandoffFacts:
    """A few rows of everything per week named; ``first`` keeps ids apart."""
    facts = HandoffFacts()
    for place, week in enumerate(numbers):
        day, known = at(week, place % 5), make.sunday(week)
        number = first + place
        rows: dict[str, Any] = {
            "meetings": make.busy_week(week, 2.0 + place % 12),
            "work_items": [
                make.item(number * 10 + n, day, is_planned=n > place % 4, assignee="cto")
                for n in range(5)
            ],
            "reviews": [
                make.review(number * 10 + n, day, hours_to_answer=24.0 * (n + place % 3),
                            hours=1.0, deal=f"D-{number}")
                for n in range(3)
            ],
            "questions": make.questions(f"Q{number}", day, 60, low=place % 20, new=week),
            "deals": [make.deal(number, make.demand(), known_at=known)],
            "certificates": [
                make.certificate("SOC 2", f"{number}", known_at=known, issued_on=day.date())
            ],
            "found": [FoundCount(opened_on=day.date(), found_by="outside", count=2)],
        }  # fmt: skip
        facts = added(facts, HandoffFacts(**rows))
    return facts


def added(left: HandoffFacts, right: HandoffFacts) -> HandoffFacts:
    names = ("meetings", "work_items", "reviews", "questions", "deals", "certificates", "found")
    both: dict[str, Any] = {n: [*getattr(left, n), *getattr(right, n)] for n in names}
    return replace(left, **both)


@pytest.mark.parametrize("name", make.SIGNALS.names())
@settings(max_examples=15, deadline=None)
@given(
    before=st.lists(st.integers(0, CUT), min_size=1, max_size=14, unique=True),
    after=st.lists(st.integers(CUT + 3, CUT + 10), min_size=1, max_size=6, unique=True),
)
def test_later_events_never_change_an_earlier_reading(name, before, after):
    past = company(before, 0)
    whole = added(past, company(after, 1000))
    assert make.reading(name, whole, CUT) == make.reading(name, past, CUT)


@pytest.mark.parametrize("name", make.SIGNALS.names())
@settings(max_examples=10, deadline=None)
@given(numbers=st.lists(WEEKS, min_size=1, max_size=20, unique=True), cut=st.integers(0, 20))
def test_the_history_up_to_a_week_is_what_was_said_then(name, numbers, cut):
    facts = company(numbers, 0)
    signal = make.SIGNALS.get(name)
    whole = {r.as_of: r for r in signal.history(facts, make.sunday(24))}
    early = signal.compute(facts, make.sunday(cut))
    assert whole.get(early.as_of, early) == early


def test_a_review_answered_after_the_moment_is_still_open_then():
    rows = [make.review(n, at(0), hours_to_answer=24 * 21.0) for n in range(12)]
    hidden = [msgspec.structs.replace(row, answered_at=None) for row in rows]
    name = "sales-bottleneck"
    said = make.reading(name, HandoffFacts(reviews=rows), 1)
    assert said == make.reading(name, HandoffFacts(reviews=hidden), 1)
    assert said.value == 1
