"""The records of files into the ledger, a batch of files at a time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from protem.formats.format import Format
from protem.formats.records import Agent, Asset, PatchState, Record
from protem.ledger.models import AssetRecord
from protem.ledger.models import Scan as StoredScan
from protem.ledger.reconcile import events, findings, patches, places, presences
from protem.ledger.reconcile.catalogues import store_catalogues
from protem.ledger.reconcile.intake import Intake, as_of_of
from protem.ledger.reconcile.tally import Tally
from protem.ledger.reconcile.targets import record_id_of_target, target_records
from protem.sources.models import ImportRun

INVENTORY_TARGET = "inventory:"
PATCHES_TARGET = "patches:"
LOG_TARGET = "log:"
_LONG_AGO = date(1990, 1, 1)


@dataclass(kw_only=True, slots=True)
class Delivery:
    """One file ready to be brought in: its run, and its records by kind.

    ``as_of`` overrides what the file says of its own date.
    """

    run: ImportRun
    intake: Intake
    as_of: datetime | None = None

    def scope_ids(self) -> set[int]:
        """The scopes that the file speaks of: two files of one batch share none."""
        return {places.scope_id_of(scan) for scan in self.intake.scans}


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What one file did, for its summary."""

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


@dataclass(kw_only=True, slots=True)
class _Part:
    """One delivery on its way, with its scans placed."""

    delivery: Delivery
    moment: datetime
    how: str
    looks: list[places.Look]

    @property
    def intake(self) -> Intake:
        return self.delivery.intake

    def machines(self) -> list[tuple[int, datetime, Asset | Agent]]:
        """(scope id, export's instant, machine) for each machine listed."""
        lists = [look for look in self.looks if look.scan.target.startswith(INVENTORY_TARGET)]
        if not lists:
            return []
        by_tool = {look.scan.tool: look for look in lists}
        return [
            (look.scope_id, look.at, machine)
            for machine in self.intake.machines()
            for look in (by_tool.get(machine.source, lists[0]),)
        ]

    def states(self) -> list[tuple[places.Look, PatchState]]:
        """Each state of patching with the look that tells it: its host's log, or the list."""
        of_machine = {look.record_id: look for look in self.looks}
        lists = [look for look in self.looks if look.scan.target.startswith(PATCHES_TARGET)]
        found = (
            (of_machine.get(patches.machine_id(state), lists[0] if lists else None), state)
            for state in self.intake.patch_states
        )
        return [(look, state) for look, state in found if look is not None]


def reconcile(form: Format, deliveries: Sequence[Delivery]) -> list[Outcome]:
    """Write everything that files of one format change; their scopes must be distinct.

    Must run inside a transaction. Returns one outcome a delivery, in order.
    """
    parts = [_part_of(delivery) for delivery in deliveries]
    looks = [look for part in parts for look in part.looks]
    presences.store_records(target_records(looks) | _described_machines(parts))
    placed = places.store_scans(looks)
    tallies = [
        _store_findings(form, parts, placed),
        _store_machines(parts, placed),
        _store_states(parts, placed),
    ]
    doubts = _doubts(looks)
    return [_finish(part, placed, tallies, doubts) for part in parts]


def _part_of(delivery: Delivery) -> _Part:
    run, intake = delivery.run, delivery.intake
    given = delivery.as_of
    moment, how = (given, "given") if given else as_of_of(intake, run.file_modified_at)
    shown = Counter(finding.target for finding in intake.findings)
    listed = len(intake.assets) + len(intake.agents) + len(intake.patch_states)
    looks: dict[int, places.Look] = {}
    for scan in intake.scans:
        own = None if given else scan.as_of
        is_list = scan.target.startswith((INVENTORY_TARGET, PATCHES_TARGET))
        scope_id = places.scope_id_of(scan)
        looks[scope_id] = places.Look(
            run=run,
            scan=scan,
            scope_id=scope_id,
            record_id=record_id_of_target(scan.target),
            at=places.instant_of(own or moment, run.content_hash),
            count=listed if is_list else shown[scan.target],
        )
    return _Part(delivery=delivery, moment=moment, how=how, looks=list(looks.values()))


def _described_machines(parts: Iterable[_Part]) -> dict[int, AssetRecord]:
    described = (
        presences.described(machine, at)
        for part in parts
        for _scope_id, at, machine in part.machines()
    )
    return {record.id: record for record in described}


def _store_findings(form: Format, parts: Sequence[_Part], placed: pl.DataFrame) -> Tally:
    frames, scope_ids = [], []
    for part in parts:
        ours = {
            look.scan.target: (look.scope_id, look.record_id)
            for look in part.looks
            if look.record_id is not None and not look.scan.target.startswith(LOG_TARGET)
        }
        if not ours:
            continue
        seen = findings.frame_of(part.intake.findings, ours, form)
        if repeated := len(part.intake.findings) - seen.height:
            part.intake.skipped["the same finding more than once in the report"] += repeated
        frames.append(seen)
        scope_ids += [scope_id for scope_id, _record_id in ours.values()]
    if not frames:
        return Tally()
    here = placed.filter(pl.col("scope_id").is_in(scope_ids))
    return findings.reconcile(pl.concat(frames), here)


def _store_machines(parts: Sequence[_Part], placed: pl.DataFrame) -> Tally:
    machines = [row for part in parts for row in part.machines()]
    lists = {
        look.scope_id
        for part in parts
        for look in part.looks
        if look.scan.target.startswith(INVENTORY_TARGET)
    }
    if not lists:
        return Tally()
    here = placed.filter(pl.col("scope_id").is_in(list(lists)))
    patches.store_versions(machines, here)
    return presences.reconcile(machines, here)


def _store_states(parts: Sequence[_Part], placed: pl.DataFrame) -> Tally:
    telling = [
        look.scope_id
        for part in parts
        for look in part.looks
        if look.scan.target.startswith((PATCHES_TARGET, LOG_TARGET))
    ]
    if not telling:
        return Tally()
    stated = [pair for part in parts for pair in part.states()]
    return patches.store_states(stated, placed.filter(pl.col("scope_id").is_in(telling)))


def _finish(
    part: _Part, placed: pl.DataFrame, tallies: Sequence[Tally], doubts: dict[int, str]
) -> Outcome:
    run, intake, moment = part.delivery.run, part.intake, part.moment
    ours = [look.scope_id for look in part.looks]
    outcome = Outcome(as_of=moment, as_of_source=part.how, others=intake.others)
    for tally in tallies:
        outcome.counts += tally.of(ours)
        outcome.touch([tally.earliest])
    patches.store_patches(run, intake.patches, moment)
    events.store_meetings(run, intake.meetings, moment)
    events.store_work_items(run, intake.work_items, moment)
    outcome.touch([store_catalogues(run, intake, moment)])
    rows = len(intake.patches) + len(intake.meetings) + len(intake.work_items)
    outcome.counts["new"] += rows + len(intake.exploited) + len(intake.scores)
    here = placed.filter(pl.col("scope_id").is_in(ours))
    outcome.touch([moment, *here["before_at"], *here["at"], *_own_dates(intake)])
    outcome.warnings += [
        f"{look.scan.target}: this report closed nothing, because {doubts[look.scope_id]}"
        for look in part.looks
        if look.scope_id in doubts
    ]
    return outcome


def _own_dates(intake: Intake) -> Iterable[datetime | date | None]:
    """Dates in the records themselves, which may lie long before the report."""
    yield _LONG_AGO if intake.others else None
    yield min((patch.installed_at for patch in intake.patches), default=None)
    yield min((meeting.starts_at for meeting in intake.meetings), default=None)
    yield min((item.created_at for item in intake.work_items), default=None)


def _doubts(looks: Sequence[places.Look]) -> dict[int, str]:
    """Why the scans just stored prove nothing by their silence, by scope."""
    return dict(
        StoredScan.objects.filter(
            run__in={look.run for look in looks}, doubt__gt=""
        ).values_list("scope_id", "doubt")
    )
