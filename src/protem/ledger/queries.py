"""Every read of the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import Count, Max

from protem.ledger.catalogues import COLUMNS, Kind, unpack
from protem.ledger.models import (
    Catalogue,
    Meeting,
    Scan,
    WorkItem,
)
from protem.sources.models import ImportRun


def exploited() -> pl.DataFrame:
    """The newest catalogue of exploited vulnerabilities; it says itself since when."""
    return _newest(Kind.EXPLOITED, None)[0]


def exploit_scores(as_of: datetime | None = None) -> tuple[pl.DataFrame, datetime | None]:
    """The newest EPSS scores as of a moment and the moment they are of, None before any."""
    return _newest(Kind.SCORES, as_of)


def _newest(kind: Kind, as_of: datetime | None) -> tuple[pl.DataFrame, datetime | None]:
    found = Catalogue.objects.filter(kind=kind).order_by("-known_at", "-id")
    newest = found.first() if as_of is None else found.filter(known_at__lte=as_of).first()
    if newest is None:
        return pl.DataFrame(schema=COLUMNS[kind]), None
    return unpack(bytes(newest.packed)), newest.known_at


def first_moment() -> datetime | None:
    """The oldest scan, export or log: where history begins."""
    return Scan.objects.order_by("at").values_list("at", flat=True).first()


def newest_moment() -> datetime | None:
    """The newest moment that any file speaks of."""
    return Scan.objects.order_by("-at").values_list("at", flat=True).first()


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A scan that proves nothing by its silence, and why."""

    scan_id: int
    tool: str
    target: str
    at: datetime
    doubt: str
    asks_for_confirmation: bool


def doubts_of(run_id: int) -> list[Doubt]:
    """The doubted scans of one import."""
    scans = Scan.objects.filter(run_id=run_id, doubt__gt="").select_related("scope")
    return [
        Doubt(
            scan_id=scan.id,
            tool=scan.scope.tool,
            target=scan.scope.target,
            at=scan.at,
            doubt=scan.doubt,
            asks_for_confirmation=scan.asks_for_confirmation,
        )
        for scan in scans.order_by("scope__target")
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetingFact:
    """One calendar entry as imported."""

    uid: str
    person: str
    title: str
    organizer: str
    attendees: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool
    is_cancelled: bool
    is_declined: bool
    is_free: bool
    known_at: datetime
    run_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItemFact:
    """One version of one ticket."""

    external_id: str
    title: str
    assignee: str
    is_security: bool
    is_planned: bool | None
    created_at: datetime
    started_at: datetime | None
    resolved_at: datetime | None
    due_on: Any
    hours: float | None
    known_at: datetime
    run_id: int | None


def meetings() -> list[MeetingFact]:
    """Every calendar entry of every file."""
    rows = (
        Meeting.objects.exclude(run__state=_REVERTED)
        .order_by("id")
        .values(*MeetingFact.__slots__)
    )
    return [MeetingFact(**{**row, "attendees": tuple(row["attendees"])}) for row in rows]


def calendar_owners() -> list[tuple[str, int, datetime]]:
    """Whose calendars were imported: the person, how many entries, when the last begins."""
    rows = Meeting.objects.exclude(run__state=_REVERTED).values("person")
    counted = rows.annotate(entries=Count("uid", distinct=True), last_at=Max("starts_at"))
    return list(counted.order_by("person").values_list("person", "entries", "last_at"))


def work_items() -> list[WorkItemFact]:
    """Every version of every ticket."""
    rows = (
        WorkItem.objects.exclude(run__state=_REVERTED)
        .order_by("id")
        .values(*WorkItemFact.__slots__)
    )
    return [WorkItemFact(**row) for row in rows]


_REVERTED = "reverted"


def scans_of(run: ImportRun) -> int:
    """How many scans an import holds."""
    return Scan.objects.filter(run=run).count()
