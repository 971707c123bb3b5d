"""How facts travel: import → reconcile → measure what was touched → signals.

This is the front door for readers. Each step is one transaction of the package it belongs
to; lower packages return facts, and only this module carries them onward.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from protem.comply import queries as certificates
from protem.comply import services as comply
from protem.demo import COMPANY
from protem.demo.teams import team_rules
from protem.formats.detect import detect
from protem.formats.format import ExportFile, Format
from protem.formats.reading import expand
from protem.handoff import queries as handoff_facts
from protem.handoff import services as handoff
from protem.kit import clock
from protem.kit.errors import ProtemError
from protem.kit.garbage import collected_seldom
from protem.kit.weeks import week_of
from protem.ledger import queries as facts
from protem.ledger import services as ledger
from protem.ledger.cuts import Cut
from protem.ledger.labels import services as labels
from protem.ledger.labels.services import Edited
from protem.ledger.packed.services import pack_rows
from protem.ledger.reconcile.ahead import Read, read_ahead
from protem.ledger.reconcile.imports import Delivery, Outcome
from protem.ledger.reconcile.intake import Intake, take_in
from protem.ledger.rulebook import from_csv
from protem.measure import queries as measured
from protem.measure import services as measure
from protem.measure.cuts import services as cuts
from protem.measure.worklist import services as worklist
from protem.people import queries as people_known
from protem.people import services as people
from protem.people.access import Actor
from protem.reviews import services as reviews
from protem.risks import queries as decided
from protem.risks import services as risks
from protem.sources import feeds
from protem.sources import services as sources
from protem.sources.queries import ImportRun

MOST_RECORDS = 150_000
"""How many records may wait to be written together."""
OPENED_AT_ONCE = 32
"""How many files are taken in, and their runs opened, by one write."""
SHARE_OF_IMPORTS = 0.8
"""How much of the work of an import is reading and writing; the rest is measuring."""
TELL_EVERY = 20_000

Progress = Callable[[str, float], None]
"""Told what is being done, and which share of the whole is done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hints:
    """What a person says of the files, over what the files say themselves."""

    format: str | None = None
    target: str = ""
    as_of: datetime | None = None


def import_paths(
    paths: Iterable[Path],
    *,
    by: Actor,
    hints: Hints | None = None,
    progress: Progress | None = None,
    is_demo: bool = False,
) -> list[ImportRun]:
    """Import files, folders and archives; the runs say what became of each file.

    A file that cannot be read fails alone; the others go on. What is measured is brought up
    to date once, at the end.
    """
    hints, tell = hints or Hints(), progress or _silent
    batch = Batch(hints=hints)
    runs: list[ImportRun] = []
    with TemporaryDirectory(prefix="protem-") as workspace, collected_seldom():
        files = list(expand(paths, workspace=Path(workspace)))
        ahead = read_ahead(files, format_name=hints.format, target=hints.target)
        while portion := list(islice(ahead, OPENED_AT_ONCE)):
            opened = _open(portion, by=by, hints=hints, is_demo=is_demo)
            for run, (file, read) in zip(opened, portion, strict=True):
                tell(file.name, SHARE_OF_IMPORTS * len(runs) / (len(files) + 1))
                runs.append(run)
                batch.take(run, file, read)
    batch.write()
    _refresh_after(runs, lambda step, share: tell(step, _after_imports(share)))
    return runs


def fetch(*, by: Actor, progress: Progress | None = None) -> list[ImportRun]:
    """Fetch the catalogues whose addresses are configured, and import them.

    What cannot be fetched is an import that failed, with the reason. What is as it was is
    unchanged, and measures nothing anew.

    Raises:
        FetchError: No address is configured.
    """
    with TemporaryDirectory(prefix="protem-") as folder:
        found = feeds.download(by=by, into=Path(folder))
        runs = import_paths(
            [one.path for one in found if one.error is None], by=by, progress=progress
        )
        for one in found:
            if one.error is not None:
                runs.append(_unfetched(one.path, one.error, by=by))
    return runs


def import_runs(runs: Sequence[ImportRun]) -> None:
    """Bring the kept files of open runs into the ledger; failures are kept in each run."""
    batch = Batch(hints=Hints())
    for run in runs:
        batch.take(run, sources.kept_file(run))
    batch.write()
    _refresh_after(runs, _silent)


def revert(run: ImportRun, *, by: Actor, progress: Progress | None = None) -> None:
    """Take an import out again, and measure anew what it had touched."""
    since = run.touched_on
    with transaction.atomic():
        sources.mark_reverted(by=by, run=run)
        ledger.revert_import(by=by, run=run)
        reviews.forget(run_id=run.pk)
        comply.forget(run_id=run.pk)
        risks.forget(run_id=run.pk)
    refresh(since=since, progress=progress)


def confirm(run: ImportRun, *, by: Actor, progress: Progress | None = None) -> int:
    """Confirm that a sudden drop in an import is real, and measure anew."""
    count = ledger.confirm_scans(by=by, run=run)
    refresh(since=run.touched_on, progress=progress)
    return count


def refresh(*, since: date | None = None, progress: Progress | None = None) -> None:
    """Resolve assets, then measure metrics and signals for every week from ``since`` on."""
    tell = progress or _silent
    tell("resolving assets", 0.0)
    with transaction.atomic():
        before = ledger.memberships()
        ledger.resolve_assets()
        cuts.forget_cuts(ledger.moved_since(before))
    risks.refresh_covers(at=clock.now())
    entered = _latest(certificates.newest_entry(), decided.newest_moment())
    first = _earliest(facts.first_moment(), entered)
    newest = _latest(facts.newest_moment(), entered)
    last_week = week_of(newest) if newest else date.min
    measure.remove_snapshots_after(week=last_week)
    if first is None or newest is None:
        handoff.clear_signals()
        return
    first_week = week_of(max(since, first.date()) if since else first)
    cuts.forget_cuts_since(first_week)
    load = cache(measured.facts)
    tell("measuring", 0.1)
    measure.refresh_snapshots(
        load,
        first_week=first_week,
        last_as_of=newest,
        progress=lambda share: tell("measuring", 0.1 + 0.5 * share),
    )
    worklist.keep_fix_first(load(), as_of=newest)
    tell("reading signals", 0.6)
    handoff.refresh_signals(
        handoff_facts.handoff_facts(), first_week=first_week, last_as_of=newest
    )
    cuts.refresh_cuts(
        load, progress=lambda share: tell("measuring groups and owners", 0.7 + 0.3 * share)
    )
    pack_rows()
    tell("done", 1.0)


def remeasure(moved: Collection[Cut], *, progress: Progress | None = None) -> None:
    """Measure anew after people changed which assets belong together."""
    cuts.forget_cuts(moved)
    refresh(progress=progress)


def read_signals_again() -> None:
    """Judge every week's signals anew, for what touches no metric: such as who leads."""
    first, newest = facts.first_moment(), facts.newest_moment()
    if first is not None and newest is not None:
        handoff.refresh_signals(
            handoff_facts.handoff_facts(), first_week=first.date(), last_as_of=newest
        )


def remove_demo(*, by: Actor) -> None:
    """Take the demo company out: every file it came with, and what that brought.

    An instance with a real import in it keeps that; its numbers are measured anew.
    """
    with transaction.atomic():
        ledger.forget_runs(by=by, runs=sources.demo_runs(by=by))
        sources.forget_demo(by=by)
        if people_known.company_name() == COMPANY:
            people.name_company(by=by, name="", at=clock.now())
        labels.forget_rules(Edited(by=by, at=clock.now()), from_csv(team_rules()))
    refresh()


class Batch:
    """Files read and not yet written.

    Writing them together costs little more than writing one, and each keeps its own summary.
    A file that fails takes no other with it: the rest is then written one by one.
    """

    def __init__(self, *, hints: Hints) -> None:
        self._hints = hints
        self._waiting: list[Delivery] = []
        self._hashes: set[str] = set()
        self._records = 0
        self._imported = sources.imported()

    def take(self, run: ImportRun, file: ExportFile, read: Read | None = None) -> None:
        """Read one file, unless it was read ahead; write what waits when enough does.

        Where the same file waits already, it is written first: this one is then unchanged.
        """
        try:
            form = read.recognised() if read else detect(file, name=self._hints.format)
            if run.content_hash in self._hashes and self._is_waiting(run, form):
                self.write()
            if run.content_hash in self._imported and _is_unchanged(run, form):
                return
            sources.start(run=run, form=form.name)
            intake = read.taken() if read else self._take_in(run, file, form)
        except ProtemError as error:
            sources.fail(run=run, error=error, at=clock.now())
            return
        if self._records + intake.read > MOST_RECORDS:
            self.write()
        self._records += intake.read
        self._hashes.add(run.content_hash)
        self._waiting.append(
            Delivery(run=run, form=form, intake=intake, as_of=self._hints.as_of)
        )

    def _is_waiting(self, run: ImportRun, form: Format) -> bool:
        """Whether the same file stands among those not yet written."""
        return any(
            sources.is_same_file(
                run,
                other.run,
                is_named_by_path=form.is_named_by_path,
                as_of_source=other.dated[1],
            )
            for other in self._waiting
            if other.run.content_hash == run.content_hash
        )

    def _take_in(self, run: ImportRun, file: ExportFile, form: Format) -> Intake:
        target = self._hints.target or run.target
        return take_in(
            form.parse(file), identity=form.identity, target=target, progress=_heard(run)
        )

    def write(self) -> None:
        """Write what waits, in one transaction."""
        waiting, hashes = self._waiting, self._hashes
        self._waiting, self._hashes, self._records = [], set(), 0
        if not waiting:
            return
        self._imported |= hashes
        known = sources.imported(hashes)
        waiting = [
            delivery
            for delivery in waiting
            if delivery.run.content_hash not in known
            or not _is_unchanged(delivery.run, delivery.form)
        ]
        if not waiting:
            return
        try:
            _write(waiting)
        except ProtemError as error:
            if len(waiting) == 1:
                sources.fail(run=waiting[0].run, error=error, at=clock.now())
                return
            for delivery in waiting:
                self._waiting, self._hashes = [delivery], {delivery.run.content_hash}
                self.write()


def _is_unchanged(run: ImportRun, form: Format) -> bool:
    """Whether the same file was imported before; its run is then over."""
    twin = sources.find_twin(run, is_named_by_path=form.is_named_by_path)
    if twin is not None:
        sources.finish_unchanged(run=run, twin=twin, at=clock.now())
    return twin is not None


def _open(
    files: Iterable[tuple[ExportFile, Read | None]], *, by: Actor, hints: Hints, is_demo: bool
) -> list[ImportRun]:
    return sources.open_runs(
        ((file, read.form.name if read and read.form else "") for file, read in files),
        by=by,
        at=clock.now(),
        target=hints.target,
        is_demo=is_demo,
    )


def _unfetched(path: Path, error: ProtemError, *, by: Actor) -> ImportRun:
    now = clock.now()
    run = sources.open_run(by=by, path=path, name=path.name, modified_at=now, at=now)
    sources.fail(run=run, error=error, at=now)
    return run


def _write(deliveries: Sequence[Delivery]) -> None:
    """The one transaction of an import: facts, registers and summaries, or nothing."""
    with transaction.atomic():
        outcomes = ledger.reconcile_files(deliveries=deliveries)
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            for keeper in (
                (reviews.record, comply.record, risks.record) if outcome.others else ()
            ):
                outcome.counts["new"] += keeper(delivery.run.pk, outcome.as_of, outcome.others)
            sources.finish(
                run=delivery.run, summary=_summary(delivery.intake, outcome), at=clock.now()
            )


def _summary(intake: Intake, outcome: Outcome) -> sources.Summary:
    return sources.Summary(
        as_of=outcome.as_of,
        as_of_source=outcome.as_of_source,
        touched_on=outcome.touched_on,
        records=dict(intake.kinds),
        read=intake.read,
        new=outcome.counts["new"],
        closed=outcome.counts["closed"],
        reopened=outcome.counts["reopened"],
        unchanged=outcome.counts["unchanged"],
        skipped=[{"reason": r, "count": n} for r, n in sorted(intake.skipped.items())],
        warnings=outcome.warnings,
    )


def _refresh_after(runs: Sequence[ImportRun], tell: Progress) -> None:
    touched = [run.touched_on for run in runs if run.state == "done" and run.touched_on]
    if touched:
        refresh(since=min(touched), progress=tell)


def _heard(run: ImportRun) -> Callable[[int], None]:
    """Notes in the run how much was read; it costs a write, so only now and then."""

    def tell(count: int) -> None:
        if count % TELL_EVERY == 0:
            sources.report(run=run, step=f"{count:,} records read", progress=0.3)

    return tell


def _after_imports(share: float) -> float:
    return SHARE_OF_IMPORTS + (1 - SHARE_OF_IMPORTS) * share


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _silent(_step: str, _share: float) -> None:
    return
