"""Calendars as iCalendar files: standing meetings as rules, the others as single events."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from protem.demo.diary import Diary, Single, Standing
from protem.demo.export import Export
from protem.demo.fleet import hash_of

_DAYS = ("MO", "TU", "WE", "TH", "FR")
_STAMP = "%Y%m%dT%H%M%SZ"


def write_calendars(export: Export, diaries: list[Diary]) -> None:
    """Each file holds the time since the file before."""
    story = export.story
    ends = story.calendar_days()
    for begin, end in pairwise([-7.0, *ends]):
        first, last = story.day_on(begin) + timedelta(days=1), story.day_on(end)
        for diary in diaries:
            text = _calendar(diary, first, last, stamped=story.at(end))
            name = f"{diary.person.partition('@')[0].replace('.', '-')}.ics"
            export.write("calendar-ics", end, name, content=text.encode())


def _calendar(diary: Diary, first: date, last: date, *, stamped: datetime) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Google Inc//Google Calendar 70.9054//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{diary.person}",
        "X-WR-TIMEZONE:UTC",
    ]
    for standing in diary.standing:
        lines += _series(diary, standing, first, last=last, stamped=stamped)
    for single in diary.singles:
        if first <= single.on <= last and not _is_away(diary, single.on):
            lines += _single(diary, single, stamped)
    for begin, end in diary.away:
        if begin <= last and end >= first:
            lines += _absence(diary, max(begin, first), min(end, last), stamped=stamped)
    lines.append("END:VCALENDAR")
    return "\r\n".join(lines) + "\r\n"


def _is_away(diary: Diary, on: date) -> bool:
    return any(begin <= on <= end for begin, end in diary.away)


def _instant(on: date, hour: float) -> datetime:
    return datetime.combine(on, time(), tzinfo=UTC) + timedelta(hours=hour)


def _series(
    diary: Diary, standing: Standing, first: date, *, last: date, stamped: datetime
) -> Iterator[str]:
    """One rule over the time of the file; holidays and every eleventh meeting fall out."""
    begin = first + timedelta(days=(standing.weekday - first.weekday()) % 7)
    if begin > last:
        return
    uid = f"{hash_of(diary.person + standing.title + str(standing.weekday)):06d}"
    until = _instant(last, 23.99)
    days = [begin + timedelta(days=7 * week) for week in range((last - begin).days // 7 + 1)]
    number = hash_of(standing.title) % 11
    dropped = [on for on in days if _is_away(diary, on) or on.toordinal() // 7 % 11 == number]
    if len(dropped) == len(days):
        return
    start = _instant(begin, standing.begins)
    yield "BEGIN:VEVENT"
    yield f"DTSTART:{start:{_STAMP}}"
    yield f"DTEND:{start + timedelta(hours=standing.hours):{_STAMP}}"
    yield f"RRULE:FREQ=WEEKLY;UNTIL={until:{_STAMP}};BYDAY={_DAYS[standing.weekday]}"
    for on in dropped:
        yield f"EXDATE:{_instant(on, standing.begins):{_STAMP}}"
    yield f"DTSTAMP:{stamped:{_STAMP}}"
    yield f"ORGANIZER:mailto:{diary.person}"
    yield f"UID:standing-{uid}-{first:%Y%m%d}@tidemark.example"
    yield f"SUMMARY:{standing.title}"
    yield "STATUS:CONFIRMED"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _single(diary: Diary, single: Single, stamped: datetime) -> Iterator[str]:
    start = _instant(single.on, single.begins)
    key = f"{diary.person}{single.title}{start:{_STAMP}}"
    yield "BEGIN:VEVENT"
    yield f"DTSTART:{start:{_STAMP}}"
    yield f"DTEND:{start + timedelta(hours=single.hours):{_STAMP}}"
    yield f"DTSTAMP:{stamped:{_STAMP}}"
    yield f"ORGANIZER:mailto:{diary.person}"
    yield f"UID:single-{hash_of(key):06d}-{start:{_STAMP}}@tidemark.example"
    yield f"SUMMARY:{single.title}"
    yield "STATUS:CONFIRMED"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _absence(diary: Diary, first: date, last: date, *, stamped: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"DTSTART;VALUE=DATE:{first:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"
    yield f"DTSTAMP:{stamped:{_STAMP}}"
    yield f"UID:away-{hash_of(diary.person):06d}-{first:%Y%m%d}@tidemark.example"
    yield "SUMMARY:Out of office"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"
