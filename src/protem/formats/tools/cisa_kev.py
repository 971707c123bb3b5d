"""CISA's catalogue of known exploited vulnerabilities (KEV), as JSON and as CSV.

``dateAdded`` is the day on which the entry was published. Only the JSON carries its own date;
of the CSV the newest entry's day is all there is. ``knownRansomwareCampaignUse`` is ``Known``
or ``Unknown``, and unknown is not no.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache

import msgspec

from protem.formats.advisories import KnownExploited
from protem.formats.dates import parse_day, parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import is_json, starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.records import Record, Scan
from protem.formats.skips import Newest, Skips
from protem.formats.tables import header_of, open_table
from protem.formats.vulnerability import canonical_name

TOOL = "cisa-kev"
_EXPECTED = "CISA's known_exploited_vulnerabilities.json or .csv"
_COLUMNS = frozenset({"cveID", "dateAdded", "knownRansomwareCampaignUse"})
_KNOWN = "known"
_day_of = lru_cache(maxsize=1_024)(parse_day)
"""Many entries share few days."""


class _Entry(msgspec.Struct, gc=False, rename="camel"):
    cve: str | None = msgspec.field(default=None, name="cveID")
    vulnerability_name: str | None = None
    date_added: str | None = None
    due_date: str | None = None
    known_ransomware_campaign_use: str | None = None


class _Catalogue(msgspec.Struct, gc=False, rename="camel"):
    date_released: str | None = None
    vulnerabilities: msgspec.Raw = ABSENT


_ENTRY: ElementOf[_Entry | None] = ElementOf(_Entry | None)


def sniff(head: bytes) -> bool:
    """Whether it is the catalogue, by its keys or its columns."""
    if starts_json(head):
        text = text_of(head)
        return '"catalogVersion"' in text and '"vulnerabilities"' in text
    return set(header_of(head)) >= _COLUMNS


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the catalogue, then an entry a vulnerability."""
    skips = Skips()
    released, entries = _json(file) if is_json(file) else ("", _Rows(file))
    newest = Newest(file.modified_at)
    for added_on in _days(entries):
        newest.add(datetime.combine(added_on, time(), UTC))
    if newest.moment is None:
        raise FormatError(
            "the catalogue is empty", where=file.name, remedy=f"download {_EXPECTED} again"
        )
    own = skips.instant(parse_instant(released), "dateReleased")
    yield Scan(
        tool=TOOL,
        target=f"register:{TOOL}",
        name="KEV catalogue",
        as_of=own or newest.moment,
        proves_absence=False,
    )
    for entry in entries:
        if entry is not None and (one := _listed(entry, skips)) is not None:
            yield one
    yield from skips.records()


def _json(file: ExportFile) -> tuple[str, Iterable[_Entry | None]]:
    catalogue = decode_views(file, _Catalogue, expected=_EXPECTED)
    where = f"{file.name}, vulnerabilities"
    listed = elements(catalogue.vulnerabilities, _ENTRY, where=where, expected=_EXPECTED)
    return catalogue.date_released or "", listed or ()


class _Rows:
    """The entries of the CSV, read anew at each turn."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file

    def __iter__(self) -> Iterator[_Entry]:
        with open_table(self._file) as table:
            for row in table:
                yield _Entry(
                    cve=row.text("cveid"),
                    vulnerability_name=row.text("vulnerabilityname"),
                    date_added=row.text("dateadded"),
                    due_date=row.text("duedate"),
                    known_ransomware_campaign_use=row.text("knownransomwarecampaignuse"),
                )


def _days(entries: Iterable[_Entry | None]) -> set[date]:
    """The different days on which entries were published: a catalogue has a few a week."""
    unused = Skips()
    days = (_added_on(entry, unused) for entry in entries if entry is not None)
    return {day for day in days if day is not None}


def _added_on(entry: _Entry, skips: Skips) -> date | None:
    """The day of publication; ``None`` for an entry that is of no use."""
    added_on = skips.day(_day_of(entry.date_added or ""), "dateAdded")
    if added_on is None or not (entry.cve or "").strip():
        skips.add("entry without a name or a date")
        return None
    return added_on


def _listed(entry: _Entry, skips: Skips) -> KnownExploited | None:
    added_on = _added_on(entry, skips)
    if added_on is None:
        return None
    ransomware = (entry.known_ransomware_campaign_use or "").strip().lower()
    return KnownExploited(
        vulnerability=canonical_name(entry.cve or ""),
        added_on=added_on,
        due_on=skips.day(_day_of(entry.due_date or ""), "dueDate"),
        name=(entry.vulnerability_name or "").strip(),
        is_ransomware=True if ransomware == _KNOWN else None,
    )


FORMAT = Format(
    name=TOOL,
    title="CISA KEV catalogue (JSON, CSV)",
    example="download known_exploited_vulnerabilities.json from cisa.gov",
    feeds=(Feeds.MTTR, Feeds.FIX_FIRST),
    sniff=sniff,
    parse=parse,
)
