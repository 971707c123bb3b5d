"""Every read about imports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from protem.people.access import Act, Actor, authorise
from protem.sources.models import ImportRun, RunState

__all__ = [
    "ImportRun",
    "RunView",
    "counts_by_format",
    "has_demo",
    "import_days",
    "is_empty",
    "live_count",
    "run",
    "runs",
    "stored_files",
    "view_of",
]

SHOWN = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """One import as its page and the command line show it."""

    id: int
    name: str
    format: str
    state: str
    state_label: str
    as_of: datetime | None
    as_of_source: str
    arrived_at: datetime
    finished_at: datetime | None
    size: int
    records: dict[str, int]
    read: int
    new: int
    closed: int
    reopened: int
    unchanged: int
    skipped: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: dict[str, str] = field(default_factory=dict)
    progress: float = 0.0
    step: str = ""
    seconds: float | None = None
    person: str = ""

    @property
    def is_live(self) -> bool:
        return self.state in {RunState.QUEUED, RunState.RUNNING}

    @property
    def is_done(self) -> bool:
        return self.state == RunState.DONE

    @property
    def is_failed(self) -> bool:
        return self.state == RunState.FAILED


def runs(by: Actor, *, ids: Sequence[int] | None = None, limit: int = SHOWN) -> list[RunView]:
    """Imports, newest first."""
    authorise(by, Act.SEE)
    found = ImportRun.objects.select_related("person").order_by("-id")
    if ids is not None:
        found = found.filter(id__in=ids)
    return [view_of(run) for run in found[:limit]]


def run(by: Actor, run_id: int) -> ImportRun | None:
    """One import run, for the services; None where there is none."""
    authorise(by, Act.SEE)
    return ImportRun.objects.filter(pk=run_id).first()


def live_count() -> int:
    """How many imports wait or run."""
    return ImportRun.objects.filter(state__in=(RunState.QUEUED, RunState.RUNNING)).count()


def counts_by_format() -> dict[str, int]:
    """How many imports stand, by format."""
    found: dict[str, int] = {}
    for name in ImportRun.objects.filter(state=RunState.DONE).values_list("format", flat=True):
        found[name] = found.get(name, 0) + 1
    return found


def has_demo() -> bool:
    """Whether this instance holds the demo company."""
    return ImportRun.objects.filter(is_demo=True).exists()


def is_empty() -> bool:
    """Whether nothing was ever imported."""
    return not ImportRun.objects.exists()


def import_days(formats: Sequence[str] | None = None) -> list[datetime]:
    """The as-of of every import that stands, oldest first."""
    found = ImportRun.objects.filter(state=RunState.DONE, as_of__isnull=False)
    if formats is not None:
        found = found.filter(format__in=formats)
    return [
        moment for moment in found.order_by("as_of").values_list("as_of", flat=True) if moment
    ]


def view_of(run: ImportRun) -> RunView:
    """A run as shown."""
    names = set(RunView.__slots__) - {"state_label", "person"}
    return RunView(
        **{name: getattr(run, name) for name in names},
        state_label=run.get_state_display(),
        person=str(run.person) if run.person else "",
    )


def stored_files() -> list[tuple[Path, str]]:
    """Every kept file with the hash its content should have."""
    rows = ImportRun.objects.exclude(stored_as="").values_list("stored_as", "content_hash")
    return sorted({(Path(settings.MEDIA_ROOT) / name, digest) for name, digest in rows})
