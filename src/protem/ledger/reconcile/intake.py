"""Taking in the records of one file: sorted by kind, dated, and ready to be compared."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from protem.formats.advisories import ExploitScore, KnownExploited, Statement
from protem.formats.format import FILE_TIME, IDENTITY
from protem.formats.kinds import KINDS
from protem.formats.records import (
    Agent,
    Asset,
    Finding,
    Meeting,
    Patch,
    PatchState,
    Record,
    Scan,
    Skipped,
    WorkItem,
)
from protem.formats.skips import Newest
from protem.ledger.reconcile.shown import SHOWN, rows_of
from protem.ledger.record_ids import record_id_of_target

REPORT_EVERY = 5_000
_LISTS: dict[type[Record], str] = {
    Asset: "assets",
    Agent: "agents",
    Patch: "patches",
    PatchState: "patch_states",
    Meeting: "meetings",
    WorkItem: "work_items",
    KnownExploited: "exploited",
    ExploitScore: "scores",
}
"""Where an intake keeps each kind of record."""


@dataclass(kw_only=True, slots=True)
class Intake:
    """One file's records by kind. ``others`` are for packages above the ledger."""

    scans: list[Scan] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """How many findings each of ``scans`` showed, in the same order."""
    shown: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=SHOWN), compare=False
    )
    """The findings of scans that looked at a thing, as rows of ``SHOWN``."""
    assets: list[Asset] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    patch_states: list[PatchState] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    work_items: list[WorkItem] = field(default_factory=list)
    exploited: list[KnownExploited] = field(default_factory=list)
    scores: list[ExploitScore] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def machines(self) -> list[Asset | Agent]:
        """Assets and agents together."""
        found: list[Asset | Agent] = list(self.assets)
        found.extend(self.agents)
        return found

    @property
    def read(self) -> int:
        """How many records there were, scans not counted: they are the frame, not content."""
        return sum(self.kinds.values())


def take_in(
    records: Iterable[Record],
    *,
    identity: Sequence[str] = IDENTITY,
    target: str = "",
    progress: Callable[[int], None] | None = None,
) -> Intake:
    """Sort ``records`` by kind; a finding belongs to the last scan of its target before it.

    Args:
        records: what a format's ``parse`` yields.
        identity: the fields that make two findings of one target one, as the format has it.
        target: overrides the target of every scan, for files that can't say what was scanned,
            and the product of every VEX statement; given as ``repository:acme/web``,
            ``image:…`` or ``host:…``.
        progress: told every few thousand records how many there were.
    """
    intake = Intake()
    shown: list[list[Finding]] = []
    takers = _takers(intake, shown, target)
    for number, record in enumerate(records, 1):
        takers.get(type(record), intake.others.append)(record)
        if progress and number % REPORT_EVERY == 0:
            progress(number)
    _keep_findings(intake, shown, identity)
    intake.kinds = _counted(intake)
    return intake


def _keep_findings(
    intake: Intake, shown: Sequence[list[Finding]], identity: Sequence[str]
) -> None:
    intake.counts = [len(findings) for findings in shown]
    records = (record_id_of_target(scan.target) for scan in intake.scans)
    intake.shown = rows_of(
        (
            (number, record_id, findings)
            for number, (record_id, findings) in enumerate(zip(records, shown, strict=True))
            if record_id is not None
        ),
        identity,
    )


def _takers(
    intake: Intake, shown: list[list[Finding]], target: str
) -> dict[type[Record], Callable[[Any], None]]:
    newest: dict[str, list[Finding]] = {}

    def take_scan(scan: Scan) -> None:
        newest[scan.target] = []
        shown.append(newest[scan.target])
        intake.scans.append(_renamed(scan, target) if target else scan)

    def take_finding(finding: Finding) -> None:
        newest[finding.target].append(finding)

    def take_statement(statement: Statement) -> None:
        product = target.partition(":")[2] or statement.product
        intake.others.append(msgspec.structs.replace(statement, product=product))

    def skip(skipped: Skipped) -> None:
        intake.skipped[skipped.reason] += skipped.count

    lists = {kind: getattr(intake, name).append for kind, name in _LISTS.items()}
    return {
        Scan: take_scan,
        Finding: take_finding,
        Statement: take_statement,
        Skipped: skip,
        **lists,
    }


def _renamed(scan: Scan, target: str) -> Scan:
    """The scan, of what a person says that it is of."""
    return msgspec.structs.replace(scan, target=target, is_target_known=True)


def _counted(intake: Intake) -> Counter[str]:
    found = Counter({KINDS[kind]: len(getattr(intake, name)) for kind, name in _LISTS.items()})
    found[KINDS[Finding]] = sum(intake.counts)
    found.update(KINDS[type(record)] for record in intake.others)
    return +found


def as_of_of(intake: Intake, file_time: datetime) -> tuple[datetime, str]:
    """The moment the file speaks of, and how that is known.

    The report's own date; for lists of machines the newest contact in them (the
    consoles write none, and a living fleet has one within minutes), wary of clocks that run
    ahead; else the file's time.
    """
    own = [scan.as_of for scan in intake.scans if scan.as_of]
    if own:
        return max(own), "report"
    told = [*intake.machines(), *intake.patch_states]
    newest = Newest(file_time)
    for machine in told:
        newest.add(machine.seen_at)
    if newest.moment is not None:
        return newest.moment, "newest record"
    return file_time, FILE_TIME
