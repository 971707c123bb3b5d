"""How facts travel: import → reconcile → measure what was touched → signals.

This is the front door for readers. Each step is one transaction of the package it belongs
to; lower packages return facts, and only this module carries them onward.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from protem.comply import services as comply
from protem.formats.detect import detect
from protem.formats.format import ExportFile, Format
from protem.formats.reading import expand
from protem.handoff import queries as handoff_facts
from protem.handoff import services as handoff
from protem.kit import clock
from protem.kit.errors import ProtemError
from protem.kit.weeks import week_of
from protem.ledger import queries as facts
from protem.ledger import services as ledger
from protem.ledger.reconcile.intake import Intake, take_in
from protem.measure import queries as measured
from protem.measure import services as measure
from protem.people.access import Actor
from protem.reviews import services as reviews
from protem.sources import services as sources
from protem.sources.models import ImportRun

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
    with TemporaryDirectory(prefix="protem-") as workspace:
        files = list(expand(paths, workspace=Path(workspace)))
        runs = []
        for number, file in enumerate(files):
            tell(file.name, number / (len(files) + 1))
            runs.append(_import_file(file, by=by, hints=hints, is_demo=is_demo))
    touched = [run for run in runs if run.state == "done"]
    if touched:
        refresh(since=_touched_from(touched), progress=progress)
    return runs


def import_run(run: ImportRun, *, hints: Hints | None = None) -> None:
    """Bring the kept file of an open run into the ledger; failures are kept in the run."""
    file = ExportFile(
        path=sources.stored_path(run), name=run.name, modified_at=run.file_modified_at
    )
    hints = hints or Hints(target=run.target)
    try:
        twin = sources.find_twin(run)
        if twin:
            sources.finish_unchanged(run=run, twin=twin, at=clock.now())
            return
        form = detect(file, name=hints.format)
        sources.start(run=run, form=form.name)
        intake = take_in(
            form.parse(file),
            target=hints.target,
            progress=lambda count: sources.report(run=run, step=f"{count:,} read", progress=0.3),
        )
        sources.report(run=run, step="comparing", progress=0.5)
        _write(run, form, intake, hints.as_of)
    except ProtemError as error:
        sources.fail(run=run, error=error, at=clock.now())


def revert(run: ImportRun, *, by: Actor, progress: Progress | None = None) -> None:
    """Take an import out again, and measure anew what it had touched."""
    since = run.touched_on
    with transaction.atomic():
        sources.mark_reverted(by=by, run=run)
        ledger.revert_import(by=by, run=run)
        reviews.forget(run_id=run.pk)
        comply.forget(run_id=run.pk)
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
    ledger.resolve_assets()
    first, newest = facts.first_moment(), facts.newest_moment()
    last_week = week_of(newest) if newest else date.min
    measure.remove_snapshots_after(week=last_week)
    if first is None or newest is None:
        handoff.clear_signals()
        return
    first_week = week_of(max(since, first.date()) if since else first)
    tell("measuring", 0.1)
    measure.refresh_snapshots(
        measured.facts,
        first_week=first_week,
        last_as_of=newest,
        progress=lambda share: tell("measuring", 0.1 + 0.6 * share),
    )
    tell("reading signals", 0.7)
    handoff.refresh_signals(
        handoff_facts.handoff_facts(), first_week=first_week, last_as_of=newest
    )
    tell("done", 1.0)


def remove_demo(*, by: Actor) -> None:
    """Take the demo company out: every file it came with, and all that was entered since.

    An instance with a real import in it keeps that; its numbers are measured anew.
    """
    with transaction.atomic():
        ledger.forget_runs(by=by, runs=sources.demo_runs(by=by))
        sources.forget_demo(by=by)
    refresh()


def _import_file(file: ExportFile, *, by: Actor, hints: Hints, is_demo: bool) -> ImportRun:
    run = sources.open_run(
        by=by,
        path=file.path,
        name=file.name,
        modified_at=file.modified_at,
        at=clock.now(),
        target=hints.target,
        is_demo=is_demo,
    )
    import_run(run, hints=hints)
    return run


def _write(run: ImportRun, form: Format, intake: Intake, as_of: datetime | None) -> None:
    """The one transaction of an import: facts, registers and the summary, or nothing."""
    with transaction.atomic():
        outcome = ledger.reconcile_import(run=run, form=form, intake=intake, as_of=as_of)
        added = reviews.record(run_id=run.pk, known_at=outcome.as_of, records=outcome.others)
        added += comply.record(run_id=run.pk, known_at=outcome.as_of, records=outcome.others)
        outcome.counts["new"] += added
        sources.finish(
            run=run,
            summary=sources.Summary(
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
            ),
            at=clock.now(),
        )


def _touched_from(runs: Sequence[ImportRun]) -> date | None:
    return min((run.touched_on for run in runs if run.touched_on), default=None)


def _silent(_step: str, _share: float) -> None:
    return
