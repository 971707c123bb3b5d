"""Turning an iCalendar file's events into meetings, a few series at a time."""

import mmap
import re
import warnings
import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import recurring_ical_events  # ships without py.typed
from icalendar.timezone import tzp

from protem.formats.calendarfile import Outline, Span
from protem.formats.calendarmeeting import meeting_of
from protem.formats.dates import FIRST_YEAR, LAST_YEAR, plausible
from protem.formats.records import Meeting
from protem.formats.recurrence import Rules
from protem.formats.skips import IMPOSSIBLE, Skips

BACK = timedelta(days=3 * 365 + 1)
AHEAD = timedelta(days=366)
MOST_MEETINGS = 50_000

_MARGIN = timedelta(days=2)
_MOST_RULES = 5
_MOST_CHANGES = 5_000
_ZONE_RULE = re.compile(rb"^RRULE[^:\r\n]*:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)
_UNREADABLE = "event that cannot be read"


class Expander:
    """Expands the series of one calendar around ``middle``; ``expand`` is called in turn."""

    def __init__(
        self, contents: mmap.mmap, outline: Outline, *, person: str, middle: datetime
    ) -> None:
        self.skips = Skips()
        self.read = 0
        """How many series could be read."""
        self._contents = contents
        self._person = person
        self._first, self._last = middle - BACK, middle + AHEAD
        self._rules = Rules((self._first - _MARGIN).date(), self._last.date())
        self._left = MOST_MEETINGS
        tzp.use_zoneinfo()  # forgets the time zones that another file defined
        self._frame = self._frame_of(outline)

    @property
    def is_full(self) -> bool:
        """Whether no more meetings are taken."""
        return self._left <= 0

    def matters(self, spans: Sequence[Span]) -> bool:
        """Whether a series can have a meeting in the time looked at; counts it if not."""
        if len(spans) > _MOST_CHANGES:
            self.skips.add(f"series with more than {_MOST_CHANGES} changes")
            return False
        if any(span.recurs for span in spans):
            return True
        earliest, latest = (
            int(f"{moment:%Y%m%d}") for moment in (self._first - _MARGIN, self._last + _MARGIN)
        )
        if any(earliest <= span.day <= latest for span in spans):
            return True
        for span in spans:
            self.skips.add(_reason_outside(span.day, earliest))
        return False

    def expand(self, batch: Sequence[Sequence[Span]]) -> list[Meeting]:
        """The meetings of a few series; one that is broken is counted and left out."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                query, recurring = self._query(batch)
            except _BROKEN:
                if len(batch) > 1:
                    return [each for spans in batch for each in self.expand([spans])]
                self.skips.add(_UNREADABLE)
                return []
            self.read += len(batch)
            meetings: list[Meeting] = []
            for series in query.series:
                try:
                    meetings.extend(self._meetings(series, recurring))
                except _BROKEN:
                    self.skips.add(_UNREADABLE)
            return meetings

    def _query(self, batch: Sequence[Sequence[Span]]) -> tuple[Any, frozenset[str]]:
        events = [
            self._contents[span.start : span.end].rstrip() for spans in batch for span in spans
        ]
        source = b"\r\n".join([*self._frame, *events, b"END:VCALENDAR", b""])
        calendar = icalendar.Calendar.from_ical(source)
        reasons = [self._refusal(part) for part in calendar.subcomponents]
        parts = zip(calendar.subcomponents, reasons, strict=True)
        kept = [part for part, reason in parts if not reason]
        calendar.subcomponents = kept
        recurring = frozenset(
            str(part.get("UID", ""))
            for part in kept
            if part.keys() & {"RRULE", "RDATE", "RECURRENCE-ID"}
        )
        query = recurring_ical_events.of(calendar, keep_recurrence_attributes=True)
        for reason in filter(None, reasons):
            self.skips.add(reason)
        return query, recurring

    def _refusal(self, part: icalendar.Component) -> str:
        if part.name != "VEVENT":
            return ""
        start = getattr(part.get("DTSTART"), "dt", None)
        if not isinstance(start, date):
            return "event without a start"
        found = part.get("RRULE", [])
        rules = found if isinstance(found, list) else [found]
        if len(rules) > _MOST_RULES:
            return f"series with more than {_MOST_RULES} rules"
        return next(filter(None, (self._rules.refusal(rule, start) for rule in rules)), "")

    def _meetings(self, series: Any, recurring: frozenset[str]) -> Iterator[Meeting]:
        for occurrence in series.between(self._first, self._last):
            if self.is_full:
                return
            event = occurrence.as_component(keep_recurrence_attributes=True)
            meeting = meeting_of(event, self._person, recurring)
            if plausible(meeting.starts_at) and plausible(meeting.ends_at):
                self._left -= 1
                yield meeting
            else:
                self.skips.add(f"{IMPOSSIBLE} of an event")

    def _frame_of(self, outline: Outline) -> list[bytes]:
        """What stands around the events: the calendar's zone, and zones of its own."""
        frame = [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:-//protem//EN"]
        if _is_zone(zone := outline.properties.get("X-WR-TIMEZONE", "")):
            frame.append(f"X-WR-TIMEZONE:{zone}".encode())
        for start, end in outline.zones:
            block = self._contents[start:end].rstrip()
            if not all(self._is_zone_rule(match[1]) for match in _ZONE_RULE.finditer(block)):
                self.skips.add("time zone with an unusual rule")
            elif not _is_zone_block(block):
                self.skips.add("time zone that cannot be read")
            else:
                frame.append(block)
        return frame

    def _is_zone_rule(self, text: bytes) -> bool:
        """Zones change once a year; their rules are expanded as soon as they are parsed."""
        try:
            rule = icalendar.vRecur.from_ical(text.decode())
            is_yearly = [str(each).upper() for each in rule.get("FREQ", [])] == ["YEARLY"]
            return is_yearly and not self._rules.refusal(rule, date(1970, 1, 1))
        except _BROKEN:
            return False


def _reason_outside(day: int, earliest: int) -> str:
    if not day:
        return "event without a start"
    if not FIRST_YEAR <= day // 10_000 <= LAST_YEAR:
        return f"{IMPOSSIBLE} of an event"
    when = "before" if day < earliest else "after"
    return f"event {when} the time looked at (three years back, one ahead)"


def _is_zone_block(block: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            icalendar.Timezone.from_ical(block + b"\r\n")
    except _BROKEN:
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
