"""Whose hours count: from a day on, until a day, or everyone's while nobody is marked."""

from datetime import UTC, date, datetime

import pytest
from tests.handoff import make

from protem.handoff import queries, services
from protem.handoff.facts import HandoffFacts
from protem.handoff.leaders import LeaderFact, Leadership
from protem.handoff.services import LeaderError
from protem.people.access import OPERATOR, Refused

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "leadership-time"


@pytest.mark.pure
def test_a_leader_counts_from_the_week_it_begins_to_the_week_it_ends() -> None:
    stint = LeaderFact(
        address="mara.voss@acme.example", since=date(2026, 3, 4), until=date(2026, 3, 16)
    )
    leadership = Leadership([stint])
    sundays = [date(2026, 3, day) for day in (1, 8, 15, 22, 29)]
    found = [leadership.leads("Mara Voss", week) for week in sundays]
    assert found == [False, True, True, True, False]
    assert not leadership.leads("dev@acme.example", sundays[1])


@pytest.mark.pure
def test_everyone_counts_while_nobody_is_marked() -> None:
    assert Leadership([]).leads("anyone", date(2026, 3, 1))


@pytest.mark.pure
def test_hours_before_someone_became_a_leader_do_not_count() -> None:
    rows = [*make.calendar([4] * 8), *make.calendar([9] * 8, person="vp@acme.example")]
    cto = LeaderFact(address="cto@acme.example")
    late = LeaderFact(address="vp@acme.example", since=make.at(6).date())
    facts = HandoffFacts(meetings=rows, diary_factor=1, leaders=[cto, late])
    assert make.reading(NAME, facts, 5).value == pytest.approx(4)
    assert make.reading(NAME, facts, 7).value == pytest.approx((4 + 4 + 13 + 13) / 4)


@pytest.mark.django_db
def test_a_leader_is_ended_and_comes_back() -> None:
    one = services.add_leader(
        by=OPERATOR, address=" cto@acme.example ", since=date(2026, 1, 5), at=AT
    )
    with pytest.raises(LeaderError, match="counts from"):
        services.end_leader(by=OPERATOR, leader_id=one.pk, until=date(2026, 1, 1), at=AT)
    services.end_leader(by=OPERATOR, leader_id=one.pk, until=date(2026, 2, 1), at=AT)
    assert [leader.until for leader in queries.leaders()] == [date(2026, 2, 1)]
    services.end_leader(
        by=OPERATOR, leader_id=one.pk, until=date(2026, 2, 1), at=AT, is_mistake=True
    )
    assert queries.leaders() == []
    (shown,) = queries.leader_history()
    assert (shown.ended_by, shown.is_mistake) == ("the command line", True)
    services.restore_leader(by=OPERATOR, leader_id=one.pk)
    assert queries.leaders() == [LeaderFact(address="cto@acme.example", since=date(2026, 1, 5))]


@pytest.mark.django_db
def test_who_is_marked_already_or_nobody_is_refused() -> None:
    services.add_leader(by=OPERATOR, address="Mara Voss", at=AT)
    for address in ("mara.voss@acme.example", "", " @ "):
        with pytest.raises(LeaderError):
            services.add_leader(by=OPERATOR, address=address, at=AT)
    with pytest.raises(LeaderError):
        services.restore_leader(by=OPERATOR, leader_id=0)

    class Guest:
        role, is_active = "guest", True

    with pytest.raises(Refused):
        services.add_leader(by=Guest(), address="me", at=AT)
    assert len(queries.leaders()) == 1
