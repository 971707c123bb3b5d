"""Imports as their pages show them: the list, and one with all that became of it."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from protem.formats.format import FORMATS
from protem.ledger import queries as ledger
from protem.ledger.queries import Doubt
from protem.people.access import Actor
from protem.sources import queries as sources
from protem.sources.queries import RunView
from protem.ui.tables import Column
from protem.web import queries
from protem.web.errors import NoSuchThingError
from protem.web.wording import file_size

SHOWN = 100
COLUMNS = (
    Column(key="name", label="File", link="url"),
    Column(key="title", label="What it is"),
    Column(key="state", label="State"),
    Column(key="as_of", label="Speaks of"),
    Column(key="read", label="Read", is_numeric=True),
    Column(key="new", label="New", is_numeric=True),
    Column(key="closed", label="Closed", is_numeric=True),
    Column(key="arrived_at", label="Arrived"),
)
SOURCES_OF_DATE = {
    "report": "the report itself",
    "newest record": "its newest record",
    "file time": "the time of the file",
    "given": "what was said at the import",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """One import in the list."""

    id: int
    name: str
    url: str
    title: str
    state: str
    as_of: datetime | None
    read: int
    new: int
    closed: int
    arrived_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveRun:
    """An import under way."""

    text: str
    progress: float | None
    cancel_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportList:
    """The list, and what is under way."""

    rows: list[ImportRow]
    live: list[LiveRun]
    is_measuring: bool

    @property
    def is_live(self) -> bool:
        """Whether the page should ask again."""
        return bool(self.live) or self.is_measuring


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPage:
    """One import."""

    run: RunView
    title: str
    live: LiveRun | None
    counts: list[tuple[str, int]]
    facts: list[tuple[str, object]]
    doubts: list[Doubt]
    is_measuring: bool

    @property
    def problem(self) -> str:
        """What went wrong, and where if that says more than the file's name."""
        what, where = self.run.error.get("what", ""), self.run.error.get("where", "")
        return f"{where}: {what}" if where and where != self.run.name else what

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.run.error.get("remedy", "")

    @property
    def quiet_doubts(self) -> list[Doubt]:
        """Doubts that nobody needs to decide."""
        return [doubt for doubt in self.doubts if not doubt.asks_for_confirmation]

    @property
    def asks(self) -> bool:
        """Whether it waits for a person to confirm a drop."""
        return any(doubt.asks_for_confirmation for doubt in self.doubts)

    @property
    def is_live(self) -> bool:
        """Whether the page should ask again."""
        return self.live is not None or self.is_measuring


def import_list(by: Actor) -> ImportList:
    """The newest imports, and those under way."""
    runs = sources.runs(by, limit=SHOWN)
    titles = {form.name: form.title for form in FORMATS}
    live = [_live(run) for run in runs if run.is_live]
    return ImportList(
        rows=[_row(run, titles) for run in runs],
        live=live,
        is_measuring=not live and queries.is_working(),
    )


def import_page(by: Actor, run_id: int) -> ImportPage:
    """One import; raises ``NoSuchThingError``."""
    run = next(iter(sources.runs(by, ids=[run_id])), None)
    if run is None:
        raise NoSuchThingError(
            f"there is no import {run_id}", remedy="look at the list of imports"
        )
    titles = {form.name: form.title for form in FORMATS}
    return ImportPage(
        run=run,
        title=titles.get(run.format, run.format),
        live=_live(run) if run.is_live else None,
        counts=[
            ("Read", run.read),
            ("New", run.new),
            ("Closed", run.closed),
            ("Reopened", run.reopened),
            ("Unchanged", run.unchanged),
        ],
        facts=_facts(run, titles),
        doubts=ledger.doubts_of(run_id),
        is_measuring=not run.is_live and queries.is_working(),
    )


def _row(run: RunView, titles: dict[str, str]) -> ImportRow:
    return ImportRow(
        id=run.id,
        name=run.name,
        url=reverse("web:import", args=(run.id,)),
        title=titles.get(run.format, run.format),
        state=f"▼ {run.state_label}" if run.is_failed else run.state_label,
        as_of=run.as_of,
        read=run.read,
        new=run.new,
        closed=run.closed,
        arrived_at=run.arrived_at,
    )


def _live(run: RunView) -> LiveRun:
    is_waiting = run.state == "queued"
    step = "waiting for the worker" if is_waiting else run.step or "reading"
    return LiveRun(
        text=f"{run.name}: {step}",
        progress=None if is_waiting else run.progress,
        cancel_url=reverse("web:cancel_import", args=(run.id,)),
    )


def _facts(run: RunView, titles: dict[str, str]) -> list[tuple[str, object]]:
    """What is known of the file; what is not is left out."""
    dated = SOURCES_OF_DATE.get(run.as_of_source, run.as_of_source)
    records = ", ".join(f"{count:,} {kind}" for kind, count in sorted(run.records.items()))
    known: list[tuple[str, object]] = [
        ("What it is", titles.get(run.format, run.format)),
        ("State", run.state_label),
        ("Speaks of", run.as_of),
        ("That date comes from", dated if run.as_of else ""),
        ("Records", records),
        ("Size", file_size(run.size)),
        ("Arrived", run.arrived_at),
        ("Brought by", run.person),
    ]
    return [(label, value) for label, value in known if value]
