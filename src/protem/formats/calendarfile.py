"""Where the events of an iCalendar file are, found without parsing them.

A parsed calendar takes many times its file's memory. So the file is only scanned for the
lines that matter; its events are then parsed by the handful, those of one series together.
"""

import mmap
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, FormatError
from protem.formats.numbertable import NumberTable
from protem.formats.skips import Newest, Skips

_LINE = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:(BEGIN|END):([A-Z-]{1,40})[ \t]*\r?$"
    rb"|(UID|DTSTAMP|LAST-MODIFIED|DTSTART|RRULE|RDATE|RECURRENCE-ID|CALSCALE"
    rb"|X-WR-CALNAME|X-WR-RELCALID|X-WR-TIMEZONE)([;:][^\r\n]{0,500}))",
    re.MULTILINE | re.IGNORECASE,
)
_DAY = re.compile(rb"\d{8}")
_STAMP = re.compile(rb":(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)")
_DEEPEST = 20
_LARGEST_EVENT = 1 << 20
_LARGEST_ZONE = 1 << 16
_MOST_ZONES = 100
_REMEDY = "export the calendar again as .ics"


@dataclass(kw_only=True, slots=True)
class Span:
    """One event's bytes, and what decides whether they are worth parsing."""

    start: int
    end: int = 0
    uid: int = 0
    day: int = 0
    """The first day as a number like 20260312; 0 when there is none."""
    recurs: bool = False


class Events:
    """Where all events are, those of one series linked: some sixty bytes an event."""

    def __init__(self) -> None:
        self.firsts = array("Q")
        """The number of each series' first event, in the order of the file."""
        self._starts, self._ends = array("Q"), array("Q")
        self._days = array("q")
        """Days, negative where the event recurs."""
        self._following = array("Q")
        """The number of the series' next event; 0 behind its last."""
        self._lasts = NumberTable()

    def add(self, event: Span) -> None:
        """Take an event in, behind the others of its series."""
        number = len(self._starts)
        before = self._lasts.get(event.uid)
        if before is None:
            self.firsts.append(number)
        else:
            self._following[before] = number
        self._lasts[event.uid] = number
        self._starts.append(event.start)
        self._ends.append(event.end)
        self._days.append(~event.day if event.recurs else event.day)
        self._following.append(0)

    def series(self, first: int) -> list[Span]:
        """The events of the series that begins with event ``first``."""
        found, number = [self._span(first)], first
        while number := self._following[number]:
            found.append(self._span(number))
        return found

    def _span(self, number: int) -> Span:
        day = self._days[number]
        return Span(
            start=self._starts[number],
            end=self._ends[number],
            day=~day if day < 0 else day,
            recurs=day < 0,
        )


@dataclass(kw_only=True, slots=True)
class Outline:
    """What a calendar holds and where."""

    events: Events = field(default_factory=Events)
    zones: list[tuple[int, int]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    stamped_at: datetime | None = None
    skips: Skips = field(default_factory=Skips)


class _Scanner:
    """Walks through the lines once; one level of nesting after the other."""

    def __init__(self, file: ExportFile) -> None:
        self.outline = Outline()
        self._file = file
        self._newest = Newest(file.modified_at)
        self._open: list[tuple[str, int]] = []
        self._event: Span | None = None
        self._has_calendar = False

    def scan(self, contents: mmap.mmap) -> Outline:
        for match in _LINE.finditer(contents):
            edge, component, name, value = match.groups()
            if edge is None:
                self._property(name.decode().upper(), value)
            elif edge.upper() == b"BEGIN":
                self._begin(component.decode().upper(), match.start())
            else:
                self._finish(component.decode().upper(), match.start(), match.end())
        if not self._has_calendar:
            raise self._error("there is no calendar in UTF-8", 0)
        if self._open:
            name, start = self._open[-1]
            raise self._error(f"the file ends inside {name}", start)
        self.outline.stamped_at = self._newest.moment
        return self.outline

    def _begin(self, name: str, at: int) -> None:
        if len(self._open) >= _DEEPEST:
            raise self._error("components are nested too deep", at)
        if not self._open and name != "VCALENDAR":
            raise self._error(f"{name} stands outside a calendar", at)
        self._has_calendar = True
        self._open.append((name, at))
        if name == "VEVENT" and self._event is None:
            self._event = Span(start=at, uid=-at - 1)

    def _finish(self, name: str, at: int, end: int) -> None:
        if not self._open or self._open[-1][0] != name:
            raise self._error(f"END:{name} ends nothing", at)
        _, start = self._open.pop()
        if name == "VTIMEZONE":
            if len(self.outline.zones) < _MOST_ZONES and end - start <= _LARGEST_ZONE:
                self.outline.zones.append((start, end))
            else:
                self.outline.skips.add("time zone beyond what a calendar needs")
        elif name == "VEVENT" and self._event is not None and self._event.start == start:
            self._event.end = end
            self._keep(self._event)
            self._event = None

    def _keep(self, event: Span) -> None:
        if event.end - event.start > _LARGEST_EVENT:
            self.outline.skips.add("event larger than a megabyte")
            return
        self.outline.events.add(event)

    def _property(self, name: str, value: bytes) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside == "VCALENDAR":
            text = value.partition(b":")[2].decode(errors="replace").strip()
            self.outline.properties.setdefault(name, text)
        elif inside == "VEVENT" and self._event is not None:
            self._of_event(self._event, name, value)

    def _of_event(self, event: Span, name: str, value: bytes) -> None:
        if name == "UID":
            event.uid = hash(value)
        elif name == "DTSTART":
            match = _DAY.search(value, value.rfind(b":"))
            event.day = int(match[0]) if match else 0
        elif name in {"RRULE", "RDATE"}:
            event.recurs = True
        elif name in {"DTSTAMP", "LAST-MODIFIED"} and (match := _STAMP.search(value)):
            year, month, day, *time = (part.decode() for part in match.groups())
            self._newest.add(parse_instant(f"{year}-{month}-{day}T{':'.join(time)}Z"))

    def _error(self, problem: str, at: int) -> FormatError:
        return FormatError(problem, where=f"{self._file.name}, byte {at}", remedy=_REMEDY)


def outline_of(file: ExportFile, contents: mmap.mmap) -> Outline:
    """Where everything is.

    Raises:
        FormatError: The file is cut off, wrongly nested, or not of our calendar.
    """
    outline = _Scanner(file).scan(contents)
    if outline.properties.get("CALSCALE", "GREGORIAN").upper() != "GREGORIAN":
        raise FormatError("not a Gregorian calendar", where=file.name, remedy=_REMEDY)
    return outline


def batches(series: Iterable[list[Span]], most: int) -> Iterator[list[list[Span]]]:
    """The series in groups of about ``most`` bytes."""
    batch: list[list[Span]] = []
    size = 0
    for spans in series:
        batch.append(spans)
        size += sum(span.end - span.start for span in spans)
        if size >= most:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
