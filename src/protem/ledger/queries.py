"""Every read of the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db import models
from django.db.models import Count, Max

from protem.formats.format import FORMATS
from protem.ledger import bulk
from protem.ledger.catalogues import COLUMNS, Kind, unpack, with_exploited
from protem.ledger.facts import (
    ASSETS,
    EPISODES,
    INSTANT,
    PATCH_STATES,
    PATCHES,
    PRESENCES,
    RECORDS,
    SCANS,
    VERSIONS,
    Facts,
)
from protem.ledger.models import (
    Asset,
    AssetRecord,
    Catalogue,
    Episode,
    Finding,
    InstalledVersion,
    Meeting,
    PatchEvent,
    PatchState,
    Presence,
    Scan,
    Scope,
    Sighting,
    WorkItem,
)
from protem.sources.models import ImportRun


def load_facts() -> Facts:
    """The whole ledger as frames. Certificates and targets are added by who knows them."""
    return Facts(
        episodes=_episodes(),
        scans=_scans(),
        records=_records(),
        presences=_presences(),
        patches=_with_asset(PatchEvent, PATCHES),
        patch_states=_with_asset(PatchState, PATCH_STATES),
        versions=_with_asset(InstalledVersion, VERSIONS),
        assets=_assets(),
    )


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
_ADDED = {"scope_ids", "exploited_at", "known_at", "superseded_at"}
"""Columns of ``EPISODES`` that the table of episodes does not hold."""


def _episodes() -> pl.DataFrame:
    listed = {name: kind for name, kind in EPISODES.items() if name not in _ADDED}
    own = {
        "asset_id": "r.asset_id",
        "asset_name": "COALESCE(a.name, r.name)",
        "asset_kind": "COALESCE(a.kind, r.kind)",
        "asset_group": 'COALESCE(NULLIF(a."group", \'\'), r."group")',
        "owner": "CASE WHEN a.is_owner_ruled THEN a.owner"
        " ELSE COALESCE(NULLIF(e.owner, ''), a.owner, r.owner) END",
        "finding_id": "e.finding_id",
        "record_id": "f.record_id",
    }
    of_finding = {"vulnerability", "component", "location", "title", "found_by"}
    columns = ", ".join(
        own.get(name) or (f"f.{name}" if name in of_finding else f"e.{name}") for name in listed
    )
    frame = bulk.read(
        f"SELECT {columns} FROM {bulk.table_of(Episode)} e"
        f" JOIN {bulk.table_of(Finding)} f ON f.id = e.finding_id"
        f" JOIN {bulk.table_of(AssetRecord)} r ON r.id = f.record_id"
        f" LEFT JOIN {bulk.table_of(Asset)} a ON a.id = r.asset_id",
        listed,
    )
    whole = (
        frame.join(_reporters(), on="finding_id", how="left")
        .with_columns(pl.lit(None, INSTANT).alias(name) for name in _ADDED - {"scope_ids"})
        .select(*EPISODES)
    )
    return with_exploited(whole, exploited())


def _reporters() -> pl.DataFrame:
    pairs = bulk.read(
        f"SELECT DISTINCT finding_id, scope_id FROM {bulk.table_of(Sighting)}",
        {"finding_id": pl.Int64, "scope_id": pl.Int64},
    )
    return pairs.group_by("finding_id").agg(scope_ids=pl.col("scope_id"))


def _scans() -> pl.DataFrame:
    of_scope = {"tool", "target", "settings", "record_id"}
    stored = {name: kind for name, kind in SCANS.items() if name != "patch_proof"}
    columns = ", ".join(f"c.{name}" if name in of_scope else f"s.{name}" for name in stored)
    frame = bulk.read(
        f"SELECT {columns} FROM {bulk.table_of(Scan)} s"
        f" JOIN {bulk.table_of(Scope)} c ON c.id = s.scope_id",
        stored,
    )
    proofs = {form.name: str(form.patch_proof) for form in FORMATS if form.patch_proof}
    proof = pl.col("tool").replace_strict(proofs, default=None, return_dtype=pl.String)
    return frame.with_columns(patch_proof=proof).sort("scope_id", "at")


def _records() -> pl.DataFrame:
    renamed = {"record_id": "id", "group": '"group"'}
    columns = ", ".join(renamed.get(name, name) for name in RECORDS)
    return bulk.read(f"SELECT {columns} FROM {bulk.table_of(AssetRecord)}", RECORDS)


def _presences() -> pl.DataFrame:
    columns = ", ".join(PRESENCES)
    return bulk.read(f"SELECT {columns} FROM {bulk.table_of(Presence)}", PRESENCES)


def _with_asset(model: type[models.Model], schema: dict[str, Any]) -> pl.DataFrame:
    """The rows of a table about records, with the asset of each."""
    columns = ", ".join("r.asset_id" if name == "asset_id" else f"p.{name}" for name in schema)
    return bulk.read(
        f"SELECT {columns} FROM {bulk.table_of(model)} p"
        f" JOIN {bulk.table_of(AssetRecord)} r ON r.id = p.record_id",
        schema,
    )


def _assets() -> pl.DataFrame:
    renamed = {"asset_id": "id", "group": '"group"'}
    columns = ", ".join(renamed.get(name, name) for name in ASSETS)
    return bulk.read(f"SELECT {columns} FROM {bulk.table_of(Asset)}", ASSETS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """How recent what one tool told us is."""

    tool: str
    newest_at: datetime
    usual_days: float | None
    """The median days between its reports of one scope."""
    scopes: int


def freshness() -> list[Freshness]:
    """Every tool with its newest report, by name."""
    scans = _scans().with_columns(
        days=(pl.col("at").diff().over("scope_id").dt.total_seconds() / 86_400)
    )
    by_tool = scans.group_by("tool").agg(
        newest_at=pl.col("at").max(),
        usual_days=pl.col("days").median(),
        scopes=pl.col("scope_id").n_unique(),
    )
    return [Freshness(**row) for row in by_tool.sort("tool").iter_rows(named=True)]


def scans_of(run: ImportRun) -> int:
    """How many scans an import holds."""
    return Scan.objects.filter(run=run).count()
