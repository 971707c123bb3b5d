"""The owner says whose hours count as leadership's time, and the signal follows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from protem import flow
from protem.handoff import queries
from protem.handoff.models import SignalSnapshot
from protem.people.access import OPERATOR

PAGE = "/settings/leaders/"
Counting = Callable[[int], AbstractContextManager[object]]


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Google Inc//Google Calendar 70.9054//EN
X-WR-CALNAME:ada@brightloom.example
BEGIN:VEVENT
UID:audit@brightloom.example
DTSTAMP:20260601T080000Z
DTSTART:20260105T090000Z
DTEND:20260105T130000Z
RRULE:FREQ=DAILY;UNTIL=20260529T130000Z;BYDAY=MO,TU,WE,TH,FR
SUMMARY:SOC 2 audit
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def calendars(site: Client, tmp_path: Path) -> Client:
    path = tmp_path / "ada.ics"
    path.write_text(CALENDAR.replace("\n", "\r\n"))
    hints = flow.Hints(as_of=datetime(2026, 6, 1, 8, tzinfo=UTC))
    (run,) = flow.import_paths([path], by=OPERATOR, hints=hints)
    assert run.state == "done"
    return site


def test_without_calendars_the_page_says_what_to_do(site: Client) -> None:
    body = site.get(PAGE).content.decode()
    assert "No calendar is imported yet" in body
    assert "Everyone counts" in body


def test_ticking_marks_and_unticking_ends(
    calendars: Client, django_assert_max_num_queries: Counting
) -> None:
    (person,) = queries.calendar_people()
    assert calendars.post(f"{PAGE}marks/", {"person": person.person}).status_code == 302
    assert [one.key for one in queries.leader_history()] == [person.key]
    with django_assert_max_num_queries(10):
        body = calendars.get(PAGE).content.decode()
    assert "checked" in body
    assert "entered by Ada Roe" in body
    calendars.post(f"{PAGE}marks/", {"person": person.person})
    calendars.post(f"{PAGE}marks/", {})
    (ended,) = queries.leader_history()
    assert ended.until is not None
    calendars.post(f"{PAGE}{ended.id}/restore/")
    assert queries.leader_history()[0].until is None


def test_marking_someone_else_leaves_the_calendar_out(calendars: Client) -> None:
    def hours() -> str:
        newest = SignalSnapshot.objects.filter(signal="leadership-time").latest("week")
        return str(newest.value)

    before = hours()
    assert before == "26.0"
    calendars.post(PAGE, {"address": "someone@else.example", "since": "2020-01-01"})
    assert hours() != before
    (leader,) = queries.leader_history()
    calendars.post(f"{PAGE}{leader.id}/end/", {"mistake": "1"})
    assert hours() == before
    assert "never counted" in calendars.get(PAGE).content.decode()


@pytest.mark.parametrize("address", ["", "@", "x" * 201])
def test_nobody_is_not_marked(site: Client, address: str) -> None:
    answer = site.post(PAGE, {"address": address})
    assert answer.status_code == 400
    assert "field-errors" in answer.content.decode()
    assert queries.leader_history() == []


def test_who_is_not_there_cannot_be_ended(site: Client) -> None:
    assert site.post(f"{PAGE}77/end/").status_code == 400
