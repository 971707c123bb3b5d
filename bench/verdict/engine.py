"""Simulated companies in one real ledger: records in, facts out, a repository each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bench.verdict.processes import Company
from protem.formats.format import Format
from protem.formats.records import Finding, Record, Scan, Severity
from protem.kit import clock

FIRST_SCAN = datetime(2022, 1, 3, 5, 0, tzinfo=UTC)
WEEK_DAYS = 7
TOOL = "trivy"

FORM = Format(
    name="simulated", title="A simulated scanner", example="-", feeds=(),
    sniff=lambda _head: False, parse=lambda _file: iter(()),
)  # fmt: skip


def instant(day: float) -> datetime:
    return FIRST_SCAN + timedelta(days=day)


def deliver(files: Mapping[str, Iterable[Record]]) -> None:
    """Import files by name, in one transaction, as ``protem.flow`` does once they are read."""
    from django.db import transaction

    from protem.ledger import services as ledger
    from protem.ledger.reconcile.imports import Delivery
    from protem.ledger.reconcile.intake import take_in
    from protem.sources.models import ImportRun, RunState

    with transaction.atomic():
        deliveries = []
        for name, records in files.items():
            run = ImportRun.objects.create(
                name=name, content_hash=sha256(name.encode()).hexdigest(), size=1,
                file_modified_at=FIRST_SCAN, arrived_at=clock.now(), state=RunState.DONE,
            )  # fmt: skip
            deliveries.append(Delivery(run=run, form=FORM, intake=take_in(records)))
        ledger.reconcile_files(deliveries=deliveries)


def forget_everything() -> None:
    """Empty the database, for companies that have nothing to do with those before."""
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)


def target_of(number: int) -> str:
    return f"repository:company-{number}"


class Scanner:
    """Scans every company once a week and reports whatever is open then."""

    def __init__(self, companies: Sequence[Company], *, until: Sequence[float]) -> None:
        self._until = until
        self._waiting = [
            sorted(
                (float(start), float(end), number, cluster, int(batch))
                for cluster, (start, end, batch) in enumerate(
                    zip(one.start, one.end, one.batch, strict=True)
                )
            )
            for number, one in enumerate(companies)
        ]
        self._open: list[list[tuple[float, list[Finding]]]] = [[] for _ in companies]
        self._next = [0] * len(companies)

    def scan(self, day: float) -> Iterable[Record]:
        """Every company's report of this day."""
        for number, last in enumerate(self._until):
            if day <= last:
                yield Scan(tool=TOOL, target=target_of(number), as_of=instant(day))
                yield from self._report(number, day)

    def _report(self, number: int, day: float) -> Iterable[Finding]:
        waiting, place = self._waiting[number], self._next[number]
        still = [one for one in self._open[number] if one[0] > day]
        while place < len(waiting) and waiting[place][0] <= day:
            _start, end, _number, cluster, batch = waiting[place]
            if end > day:
                still.append((end, instances(number, cluster, batch)))
            place += 1
        self._open[number], self._next[number] = still, place
        for _end, found in still:
            yield from found


def instances(number: int, cluster: int, batch: int) -> list[Finding]:
    """One vulnerability in so many places of one company."""
    return [
        Finding(
            target=target_of(number),
            vulnerability=f"CVE-{2000 + number}-{10000 + cluster}",
            component=f"pkg:generic/part-{place}",
            severity=Severity.CRITICAL,
            owner="engineering",
        )
        for place in range(batch)
    ]
