"""Small imports made by hand: records in, ledger out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from protem.formats.format import Format
from protem.formats.records import Finding, Record, Scan, Severity
from protem.ledger import services
from protem.ledger.models import Episode
from protem.ledger.reconcile.imports import Delivery, Outcome
from protem.ledger.reconcile.intake import take_in
from protem.sources.models import ImportRun, RunState

DAY_ONE = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
WEB = "repository:acme/web"

FORM = Format(
    name="hand-made",
    title="Records made by hand",
    example="-",
    feeds=(),
    sniff=lambda _head: False,
    parse=lambda _file: iter(()),
)


def day(number: float) -> datetime:
    """The instant so many days after the first."""
    return DAY_ONE + timedelta(days=number)


def scan(on: float, target: str = WEB, *, tool: str = "trivy", **fields: Any) -> Scan:
    return Scan(tool=tool, target=target, as_of=day(on), **fields)


def finding(name: str = "CVE-2026-0001", target: str = WEB, **fields: Any) -> Finding:
    given = {"severity": Severity.CRITICAL, "component": "pkg:pypi/requests", **fields}
    return Finding(target=target, vulnerability=name, **given)


def findings(*names: str, target: str = WEB) -> list[Finding]:
    return [finding(name, target) for name in names]


def bring(*records: Record | Iterable[Record], salt: str = "") -> tuple[ImportRun, Outcome]:
    """Import these records as one file."""
    flat = [r for given in records for r in ([given] if isinstance(given, Record) else given)]
    return bring_together([flat], salt=salt)[0]


def bring_together(
    files: Iterable[list[Record]], *, salt: str = ""
) -> list[tuple[ImportRun, Outcome]]:
    """Import these files in one go."""
    deliveries = [
        Delivery(run=run_of(records, salt), form=FORM, intake=take_in(records))
        for records in files
    ]
    outcomes = services.reconcile_files(deliveries=deliveries)
    return [(delivery.run, done) for delivery, done in zip(deliveries, outcomes, strict=True)]


def run_of(records: list[Record], salt: str = "") -> ImportRun:
    """The run of a file with these records."""
    return ImportRun.objects.create(
        name="by hand",
        content_hash=hash_of(records, salt),
        size=1,
        file_modified_at=DAY_ONE,
        arrived_at=day(1000),
        state=RunState.DONE,
    )


def hash_of(records: list[Record], salt: str = "") -> str:
    return sha256((repr(records) + salt).encode()).hexdigest()


def weekly(on: float, *names: str, **fields: Any) -> tuple[ImportRun, Outcome]:
    """One scan of the web repository that shows these vulnerabilities."""
    return bring(scan(on, **fields), findings(*names))


def episodes(name: str = "CVE-2026-0001") -> list[Episode]:
    found = Episode.objects.filter(finding__vulnerability=name)
    return list(found.order_by("finding__record_id", "number"))


def only(name: str = "CVE-2026-0001") -> Episode:
    (episode,) = episodes(name)
    return episode


def is_near(moment: datetime | None, on: float) -> bool:
    """Whether a stored moment is day ``on``, the hash in its microseconds aside."""
    return moment is not None and abs(moment - day(on)) < timedelta(seconds=2)
