"""The records of files into the ledger, a batch of files at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
import polars as pl

from protem.formats.format import Format
from protem.formats.records import Agent, Asset, PatchState, Record
from protem.ledger.models import AssetRecord
from protem.ledger.models import Scan as StoredScan
from protem.ledger.reconcile import clocks, events, findings, patches, places, presences
from protem.ledger.reconcile.catalogues import store_catalogues
from protem.ledger.reconcile.intake import Intake, as_of_of
from protem.ledger.reconcile.tally import Tally
from protem.ledger.reconcile.targets import target_record
from protem.ledger.record_ids import record_id_of, record_id_of_target
from protem.sources.models import ImportRun

INVENTORY_TARGET = "inventory:"
PATCHES_TARGET = "patches:"
LOG_TARGET = "log:"
_Kind = TypeVar("_Kind", bound=Record)
_LONG_AGO = date(1990, 1, 1)


@dataclass(kw_only=True, slots=True)
class Delivery:
    """One file ready to be brought in: its run, its format, and its records by kind.

    ``as_of`` overrides what the file says of its own date.
    """

    run: ImportRun
    form: Format
    intake: Intake
    as_of: datetime | None = None

    @property
    def identity(self) -> str:
        """The hash of what makes it another file than one of the same moment."""
        if not self.form.is_named_by_path:
            return self.run.content_hash
        return sha256(f"{self.run.content_hash} {self.run.name}".encode()).hexdigest()

    @property
    def dated(self) -> tuple[datetime, str]:
        """The moment that the file speaks of, and how that is known."""
        if self.as_of is not None:
            return self.as_of, "given"
        return as_of_of(self.intake, self.written_at)

    @property
    def written_at(self) -> datetime:
        """When the file was written: no later than it came in."""
        return min(self.run.file_modified_at, self.run.arrived_at)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    """One look of a file at a scope, to be placed, and the scans of the file it is made of."""

    place: places.Look
    scans: Sequence[int]

    def is_on(self, *schemes: str) -> bool:
        return self.place.scan.target.startswith(schemes)


@dataclass(kw_only=True, slots=True)
class _Part:
    """One delivery on its way, with its scans placed."""

    delivery: Delivery
    moment: datetime
    how: str
    looks: list[_Look]

    @property
    def intake(self) -> Intake:
        return self.delivery.intake

    @property
    def scans(self) -> list[places.Look]:
        return [look.place for look in self.looks]

    def machines(self) -> list[tuple[places.Look, Asset | Agent]]:
        """Each machine listed, with the list it stands in."""
        lists = [look.place for look in self.looks if look.is_on(INVENTORY_TARGET)]
        if not lists:
            return []
        by_tool = {look.scan.tool: look for look in lists}
        return [
            (by_tool.get(machine.source, lists[0]), machine)
            for machine in self.intake.machines()
        ]

    def states(self) -> list[tuple[places.Look, PatchState]]:
        """Each state of patching with the look that tells it: its host's log, or the list."""
        of_machine = {place.record_id: place for place in self.scans}
        lists = [look.place for look in self.looks if look.is_on(PATCHES_TARGET)]
        found = (
            (of_machine.get(patches.machine_id(state), lists[0] if lists else None), state)
            for state in self.intake.patch_states
        )
        return [(place, state) for place, state in found if place is not None]


def reconcile(deliveries: Sequence[Delivery]) -> list[Outcome]:
    """Write everything that these files change, as if they came in the order of their dates.

    Must run inside a transaction. Returns one outcome a delivery, in the order given.
    """
    parts = [_part_of(delivery) for delivery in deliveries]
    outcomes = dict(pair for group in _groups(parts) if group for pair in _bring(group))
    return [outcomes[id(part)] for part in parts]


def described_in(delivery: Delivery) -> dict[int, AssetRecord]:
    """What a file says of machines and targets, by the id of the record; writes nothing."""
    return _described([_part_of(delivery)])


def _part_of(delivery: Delivery) -> _Part:
    intake = delivery.intake
    clocks.undate_reports(intake, came_at=delivery.run.arrived_at)
    moment, how = delivery.dated
    undated_at = max(moment, delivery.written_at)
    clocks.leave_out_later(intake, as_of=moment, undated_at=undated_at)
    found: dict[int, list[int]] = {}
    for number, scan in enumerate(intake.scans):
        found.setdefault(places.scope_id_of(scan), []).append(number)
    looks = [_look(delivery, scope_id, scans, moment) for scope_id, scans in found.items()]
    return _Part(delivery=delivery, moment=moment, how=how, looks=looks)


def _look(delivery: Delivery, scope_id: int, scans: Sequence[int], moment: datetime) -> _Look:
    intake = delivery.intake
    scan = intake.scans[scans[-1]]
    listed = len(intake.assets) + len(intake.agents) + len(intake.patch_states)
    is_list = scan.target.startswith((INVENTORY_TARGET, PATCHES_TARGET))
    own = None if delivery.as_of else scan.as_of
    place = places.Look(
        run=delivery.run,
        scan=scan,
        scope_id=scope_id,
        record_id=record_id_of_target(scan.target),
        at=places.instant_of(own or moment, delivery.identity),
        count=listed if is_list else sum(intake.counts[number] for number in scans),
    )
    return _Look(place=place, scans=scans)


def _groups(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Parts that go together, in the order of their dates.

    A part with a scan older than the newest known one of its scope goes alone.
    """
    ordered = sorted(parts, key=lambda part: part.moment)
    newest = places.newest_of({place.scope_id for part in parts for place in part.scans})
    late = {
        id(part)
        for part in parts
        if any(place.at < newest.get(place.scope_id, place.at) for place in part.scans)
    }
    yield [part for part in ordered if id(part) not in late]
    yield from ([part] for part in ordered if id(part) in late)


def _bring(parts: Sequence[_Part]) -> Iterator[tuple[int, Outcome]]:
    """The outcomes of these parts, each with the id of the part."""
    looks = [place for part in parts for place in part.scans]
    presences.store_records(_described(parts))
    brought = _Brought(
        parts=parts,
        placed=places.store_scans(looks),
        numbers={(look.scope_id, look.at): number for number, look in enumerate(looks)},
    )
    tallies = [
        _store_findings(brought),
        _store_machines(brought),
        _store_states(brought),
    ]
    _store_events(parts)
    doubts = _doubts(looks)
    before = dict(brought.placed.looks.select("look", "before_at").iter_rows())
    for part in parts:
        ours = [brought.number_of(place) for place in part.scans]
        outcome = _outcome(part, doubts)
        for tally in tallies:
            outcome.counts += tally.of(ours)
            outcome.touch(tally.earliest.get(look) for look in ours)
        outcome.touch(before[look] for look in ours)
        yield id(part), outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class _Brought:
    """Parts whose scans are stored; looks go by number from here on."""

    parts: Sequence[_Part]
    placed: places.Placed
    numbers: Mapping[tuple[int, datetime], int]

    def number_of(self, place: places.Look) -> int:
        return self.numbers[place.scope_id, place.at]

    def looks(self, *schemes: str) -> list[int]:
        """The numbers of the looks at such targets."""
        return [
            self.number_of(look.place)
            for part in self.parts
            for look in part.looks
            if look.is_on(*schemes)
        ]


def _described(parts: Sequence[_Part]) -> dict[int, AssetRecord]:
    """What these files say of machines and targets, by the id of the record: the newest."""
    newest: dict[int, tuple[datetime, Callable[[Any, datetime], AssetRecord], Any]] = {}
    for record_id, at, describe, told in _told_of_records(parts):
        known = newest.get(record_id)
        if known is None or at >= known[0]:
            newest[record_id] = at, describe, told
    return {key: describe(told, at) for key, (at, describe, told) in newest.items()}


def _told_of_records(
    parts: Sequence[_Part],
) -> Iterator[tuple[int, datetime, Callable[[Any, datetime], AssetRecord], Any]]:
    """What tells of a record: its id, as of when, how to describe it, and what tells.

    Where two tell of one instant, the later here counts: a list of machines says most.
    """
    for part in parts:
        for patch in part.intake.patches:
            yield patches.machine_id(patch), part.moment, patches.machine_of, patch
    for part in parts:
        for place, state in part.states():
            yield patches.machine_id(state), place.at, patches.machine_of, state
    for part in parts:
        for place in part.scans:
            if place.record_id is not None:
                yield place.record_id, place.at, target_record, place
    for part in parts:
        for place, machine in part.machines():
            record_id = record_id_of(machine.source, machine.external_id)
            yield record_id, place.at, presences.described, machine


def _store_findings(brought: _Brought) -> Tally:
    looks = {
        brought.number_of(look.place)
        for part in brought.parts
        for look in part.looks
        if look.place.record_id is not None and not look.is_on(LOG_TARGET)
    }
    if not looks:
        return Tally()
    shown = _shown(brought).filter(pl.col("look").is_in(looks))
    seen = findings.one_each(shown)
    _note_repeated(brought, shown, seen)
    return findings.reconcile(seen, brought.placed.of(sorted(looks)))


def _shown(brought: _Brought) -> pl.DataFrame:
    """The findings of all files, each with the look that showed it."""
    frames = [part.intake.shown for part in brought.parts]
    sizes = [frame.height for frame in frames]
    part = pl.Series("part", np.repeat(np.arange(len(frames)), sizes), dtype=pl.Int64)
    schema = {"part": pl.Int64, "scan": pl.Int64, "look": pl.Int64, "scope_id": pl.Int64}
    rows = [
        (number, scan, brought.number_of(look.place), look.place.scope_id)
        for number, one in enumerate(brought.parts)
        for look in one.looks
        for scan in look.scans
    ]
    placed = pl.DataFrame(rows, schema=schema, orient="row")
    shown = pl.concat(frames).with_columns(part)
    return shown.join(placed, on=["part", "scan"]).select(*findings.SEEN)


def _note_repeated(brought: _Brought, shown: pl.DataFrame, seen: pl.DataFrame) -> None:
    kept = dict(seen["look"].value_counts().iter_rows())
    told = dict(shown["look"].value_counts().iter_rows())
    for part in brought.parts:
        ours = [brought.number_of(place) for place in part.scans]
        if repeated := sum(told.get(look, 0) - kept.get(look, 0) for look in ours):
            part.intake.skipped["the same finding more than once in the report"] += repeated


def _store_machines(brought: _Brought) -> Tally:
    lists = brought.looks(INVENTORY_TARGET)
    if not lists:
        return Tally()
    machines = [
        (brought.number_of(place), place, machine)
        for part in brought.parts
        for place, machine in part.machines()
    ]
    placed = brought.placed.of(lists)
    patches.store_versions(machines, placed)
    return presences.reconcile(machines, placed)


def _store_states(brought: _Brought) -> Tally:
    telling = brought.looks(PATCHES_TARGET, LOG_TARGET)
    if not telling:
        return Tally()
    stated = [
        (brought.number_of(place), place, state)
        for part in brought.parts
        for place, state in part.states()
    ]
    return patches.store_states(stated, brought.placed.of(telling))


def _store_events(parts: Sequence[_Part]) -> None:
    def delivered(records: Callable[[Intake], Iterable[_Kind]]) -> events.Delivered[_Kind]:
        return (
            (part.delivery.run.pk, part.moment, record)
            for part in parts
            for record in records(part.intake)
        )

    patches.store_patches(delivered(lambda intake: intake.patches))
    events.store_meetings(delivered(lambda intake: intake.meetings))
    events.store_work_items(delivered(lambda intake: intake.work_items))


def _outcome(part: _Part, doubts: Mapping[tuple[int, datetime], str]) -> Outcome:
    """What the file says of itself; how it changed the ledger is added to that."""
    intake, moment = part.intake, part.moment
    outcome = Outcome(as_of=moment, as_of_source=part.how, others=intake.others)
    rows = len(intake.patches) + len(intake.meetings) + len(intake.work_items)
    outcome.counts["new"] += rows + len(intake.exploited) + len(intake.scores)
    outcome.touch([moment, *(place.at for place in part.scans), *_own_dates(intake)])
    outcome.touch([store_catalogues(part.delivery.run, intake, moment)])
    outcome.warnings += [
        f"{place.scan.target}: this report closed nothing, because {doubt}"
        for place in part.scans
        if (doubt := doubts.get((place.scope_id, place.at)))
    ]
    return outcome


def _own_dates(intake: Intake) -> Iterable[datetime | date | None]:
    """Dates in the records themselves, which may lie long before the report."""
    yield _LONG_AGO if intake.others else None
    yield min((patch.installed_at for patch in intake.patches), default=None)
    yield min((meeting.starts_at for meeting in intake.meetings), default=None)
    yield min((item.created_at for item in intake.work_items), default=None)


def _doubts(looks: Iterable[places.Look]) -> dict[tuple[int, datetime], str]:
    """Why the scans just stored prove nothing by their silence."""
    found = StoredScan.objects.filter(run__in={look.run for look in looks}, doubt__gt="")
    return {
        (scope_id, at): doubt
        for scope_id, at, doubt in found.values_list("scope_id", "at", "doubt")
    }
