"""Keeping episodes in step with sightings: derive again what an import touched."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from protem.formats.records import FindingState, Severity
from protem.ledger import bulk, episodes
from protem.ledger.facts import INSTANT
from protem.ledger.models import Episode, Sighting
from protem.ledger.reconcile import places as scans_of

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
    "severity": pl.Int64,
    "state": pl.String,
    "is_fixable": pl.Boolean,
    "found_at": INSTANT,
    "ended_at": INSTANT,
    "fix_available_on": pl.Date,
    "is_exploited": pl.Boolean,
    "owner": pl.String,
    "version": pl.String,
    "fixed_version": pl.String,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How the derived episodes differ from those before: the findings concerned."""

    new: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    """Those that were open and now are not."""
    reopened: tuple[int, ...] = ()


def store_simple(rows: pl.DataFrame, places: pl.DataFrame) -> None:
    """Episodes of findings with one open sighting that reaches to the newest scan."""
    own_date = pl.col("found_at").is_not_null()
    opened_at = pl.min_horizontal("found_at", "first_at")
    could_see = pl.when(pl.col("is_fixable")).then(pl.col("before_at").is_not_null())
    frame = (
        rows.join(places, on="scope_id")
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


def rederive(
    finding_ids: Sequence[int], *, pending_in: Sequence[int] = (), all_of: Sequence[int] = ()
) -> Outcome:
    """Derive the episodes of these findings again, and write what differs.

    Args:
        finding_ids: findings whose sightings changed.
        pending_in: scopes of which all findings still in doubt are looked at again.
        all_of: scopes of which every finding is looked at again.
    """
    ids = sorted({*finding_ids, *_pending(pending_in), *findings_in(all_of)})
    outcome = Outcome()
    for chunk in bulk.chunks(ids):
        outcome = _sum(outcome, _rederive_chunk(chunk))
    return outcome


def _pending(scope_ids: Sequence[int]) -> list[int]:
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


def _rederive_chunk(finding_ids: Sequence[int]) -> Outcome:
    sightings = _sightings(finding_ids)
    scope_ids = sorted({seen.scope_id for rows in sightings.values() for seen in rows})
    scopes = scans_of.timelines(scope_ids)
    rows = [
        (finding_id, number, *(getattr(episode, name) for name in _OF_EPISODE))
        for finding_id, seen in sightings.items()
        for number, episode in enumerate(episodes.derive(seen, scopes), 1)
    ]
    derived = bulk.frame(rows, EPISODE)
    stored = _stored(finding_ids)
    _write(derived, stored)
    return _difference(stored, derived)


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


def _difference(stored: pl.DataFrame, derived: pl.DataFrame) -> Outcome:
    place = ["finding_id", "number"]
    is_over = pl.col("closed_at").is_not_null()
    added = derived.join(stored, on=place, how="anti")
    was_open = stored.filter(~is_over).select(place)
    newly_closed = derived.filter(is_over).join(was_open, on=place, how="semi")
    first = pl.col("number") == 1
    flapped = derived.filter(~is_over).join(
        stored.filter(is_over).select(place), on=place, how="semi"
    )
    again = pl.concat([added.filter(~first)["finding_id"], flapped["finding_id"]]).unique()
    return Outcome(
        new=tuple(added.filter(first)["finding_id"].to_list()),
        closed=tuple(newly_closed["finding_id"].to_list()),
        reopened=tuple(again.to_list()),
    )


def _sum(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(
        new=one.new + other.new,
        closed=one.closed + other.closed,
        reopened=one.reopened + other.reopened,
    )
