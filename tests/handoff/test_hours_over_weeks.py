from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.handoff import make
from tests.handoff.make import HOUR, at

from protem.handoff.confidence import confidence, freshness
from protem.handoff.diary import Diary
from protem.handoff.facts import HandoffFacts
from protem.handoff.questionnaires import standardised
from protem.handoff.spread import Spread, lay_evenly

MOMENTS = st.integers(0, 24 * 90).map(lambda hours: make.MONDAY + hours * HOUR)


@dataclass(frozen=True)
class Work:
    name: str
    hours: float
    known_at: datetime


def spread(*rows: Work) -> Spread[Work]:
    week = make.sunday(0).date()
    return Spread(rows, lambda row: row.name, lambda row: {week: row.hours})


def hours(found: Spread[Work], as_of: datetime) -> float:
    return found.hours(make.sunday(0).date(), as_of)


@given(MOMENTS, MOMENTS, st.floats(0.1, 100))
def test_hours_laid_over_weeks_add_up_again(a, b, amount):
    start, end = sorted([a, b])
    laid = lay_evenly(start, end, amount)
    assert sum(laid.values()) == pytest.approx(amount)
    assert all(part > 0 for part in laid.values())


def test_work_over_one_weekend_falls_into_that_week():
    assert lay_evenly(at(0, 5), at(0, 6), 3.0) == {make.sunday(0).date(): 3.0}


def test_hours_follow_the_version_known():
    found = spread(Work("a", 1.0, at(1)), Work("a", 5.0, at(3)), Work("b", 2.0, at(0)))
    assert [hours(found, at(week)) for week in (0, 1, 2, 3, 4)] == [3, 3, 3, 7, 7]


def test_versions_that_say_the_same_are_one():
    assert hours(spread(Work("a", 1.0, at(1)), Work("a", 1.0, at(3))), at(2)) == 1
    rows = [make.meeting(at(0), known_at=at(week)) for week in range(3)]
    diary = Diary(HandoffFacts(meetings=rows))
    week = make.sunday(0).date()
    assert diary.week(week, at(0)) is diary.week(week, at(9))


def test_mistyped_years_are_left_out():
    row = make.meeting(datetime(1970, 1, 1, tzinfo=at(0).tzinfo))
    assert Diary(HandoffFacts(meetings=[row])).first_seen == {}
    assert len(HandoffFacts(meetings=[row]).moments(at(2))) == 1


def test_data_is_fresh_for_a_while_and_fades():
    day = timedelta(days=1)
    shares = [
        freshness(at(0), at(0) + days * day, full_days=10) for days in (0, 10, 30, 50, 90)
    ]
    assert shares == pytest.approx([1, 1, 0.5, 0, 0])
    assert freshness(None, at(0), full_days=10) == 0


def test_confidence_is_a_product_kept_within_bounds():
    assert confidence(coverage=3.0, fresh=0.5, labels=0.5) == 0.25
    assert confidence(coverage=-1.0, fresh=1, labels=1) == 0


def test_standardising_weighs_domains_as_the_mix_does():
    part, whole = Counter(hard=8), Counter(hard=10, easy=10)
    assert standardised(part, whole, Counter(hard=1, easy=3)) == pytest.approx(0.2)
    assert standardised(part, whole, Counter(other=4)) == pytest.approx(0.4)
