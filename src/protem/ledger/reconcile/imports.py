"""One file's records into the ledger, and out of it again."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from protem.formats.format import Format
from protem.formats.records import Agent, Asset, AssetKind, Record, Scan
from protem.ledger.models import AssetRecord, Role
from protem.ledger.models import Scan as StoredScan
from protem.ledger.reconcile import events, findings, places, presences
from protem.ledger.reconcile.findings import Counts
from protem.ledger.reconcile.intake import Intake, as_of_of
from protem.sources.models import ImportRun

MACHINE_TARGET = "host:"
INVENTORY_TARGET = "inventory:"


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What an import did, for its summary."""

    as_of: datetime
    as_of_source: str
    counts: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)
    """Records for packages above the ledger."""
    touched_on: date = date.max
    """The first day of which any number may be another than before."""

    def touch(self, moments: Iterable[datetime | date | None]) -> None:
        """Note what moments the import changed anything of."""
        days = (m.date() if isinstance(m, datetime) else m for m in moments if m is not None)
        self.touched_on = min([self.touched_on, *days])

    def add(self, counts: Counts) -> None:
        self.counts["new"] += counts.new
        self.counts["closed"] += counts.closed
        self.counts["reopened"] += counts.reopened
        self.counts["unchanged"] += counts.unchanged
        self.touch([counts.earliest])


def reconcile(
    run: ImportRun, form: Format, intake: Intake, *, as_of: datetime | None = None
) -> Outcome:
    """Write everything that ``intake`` changes. Must run inside a transaction.

    ``as_of`` overrides what the file says of its own date.
    """
    moment, how = (as_of, "given") if as_of else as_of_of(intake, run.file_modified_at)
    outcome = Outcome(as_of=moment, as_of_source=how, others=intake.others)
    looks = _looks(run, intake, moment, is_given=as_of is not None)
    presences.store_records(_targets(looks) | _machines(intake, looks))
    placed = places.store_scans(run, looks)
    _warn_of_doubts(outcome, looks)
    _store_findings(form, intake, looks, placed, outcome)
    _store_machines(intake, looks, placed, outcome)
    events.store_patches(run, intake.patches, moment)
    events.store_meetings(run, intake.meetings, moment)
    events.store_work_items(run, intake.work_items, moment)
    outcome.touch([moment, *placed["before_at"], *placed["at"], *_own_dates(intake)])
    rows = len(intake.patches) + len(intake.meetings) + len(intake.work_items)
    outcome.counts["new"] += rows
    return outcome


def _looks(
    run: ImportRun, intake: Intake, moment: datetime, *, is_given: bool
) -> list[places.Look]:
    shown = Counter(finding.target for finding in intake.findings)
    inventory = len(intake.assets) + len(intake.agents)
    looks: dict[int, places.Look] = {}
    for scan in intake.scans:
        own = None if is_given else scan.as_of
        count = inventory if scan.target.startswith(INVENTORY_TARGET) else shown[scan.target]
        scope_id = places.scope_id_of(scan)
        looks[scope_id] = places.Look(
            scan=scan,
            scope_id=scope_id,
            record_id=_record_of(scan),
            at=places.instant_of(own or moment, run.content_hash),
            count=count,
        )
    return list(looks.values())


def _own_dates(intake: Intake) -> Iterable[datetime | date | None]:
    """Dates in the records themselves, which may lie long before the report."""
    yield date(1990, 1, 1) if intake.others else None
    yield min((patch.installed_at for patch in intake.patches), default=None)
    yield min((meeting.starts_at for meeting in intake.meetings), default=None)
    yield min((item.created_at for item in intake.work_items), default=None)


def _record_of(scan: Scan) -> int | None:
    scheme = scan.target.partition(":")[0]
    if scheme in {"inventory", "register", "calendar"}:
        return None
    if scheme == "log":
        return None
    return presences.record_id_of(*_natural(scan.target))


def _natural(target: str) -> tuple[str, str]:
    """(source, external id) of a target: the same for every tool that names it so."""
    return target.partition(":")[0], target


def _targets(looks: Iterable[places.Look]) -> dict[int, AssetRecord]:
    return {
        look.record_id: AssetRecord(
            id=look.record_id,
            source=_natural(look.scan.target)[0],
            external_id=look.scan.target[:300],
            role=Role.TARGET,
            kind=_kind_of(look.scan).value,
            name=(look.scan.name or look.scan.target.partition(":")[2])[:300],
            hostname=(look.scan.hostname or _host_of(look.scan.target))[:300],
            cloud_id=(look.scan.cloud_id or "")[:200],
            macs=list(look.scan.macs),
            os_family=look.scan.os_family or "",
            described_at=look.at,
        )
        for look in looks
        if look.record_id is not None
    }


def _kind_of(scan: Scan) -> AssetKind:
    if scan.kind is not AssetKind.OTHER:
        return scan.kind
    by_scheme = {"repository": AssetKind.REPOSITORY, "image": AssetKind.IMAGE}
    return by_scheme.get(scan.target.partition(":")[0], AssetKind.OTHER)


def _host_of(target: str) -> str:
    return target.removeprefix(MACHINE_TARGET) if target.startswith(MACHINE_TARGET) else ""


def _machines(intake: Intake, looks: list[places.Look]) -> dict[int, AssetRecord]:
    found: dict[int, AssetRecord] = {}
    for _scope, at, machine in _placed_machines(intake, looks):
        record = presences.described(machine, at)
        found[record.id] = record
    return found


def _placed_machines(
    intake: Intake, looks: list[places.Look]
) -> list[tuple[int, datetime, Asset | Agent]]:
    lists = [look for look in looks if look.scan.target.startswith(INVENTORY_TARGET)]
    if not lists:
        return []
    by_tool = {look.scan.tool: look for look in lists}
    machines: list[Asset | Agent] = [*intake.assets, *intake.agents]
    return [
        (look.scope_id, look.at, machine)
        for machine in machines
        for look in (by_tool.get(machine.source, lists[0]),)
    ]


def _store_findings(
    form: Format,
    intake: Intake,
    looks: list[places.Look],
    placed: pl.DataFrame,
    outcome: Outcome,
) -> None:
    ours = {
        look.scan.target: (look.scope_id, look.record_id)
        for look in looks
        if look.record_id is not None
    }
    if not ours:
        return
    seen = findings.frame_of(intake.findings, ours, form)
    repeated = len(intake.findings) - seen.height
    if repeated:
        intake.skipped["the same finding more than once in the report"] += repeated
    scope_ids = [scope_id for scope_id, _record in ours.values()]
    here = placed.filter(pl.col("scope_id").is_in(scope_ids))
    outcome.add(findings.reconcile(seen, here))


def _store_machines(
    intake: Intake, looks: list[places.Look], placed: pl.DataFrame, outcome: Outcome
) -> None:
    ours = [
        look.scope_id for look in looks if look.scan.target.startswith(INVENTORY_TARGET)
    ]
    if ours:
        here = placed.filter(pl.col("scope_id").is_in(ours))
        outcome.add(presences.reconcile(_placed_machines(intake, looks), here))


def _warn_of_doubts(outcome: Outcome, looks: list[places.Look]) -> None:
    keys = {look.scope_id: look for look in looks}
    doubted = StoredScan.objects.filter(
        scope_id__in=keys, at__in={look.at for look in looks}, doubt__gt=""
    ).values_list("scope_id", "doubt")
    outcome.warnings.extend(
        f"{keys[scope_id].scan.target}: nothing was closed by this report, because {doubt}"
        for scope_id, doubt in doubted
    )
