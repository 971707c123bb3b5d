"""Calendars (iCalendar, RFC 5545), recurrences expanded.

Looks back at most three years and ahead at most one year from the newest date stamp in the
file (all of Google's events carry the time of the export), and yields at most 50,000
entries. Cancelled, declined and free entries are flagged, not dropped. Times without a
zone are read in the calendar's ``X-WR-TIMEZONE``, else as UTC; all-day entries as UTC days.

Whose calendar it is says its name where that is an address, else the file's name.
"""

import mmap
import re
from array import array
from collections.abc import Iterator

from protem.formats.calendarevents import Expander
from protem.formats.calendarfile import Outline, batches, outline_of
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import text_of
from protem.formats.records import Record, Scan

TOOL = "calendar-ics"

_BATCH = 1 << 14
_ADDRESS = re.compile(r"[^\s@:/]{1,200}@[^\s@:/]{1,200}")
_ENDING = re.compile(r"(?:\.ics|\.ical)?(?:\.(?:gz|xz|bz2|zst))?$", re.IGNORECASE)
_REMEDY = "export the calendar again as .ics"


def sniff(head: bytes) -> bool:
    """Whether it begins as a calendar."""
    return text_of(head[:1024]).lstrip()[:15].upper() == "BEGIN:VCALENDAR"


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the person's calendar, then a ``Meeting`` per entry."""
    with file.path.open("rb") as stream:
        if not sniff(stream.read(1024)):
            raise FormatError("this is no calendar", where=file.name, remedy=_REMEDY)
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as contents:
            yield from _records(file, contents)


def _records(file: ExportFile, contents: mmap.mmap) -> Iterator[Record]:
    outline = outline_of(file, contents)
    person = _person(file, outline)
    yield Scan(
        tool=TOOL,
        target=f"calendar:{person}",
        name=person,
        as_of=outline.stamped_at,
        proves_absence=False,
    )
    middle = outline.stamped_at or file.modified_at
    expander = Expander(contents, outline, person=person, middle=middle)
    expander.skips.add_all(outline.skips)
    events = outline.events
    firsts = array("Q", (n for n in events.firsts if expander.matters(events.series(n))))
    for batch in batches(map(events.series, firsts), _BATCH):
        yield from expander.expand(batch)
        if expander.is_full:
            expander.skips.add("entries beyond the most that are read")
            break
    if firsts and not expander.read:
        raise FormatError("no event can be read", where=file.name, remedy=_REMEDY)
    yield from expander.skips.records()


def _person(file: ExportFile, outline: Outline) -> str:
    for name in ("X-WR-CALNAME", "X-WR-RELCALID"):
        address = outline.properties.get(name, "").lower()
        if _ADDRESS.fullmatch(address):
            return address
    stem = _ENDING.sub("", re.split(r"[/\\!]", file.name)[-1])
    return stem.lower() if _ADDRESS.fullmatch(stem) else stem


FORMAT = Format(
    name=TOOL,
    title="Calendar (.ics)",
    example="Google Calendar > Settings > Import & export > Export; Outlook > Save calendar",
    feeds=(Feeds.LEADERSHIP,),
    sniff=sniff,
    parse=parse,
    is_named_by_path=True,
)
