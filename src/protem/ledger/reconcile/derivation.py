"""Keeping episodes in step with sightings: derive again what an import touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import polars as pl

from protem.formats.records import FindingState, Severity
from protem.ledger import bulk, episodes, history
from protem.ledger.facts import INSTANT
from protem.ledger.models import Episode, Sighting
from protem.ledger.reconcile import places as scans_of
from protem.ledger.reconcile.shown import DETAILS

EPISODE = {
    "finding_id": pl.Int64,
    "number": pl.Int64,
    "opened_at": INSTANT,
    "is_start_known": pl.Boolean,
    "last_seen_at": INSTANT,
    "first_absent_at": INSTANT,
    "closed_at": INSTANT,
    "ending": pl.String,
    "severity": pl.Int64,
    "critical_at": INSTANT,
    "critical_until": INSTANT,
    "reporters": pl.Int64,
    "fix_available_on": pl.Date,
    "is_exploited": pl.Boolean,
    "owner": pl.String,
    "version": pl.String,
    "fixed_version": pl.String,
    "is_pending": pl.Boolean,
}
_OF_EPISODE = [name for name in EPISODE if name not in {"finding_id", "number"}]
_SIGHTING = {
    "finding_id": pl.Int64,
    "scope_id": pl.Int64,
    "first_at": INSTANT,
    "last_at": INSTANT,
    **DETAILS,
}


Told: TypeAlias = list[tuple[history.Event, int, int]]
"""(what happened, the finding, the look that made it known)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looks:
    """New looks whose doings are to be told: their numbers, and what was stale before them."""

    by_place: Mapping[tuple[int, datetime], int]
    stale: frozenset[int]


def store_simple(rows: pl.DataFrame, places: pl.DataFrame) -> None:
    """Episodes of findings with one open sighting that reaches to the newest scan.

    ``rows`` say by ``look`` which of ``places`` showed them first.
    """
    own_date = pl.col("found_at").is_not_null()
    opened_at = pl.min_horizontal("found_at", "first_at")
    could_see = pl.when(pl.col("is_fixable")).then(pl.col("before_at").is_not_null())
    frame = (
        rows.join(places.select("look", "before_at", "has_full_proof"), on="look")
        .with_columns(
            number=pl.lit(1, pl.Int64),
            opened_at=opened_at,
            is_start_known=own_date | could_see.otherwise(pl.col("has_full_proof")),
            last_seen_at=pl.lit(None, INSTANT),
            first_absent_at=pl.lit(None, INSTANT),
            closed_at=pl.lit(None, INSTANT),
            ending=pl.lit(""),
            critical_at=pl.when(pl.col("severity") >= int(Severity.CRITICAL)).then(opened_at),
            critical_until=pl.lit(None, INSTANT),
            reporters=pl.lit(1, pl.Int64),
            is_pending=pl.lit(value=False),
        )
        .select(*EPISODE)
        .sort("finding_id")
    )
    bulk.insert(Episode, frame)


def rederive(finding_ids: Iterable[int], looks: Looks | None = None) -> Told:
    """Derive the episodes of these findings again, and write what differs.

    Returns what each of ``looks`` made known; nothing without them.
    """
    told: Told = []
    for chunk in bulk.chunks(sorted(finding_ids)):
        told += _rederive_chunk(chunk, looks)
    return told


def pending_in(scope_ids: Sequence[int]) -> list[int]:
    """Findings still in doubt that some scan of these scopes showed."""
    query = (
        f"SELECT DISTINCT e.finding_id FROM {bulk.table_of(Episode)} e"
        f" JOIN {bulk.table_of(Sighting)} s ON s.finding_id = e.finding_id"
        " WHERE e.is_pending AND s.scope_id IN ({ids})"
    )
    return bulk.read_where(query, scope_ids, {"finding_id": pl.Int64})["finding_id"].to_list()


def findings_in(scope_ids: Sequence[int]) -> list[int]:
    """Every finding that some scan of these scopes ever showed."""
    query = (
        f"SELECT DISTINCT finding_id FROM {bulk.table_of(Sighting)} WHERE scope_id IN ({{ids}})"
    )
    return bulk.read_where(query, scope_ids, {"finding_id": pl.Int64})["finding_id"].to_list()


def shared_findings_in(scope_ids: Sequence[int]) -> list[int]:
    """Of these the ones that another scope showed too."""
    table = bulk.table_of(Sighting)
    query = (
        f"SELECT DISTINCT s.finding_id FROM {table} s WHERE s.scope_id IN ({{ids}}) AND EXISTS"
        f" (SELECT 1 FROM {table} o"
        " WHERE o.finding_id = s.finding_id AND o.scope_id <> s.scope_id)"
    )
    return bulk.read_where(query, scope_ids, {"finding_id": pl.Int64})["finding_id"].to_list()


def _rederive_chunk(finding_ids: Sequence[int], looks: Looks | None) -> Told:
    sightings = _sightings(finding_ids)
    scopes = scans_of.timelines({seen.scope_id for rows in sightings.values() for seen in rows})
    derived = {key: episodes.derive(seen, scopes) for key, seen in sightings.items()}
    stored = _stored(finding_ids)
    told = _told(sightings, derived, stored, looks, scopes=scopes) if looks else []
    rows = [
        (finding_id, number, *(getattr(episode, name) for name in _OF_EPISODE))
        for finding_id, found in derived.items()
        for number, episode in enumerate(found, 1)
    ]
    _write(bulk.frame(rows, EPISODE), stored)
    return told


def _told(
    sightings: Mapping[int, Sequence[episodes.Seen]],
    derived: Mapping[int, Sequence[episodes.Episode]],
    stored: pl.DataFrame,
    looks: Looks,
    *,
    scopes: Mapping[int, episodes.ScopeScans],
) -> Told:
    moments = history.Moments(scopes=scopes, looks=looks.by_place, stale=looks.stale)
    before = _before(stored)
    nothing = history.Stored()
    return [
        (event, finding_id, look)
        for finding_id, seen in sightings.items()
        for event, look in history.events(
            seen, derived[finding_id], before.get(finding_id, nothing), moments
        )
    ]


def _before(stored: pl.DataFrame) -> dict[int, history.Stored]:
    """The stored episodes of each finding, as ``history`` wants them."""
    rows = (
        stored.sort("finding_id", "number")
        .group_by("finding_id", maintain_order=True)
        .agg(pl.col("closed_at").is_not_null().alias("over"), pl.col("is_pending").any())
    )
    return {
        finding_id: history.Stored(are_over=tuple(over), is_pending=is_pending)
        for finding_id, over, is_pending in rows.iter_rows()
    }


def _sightings(finding_ids: Sequence[int]) -> dict[int, list[episodes.Seen]]:
    frame = bulk.read_where(
        f"SELECT {', '.join(_SIGHTING)} FROM {bulk.table_of(Sighting)}"
        " WHERE finding_id IN ({ids})",
        finding_ids,
        _SIGHTING,
    ).sort("finding_id", "first_at")
    found: dict[int, list[episodes.Seen]] = {}
    for finding_id, scope_id, first, last, severity, state, *rest in frame.iter_rows():
        found.setdefault(finding_id, []).append(
            episodes.Seen(
                scope_id=scope_id,
                first_at=first,
                last_at=last,
                severity=severity,
                state=FindingState(state),
                is_fixable=rest[0],
                found_at=rest[1],
                ended_at=rest[2],
                fix_available_on=rest[3],
                is_exploited=rest[4],
                owner=rest[5],
                version=rest[6],
                fixed_version=rest[7],
            )
        )
    return found


def _stored(finding_ids: Sequence[int]) -> pl.DataFrame:
    return bulk.read_where(
        f"SELECT id, {', '.join(EPISODE)} FROM {bulk.table_of(Episode)}"
        " WHERE finding_id IN ({ids})",
        finding_ids,
        {"id": pl.Int64, **EPISODE},
    )


def _write(derived: pl.DataFrame, stored: pl.DataFrame) -> None:
    on = list(EPISODE)
    stale = stored.join(derived, on=on, how="anti", nulls_equal=True)
    fresh = derived.join(stored, on=on, how="anti", nulls_equal=True)
    place = ["finding_id", "number"]
    changed = fresh.join(stale.select("id", *place), on=place)
    bulk.update(Episode, changed.select("id", *_OF_EPISODE))
    bulk.insert(Episode, fresh.join(stale, on=place, how="anti").sort(place))
    bulk.delete(Episode, "id", stale.join(fresh, on=place, how="anti")["id"].to_list())
