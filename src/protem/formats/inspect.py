"""What a file is and what an import would read of it; nothing is stored."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice

import msgspec

from protem.formats.detect import detect
from protem.formats.format import FILE_TIME, ExportFile
from protem.formats.kinds import KINDS
from protem.formats.records import Agent, Asset, Record, Scan, Skipped
from protem.kit.errors import ProtemError

MOST_TARGETS = 50
_DATES = (
    "found_at",
    "ended_at",
    "seen_at",
    "installed_at",
    "starts_at",
    "created_at",
    "resolved_at",
    "received_at",
    "answered_at",
    "issued_on",
    "period_end",
    "expires_on",
)


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Something that would be left out, and how often."""

    reason: str
    count: int


class Inspection(msgspec.Struct, kw_only=True):
    """What a file is. ``error`` is set, and the rest empty, when it cannot be read."""

    path: str
    format: str | None = None
    title: str = ""
    scope: list[str] = []
    """The targets looked at, the first fifty."""
    targets: int = 0
    as_of: str | None = None
    as_of_source: str = ""
    dates: dict[str, list[str]] = {}
    """By field the first and the last date."""
    records: dict[str, int] = {}
    skipped: list[Left] = []
    warnings: list[str] = []
    error: dict[str, str] | None = None


def inspect(file: ExportFile, *, format_name: str | None = None) -> Inspection:
    """Read a file to the end and say what is in it; a bad file gives an error, not a raise."""
    found = Inspection(path=file.name)
    try:
        form = detect(file, name=format_name)
        found.format, found.title = form.name, form.title
        _take_in(found, form.parse(file), file)
    except ProtemError as error:
        return Inspection(
            path=file.name,
            format=found.format,
            error={
                "what": error.what,
                "where": error.where or file.name,
                "remedy": error.remedy,
            },
        )
    return found


class _Seen:
    """What is gathered on the way through the records."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.targets: dict[str, None] = {}
        self.problems: dict[str, None] = {}
        self.reported: datetime | None = None
        self.contact: datetime | None = None
        self.spans: dict[str, tuple[date, date]] = {}

    def add(self, record: Record) -> None:
        if isinstance(record, Skipped):
            self.skipped[record.reason] += record.count
            return
        if isinstance(record, Scan):
            self._add_scan(record)
            return
        self.kinds[KINDS[type(record)]] += 1
        if isinstance(record, Asset | Agent):
            self.contact = _later(self.contact, record.seen_at)
        for name in _DATES:
            value = getattr(record, name, None)
            if value is not None:
                day = value.date() if isinstance(value, datetime) else value
                first, last = self.spans.get(name, (day, day))
                self.spans[name] = (min(first, day), max(last, day))

    def _add_scan(self, scan: Scan) -> None:
        self.targets[scan.target] = None
        self.reported = _later(self.reported, scan.as_of)
        if not scan.is_complete:
            self.problems[f"{scan.target}: {scan.problem or 'the report is not complete'}"] = (
                None
            )
        if scan.target.endswith(":."):
            self.problems[
                "the report does not say what was scanned; import it with --target"
            ] = None


def _take_in(found: Inspection, records: Iterable[Record], file: ExportFile) -> None:
    seen = _Seen()
    for record in records:
        seen.add(record)
    moment, source = _as_of(seen, file)
    found.as_of, found.as_of_source = moment.isoformat(), source
    found.records = dict(seen.kinds)
    found.skipped = [Left(reason=r, count=n) for r, n in sorted(seen.skipped.items())]
    found.scope = list(islice(seen.targets, MOST_TARGETS))
    found.targets = len(seen.targets)
    found.warnings = list(seen.problems)
    found.dates = {
        name: [first.isoformat(), last.isoformat()]
        for name, (first, last) in seen.spans.items()
    }


def _as_of(seen: _Seen, file: ExportFile) -> tuple[datetime, str]:
    if seen.reported is not None:
        return seen.reported, "report"
    if seen.contact is not None:
        return seen.contact, "newest record"
    return file.modified_at, FILE_TIME


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((m for m in (one, other) if m is not None), default=None)
