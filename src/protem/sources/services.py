"""Every write about imports: what came in, how far it is, what became of it."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from protem.formats.format import FILE_TIME, ExportFile
from protem.kit.errors import ProtemError
from protem.people.access import Act, Actor, authorise
from protem.people.models import Person
from protem.sources.models import ImportRun, RunState

_BLOCK = 1 << 20
_JUST_NOW = timedelta(minutes=5)
"""A file younger than this was just written here: its time says nothing of the export."""
_READING = "reading"
LIVE = (RunState.QUEUED, RunState.RUNNING)


class ImportRefused(ProtemError):
    """An import that cannot be started, reverted or cancelled as things stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What an import came to."""

    as_of: datetime
    as_of_source: str
    touched_on: date
    records: dict[str, int]
    read: int
    new: int = 0
    closed: int = 0
    reopened: int = 0
    unchanged: int = 0
    skipped: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def hash_of(path: Path) -> str:
    """The SHA-256 of a file's content, read block by block."""
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def open_run(
    *,
    by: Actor,
    path: Path,
    name: str,
    modified_at: datetime,
    at: datetime,
    target: str = "",
) -> ImportRun:
    """Take a file in: keep it under the hash of its content, and open its import run."""
    file = ExportFile(path=path, name=name, modified_at=modified_at)
    (run,) = open_runs([(file, "")], by=by, at=at, target=target)
    return run


def open_runs(
    files: Iterable[tuple[ExportFile, str]],
    *,
    by: Actor,
    at: datetime,
    target: str = "",
    is_demo: bool = False,
) -> list[ImportRun]:
    """Take files in, each with its format; the runs are in the same order.

    A format is only named where the file was read already: its run has begun with that.
    """
    authorise(by, Act.IMPORT)
    person = by if isinstance(by, Person) else None
    runs = []
    for file, form in files:
        digest = hash_of(file.path)
        runs.append(
            ImportRun(
                name=file.name[:500],
                content_hash=digest,
                size=file.path.stat().st_size,
                stored_as=_keep(file.path, digest),
                target=target,
                format=form,
                state=RunState.RUNNING if form else RunState.QUEUED,
                step=_READING if form else "",
                person=person,
                file_modified_at=file.modified_at,
                arrived_at=at,
                is_demo=is_demo,
            )
        )
    return ImportRun.objects.bulk_create(runs)


def stored_path(run: ImportRun) -> Path:
    """Where the file of a run is kept."""
    return Path(settings.MEDIA_ROOT) / run.stored_as


def kept_file(run: ImportRun) -> ExportFile:
    """The file of a run, as it is kept."""
    return ExportFile(path=stored_path(run), name=run.name, modified_at=run.file_modified_at)


def imported(hashes: Iterable[str] | None = None) -> set[str]:
    """Which of these contents, or of all, some import that stands has brought."""
    done = ImportRun.objects.filter(state=RunState.DONE)
    if hashes is not None:
        done = done.filter(content_hash__in=list(hashes))
    return set(done.values_list("content_hash", flat=True))


def find_twin(run: ImportRun, *, is_named_by_path: bool) -> ImportRun | None:
    """An earlier import of the same file that still stands."""
    twins = ImportRun.objects.filter(content_hash=run.content_hash, state=RunState.DONE)
    found = (
        twin
        for twin in twins.exclude(pk=run.pk).order_by("pk")
        if is_same_file(
            run, twin, is_named_by_path=is_named_by_path, as_of_source=twin.as_of_source
        )
    )
    return next(found, None)


def is_same_file(
    run: ImportRun, other: ImportRun, *, is_named_by_path: bool, as_of_source: str
) -> bool:
    """Whether two runs of the same content are of one file; ``as_of_source`` is the other's.

    They are, unless the name says that it is another machine's, or the content bears no date
    and the file's own time says that it is another export: an inventory may well not change
    for a week.
    """
    if run.target != other.target or (is_named_by_path and run.name != other.name):
        return False
    is_dated = run.arrived_at - run.file_modified_at > _JUST_NOW
    is_another_day = run.file_modified_at != other.file_modified_at
    return not (is_dated and is_another_day and as_of_source == FILE_TIME)


def start(*, run: ImportRun, form: str) -> None:
    """Note that the work on a run has begun; raises ``ImportRefused`` if it was cancelled."""
    if run.state == RunState.RUNNING and run.format == form:
        return
    run.state, run.format, run.step = RunState.RUNNING, form, _READING
    _write_if_live(run, "state", "format", "step")


def report(*, run: ImportRun, step: str, progress: float) -> None:
    """Note how far a run is; 1.0 is done. Raises ``ImportRefused`` if it was cancelled."""
    updated = ImportRun.objects.filter(pk=run.pk).exclude(state=RunState.CANCELLED)
    if not updated.update(step=step, progress=progress):
        raise ImportRefused("the import was cancelled")


def finish(*, run: ImportRun, summary: Summary, at: datetime) -> None:
    """Keep the summary of an import that went well; raises ``ImportRefused`` if cancelled.

    Called within the transaction of the import, whose facts then go with it.
    """
    for name in Summary.__slots__:
        setattr(run, name, getattr(summary, name))
    _close(run, RunState.DONE, at)


def finish_unchanged(*, run: ImportRun, twin: ImportRun, at: datetime) -> None:
    """Close a run whose content had been imported before: nothing was written."""
    run.format, run.as_of, run.as_of_source = twin.format, twin.as_of, twin.as_of_source
    run.records, run.read, run.unchanged = twin.records, twin.read, twin.read
    run.warnings = [f"the same content was imported before, as {twin.name}"]
    _close(run, RunState.UNCHANGED, at)


def fail(*, run: ImportRun, error: ProtemError, at: datetime) -> None:
    """Keep why an import failed."""
    run.refresh_from_db()
    run.error = {"what": error.what, "where": error.where, "remedy": error.remedy}
    if run.state == RunState.CANCELLED:
        run.save(update_fields=["error"])
        return
    _close(run, RunState.FAILED, at)


def cancel(*, by: Actor, run: ImportRun, at: datetime) -> None:
    """Stop an import that waits or runs; nothing of it is kept."""
    authorise(by, Act.IMPORT)
    with transaction.atomic():
        updated = ImportRun.objects.filter(pk=run.pk, state__in=LIVE).update(
            state=RunState.CANCELLED, finished_at=at, step=""
        )
    if not updated:
        raise ImportRefused("this import is over already", remedy="revert it instead")


def mark_reverted(*, by: Actor, run: ImportRun) -> None:
    """Note that what a run brought was taken out again."""
    authorise(by, Act.REVERT)
    if run.state != RunState.DONE:
        raise ImportRefused(
            f"“{run.name}” is {run.get_state_display()}: there is nothing to revert"
        )
    run.state = RunState.REVERTED
    run.save(update_fields=["state"])


def demo_runs(*, by: Actor) -> list[ImportRun]:
    """The imports that stand of the demo company."""
    authorise(by, Act.REMOVE_DEMO)
    return list(ImportRun.objects.filter(is_demo=True, state=RunState.DONE).order_by("-pk"))


def forget_demo(*, by: Actor) -> None:
    """Delete the demo company's imports and the files that no other import needs."""
    authorise(by, Act.REMOVE_DEMO)
    demo = ImportRun.objects.filter(is_demo=True)
    kept = set(ImportRun.objects.filter(is_demo=False).values_list("stored_as", flat=True))
    names = set(demo.values_list("stored_as", flat=True)) - kept - {""}
    demo.delete()
    transaction.on_commit(lambda: _discard(names))


def _discard(names: Iterable[str]) -> None:
    for name in names:
        (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)


def _close(run: ImportRun, state: RunState, at: datetime) -> None:
    run.state, run.finished_at, run.progress, run.step = state, at, 1.0, ""
    run.seconds = (at - run.arrived_at).total_seconds()
    fields = run._meta.concrete_fields  # noqa: SLF001 - documented API despite its name
    _write_if_live(run, *(field.attname for field in fields if not field.primary_key))


def _write_if_live(run: ImportRun, *names: str) -> None:
    """Write these fields unless the run was cancelled meanwhile: one of the two wins."""
    live = ImportRun.objects.filter(pk=run.pk, state__in=LIVE)
    if not live.update(**{name: getattr(run, name) for name in names}):
        raise ImportRefused("the import was cancelled")


def _keep(path: Path, digest: str) -> str:
    """Copy the file into the instance's files, named by its content; returns the name."""
    name = f"imports/{digest[:2]}/{digest}"
    kept = Path(settings.MEDIA_ROOT) / name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = kept.with_suffix(".part")
        shutil.copyfile(path, partial)
        partial.replace(kept)
    return name
