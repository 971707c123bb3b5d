"""The calendars of engineering leadership, week by week: what was security, what is unknown.

Cancelled, declined and free entries, all-day ones and those over six hours are left out.
Overlapping entries of one person count once; two people in one meeting are two people's time.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from protem.handoff.classify import (
    NOT_SECURITY_WORK,
    UNKNOWN,
    classify_meeting,
    is_away,
    same_person_key,
)
from protem.handoff.facts import FIRST_DAY, HandoffFacts, MeetingFact
from protem.handoff.leaders import Leadership
from protem.kit.versions import different, histories, known_version
from protem.kit.weeks import WEEK, week_of

LONGEST_HOURS = 6.0
WORKING_DAYS = 5
WORKDAY_HOURS = 8.0
ACTIVE_WEEKS = 4
"""A calendar counts in a week when it shows anything in that one or the three before."""
LONGEST_ABSENCE_DAYS = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One meeting that counts."""

    person: str
    starts_at: datetime
    ends_at: datetime
    title: str
    category: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarWeek:
    """One week of the calendars. Hours are people's, before any diary factor."""

    week: date
    people: frozenset[str] = frozenset()
    entries: list[Entry] = field(default_factory=list)
    away_days: frozenset[tuple[str, date]] = frozenset()
    booked_hours: float = 0.0
    security_hours: float = 0.0
    unknown_hours: float = 0.0


class Diary:
    """All calendars, indexed by week."""

    def __init__(self, facts: HandoffFacts) -> None:
        self._leadership = Leadership(facts.leaders)
        self._by_week: dict[date, list[list[MeetingFact]]] = {}
        self._changes: dict[date, list[datetime]] = {}
        self._kept: dict[tuple[date, int], CalendarWeek] = {}
        self.first_seen: dict[str, date] = {}
        """Per person the first week with an entry."""
        for versions in histories(facts.meetings, _identity):
            self._index(different(versions, _content))
        for moments in self._changes.values():
            moments.sort()

    def is_known_leader(self, person: str, week: date) -> bool:
        """Whether an assignee counts in ``week``: marked, or with a calendar by then."""
        if not self._leadership.is_open:
            return self._leadership.leads(person, week)
        name = same_person_key(person)
        return name in self.first_seen and self.first_seen[name] <= week

    def week(self, week: date, as_of: datetime) -> CalendarWeek:
        """One week by the versions known at ``as_of``; only weeks that have ended are whole."""
        edition = bisect_right(self._changes.get(week, ()), as_of)
        if (week, edition) not in self._kept:
            touching = self._by_week.get(week, ())
            known = [known_version(versions, as_of) for versions in touching]
            self._kept[week, edition] = _calendar_week(week, known)
        return self._kept[week, edition]

    def active_people(self, week: date, as_of: datetime) -> frozenset[str]:
        """Whose calendar counts in ``week``."""
        recent = (self.week(week - back * WEEK, as_of).people for back in range(ACTIVE_WEEKS))
        return frozenset().union(*recent)

    def _index(self, versions: list[MeetingFact]) -> None:
        person = versions[0].person
        for week in {week for version in versions for week in _weeks(version)}:
            if not self._leadership.leads(person, week):
                continue
            self._by_week.setdefault(week, []).append(versions)
            if len(versions) > 1:
                later = [version.known_at for version in versions[1:]]
                self._changes.setdefault(week, []).extend(later)
            name = same_person_key(person)
            self.first_seen[name] = min(week, self.first_seen.get(name, week))


def _identity(meeting: MeetingFact) -> tuple[str, str, datetime]:
    """One entry of a series has the series' uid and its own start."""
    return same_person_key(meeting.person), meeting.uid, meeting.starts_at


def _content(meeting: MeetingFact) -> tuple[object, ...]:
    """What a version says, apart from when."""
    return (
        meeting.ends_at,
        meeting.title,
        meeting.organizer,
        tuple(meeting.attendees),
        meeting.is_all_day,
        meeting.is_cancelled,
        meeting.is_declined,
        meeting.is_free,
    )


def _weeks(meeting: MeetingFact) -> set[date]:
    if meeting.starts_at.date() < FIRST_DAY:
        return set()
    return {week_of(meeting.starts_at)} | {week_of(day) for day in _away_days(meeting)}


def _away_days(meeting: MeetingFact) -> list[date]:
    if not meeting.is_all_day or meeting.is_cancelled or not is_away(meeting.title):
        return []
    first, last = meeting.starts_at.date(), (meeting.ends_at - timedelta(seconds=1)).date()
    count = min(max((last - first).days, 0) + 1, LONGEST_ABSENCE_DAYS)
    days = (first + timedelta(days=place) for place in range(count))
    return [day for day in days if day.isoweekday() <= WORKING_DAYS]


def _calendar_week(week: date, meetings: Sequence[MeetingFact]) -> CalendarWeek:
    entries = [
        _entry(meeting)
        for meeting in meetings
        if _counts(meeting) and week_of(meeting.starts_at) == week
    ]
    away = {
        (same_person_key(meeting.person), day)
        for meeting in meetings
        for day in _away_days(meeting)
        if week_of(day) == week
    }
    security = [e for e in entries if e.category not in {UNKNOWN, NOT_SECURITY_WORK}]
    hidden = [e for e in entries if e.category == UNKNOWN]
    return CalendarWeek(
        week=week,
        people=frozenset({e.person for e in entries} | {person for person, _ in away}),
        entries=security,
        away_days=frozenset(away),
        booked_hours=union_hours(entries),
        security_hours=union_hours(security),
        unknown_hours=union_hours([*security, *hidden]) - union_hours(security),
    )


def _counts(meeting: MeetingFact) -> bool:
    if meeting.is_all_day or meeting.is_cancelled or meeting.is_declined or meeting.is_free:
        return False
    return timedelta() < meeting.ends_at - meeting.starts_at <= timedelta(hours=LONGEST_HOURS)


def _entry(meeting: MeetingFact) -> Entry:
    return Entry(
        person=same_person_key(meeting.person),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        title=meeting.title,
        category=classify_meeting(meeting.title, (meeting.organizer, *meeting.attendees)),
    )


def union_hours(entries: Iterable[Entry]) -> float:
    """The hours covered by the entries, each person's overlaps counted once."""
    seconds = 0.0
    reach: dict[str, datetime] = {}
    for entry in sorted(entries, key=lambda e: e.starts_at):
        start = max(entry.starts_at, reach.get(entry.person, entry.starts_at))
        if entry.ends_at > start:
            seconds += (entry.ends_at - start).total_seconds()
            reach[entry.person] = entry.ends_at
    return seconds / 3600
