from collections.abc import Sequence
from typing import Any

import pytest
from tests.handoff import make
from tests.handoff.make import at, item

from protem.handoff.facts import FoundCount, HandoffFacts
from protem.ledger.queries import WorkItemFact

NAME = "reactive-work"


def weeks(shares: Sequence[float], per_week: int = 10, **given: Any) -> list[WorkItemFact]:
    """Ten items a week, the given share of them unplanned."""
    return [
        item(w * 100 + n, at(w, 2), is_planned=n >= share * per_week, **given)
        for w, share in enumerate(shares)
        for n in range(per_week)
    ]


def late(first: int, count: int, week: int) -> list[WorkItemFact]:
    """Planned work due in a week and never done."""
    return [
        item(9000 + first + n, None, created_at=at(0), due_on=at(week, 3).date())
        for n in range(count)
    ]


def kept(count: int, week: int) -> list[WorkItemFact]:
    return [
        item(8000 + week * 100 + n, at(week, 2), due_on=at(week, 3).date())
        for n in range(count)
    ]


def test_without_tickets_it_asks_for_them():
    assert (
        "Import the security tickets" in make.reading(NAME, HandoffFacts(), 0).missing[0].what
    )


def test_it_needs_twenty_items_or_forty_hours():
    few = [item(n, at(0, 2), is_planned=False) for n in range(19)]
    assert make.reading(NAME, HandoffFacts(work_items=few), 0).state == "unknown"
    many_hours = [item(n, at(0, 2), is_planned=False, hours=5.0) for n in range(8)]
    assert make.reading(NAME, HandoffFacts(work_items=many_hours), 0).state == "on"


def test_unlabelled_items_over_a_fifth_make_it_unknown():
    rows = weeks([0.8] * 3)
    unclear = [item(5000 + n, at(2, 2), is_planned=None) for n in range(8)]
    reading = make.reading(NAME, HandoffFacts(work_items=rows + unclear), 2)
    assert reading.state == "unknown"
    assert reading.missing[0].what.startswith("Mark 8 of 38")


def test_sixty_percent_with_a_sure_half_turns_it_on():
    reading = make.reading(NAME, HandoffFacts(work_items=weeks([0.7] * 8)), 7)
    assert reading.state == "on"
    assert reading.value == pytest.approx(0.7)
    assert 0.5 < make.number(reading.low) <= 0.7 <= make.number(reading.high)


def test_sixty_percent_of_few_items_is_not_sure():
    assert make.reading(NAME, HandoffFacts(work_items=weeks([0.6] * 2)), 1).state == "off"


def test_half_unplanned_and_half_late_turn_it_on():
    rows = weeks([0.5] * 8)
    assert make.reading(NAME, HandoffFacts(work_items=rows), 7).state == "off"
    reading = make.reading(NAME, HandoffFacts(work_items=rows + late(0, 5, 6)), 7)
    assert reading.rule == "Two of three: 50% unplanned, 0% on time."


def test_outside_finds_count_from_eight_findings_on():
    def found(outside: int, inside: int, commissioned: int = 0) -> list[FoundCount]:
        day = at(5).date()
        counts = {"outside": outside, "internal": inside, "commissioned": commissioned}
        return [FoundCount(opened_on=day, found_by=k, count=n) for k, n in counts.items()]

    rows = weeks([0.5] * 8)
    assert make.reading(NAME, HandoffFacts(work_items=rows, found=found(4, 4)), 7).state == "on"
    assert (
        make.reading(NAME, HandoffFacts(work_items=rows, found=found(4, 3)), 7).state == "off"
    )
    commissioned = HandoffFacts(work_items=rows, found=found(4, 0, 5))
    assert make.reading(NAME, commissioned, 7).state == "off"


def test_it_leaves_after_twelve_calm_weeks_with_work_on_time():
    rows = weeks([0.9] * 8 + [0.1] * 22) + [r for w in range(10, 30) for r in kept(1, w)]
    found = make.SIGNALS.get(NAME).history(HandoffFacts(work_items=rows), make.sunday(29))
    states = [r.state.value for r in found]
    assert states[7] == "on"
    off = states.index("off", 7)
    assert all(make.number(r.value) <= 0.45 for r in found[off - 11 : off + 1])
    assert make.number(found[off - 12].value) > 0.45
    assert states[-1] == "off"


def test_calm_weeks_without_due_days_do_not_let_it_leave():
    reading = make.reading(NAME, HandoffFacts(work_items=weeks([0.9] * 8 + [0.1] * 22)), 29)
    assert reading.state == "on"
    assert "on time unknown" in reading.exit_progress


def test_work_begun_within_five_working_days_is_unplanned():
    rows = [
        item(n, at(1, 2), is_planned=None, created_at=at(0, 3), started_at=at(0, 4))
        for n in range(20)
    ]
    assert make.reading(NAME, HandoffFacts(work_items=rows), 1).value == pytest.approx(1)


def test_work_with_a_due_day_written_a_week_before_is_planned():
    rows = [
        item(
            n,
            at(3, 2),
            is_planned=None,
            created_at=at(0),
            started_at=at(3),
            due_on=at(4).date(),
        )
        for n in range(20)
    ]
    assert make.reading(NAME, HandoffFacts(work_items=rows), 3).value == pytest.approx(0)


def test_an_incident_is_unplanned_whenever_it_began():
    rows = [
        item(n, at(3, 2), is_planned=None, title="Incident 12", started_at=at(3))
        for n in range(20)
    ]
    assert make.reading(NAME, HandoffFacts(work_items=rows), 3).value == pytest.approx(1)


def test_items_without_hours_weigh_as_the_usual_one():
    rows = weeks([0.5] * 2, hours=None)
    reading = make.reading(NAME, HandoffFacts(work_items=rows), 1)
    assert reading.value == pytest.approx(0.5)
    assert any("have no hours" in flag for flag in reading.flags)


def test_zero_hours_everywhere_fall_back_to_counting():
    rows = weeks([0.5] * 2, hours=0.0)
    assert make.reading(NAME, HandoffFacts(work_items=rows), 1).value == pytest.approx(0.5)


def test_work_that_is_not_security_is_left_out():
    rows = weeks([0.5] * 2, is_security=False)
    assert make.reading(NAME, HandoffFacts(work_items=rows), 1).state == "unknown"
