"""Scopes and scans: where a new look stands among the earlier ones, and what it proves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import polars as pl

from protem.formats.records import Scan as ScanRecord
from protem.ledger import bulk, trust
from protem.ledger.episodes import STALE_WINDOW, ScopeScans
from protem.ledger.facts import INSTANT
from protem.ledger.keys import key_of
from protem.ledger.models import Scan, Scope
from protem.sources.models import ImportRun

PLACES = {
    "scope_id": pl.Int64,
    "at": INSTANT,
    "before_at": INSTANT,
    "after_at": INSTANT,
    "has_full_proof": pl.Boolean,
    "was_stale": pl.Boolean,
}

_SCANS = {
    "id": pl.Int64,
    "scope_id": pl.Int64,
    "at": INSTANT,
    "count": pl.Int64,
    "is_complete": pl.Boolean,
    "proves_absence": pl.Boolean,
    "has_scope_evidence": pl.Boolean,
    "shows_unfixed": pl.Boolean,
    "is_confirmed": pl.Boolean,
    "is_trusted": pl.Boolean,
    "problem": pl.String,
    "database_built_at": INSTANT,
    "doubt": pl.String,
    "asks_for_confirmation": pl.Boolean,
    "tool": pl.String,
}


_JUDGED = ("id", "is_trusted", "doubt", "asks_for_confirmation")
Scans: TypeAlias = dict[int, list[dict[str, Any]]]
"""The scans of some scopes by scope, oldest first, as rows of ``_SCANS``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One scan of these imports, with the ids it is stored under."""

    run: ImportRun
    scan: ScanRecord
    scope_id: int
    record_id: int | None
    at: datetime
    count: int


def instant_of(as_of: datetime, content_hash: str) -> datetime:
    """``as_of`` to the second, with the content's hash as microseconds.

    Two reports of the same second keep one order, whichever is imported first.
    """
    return as_of.replace(microsecond=0) + timedelta(
        microseconds=int(content_hash[:8], 16) % 10**6
    )


def scope_id_of(scan: ScanRecord) -> int:
    return key_of("scope", scan.tool, scan.target, scan.settings)


def store_scans(looks: Sequence[Look]) -> pl.DataFrame:
    """Store scopes and scans of these imports, judge them, and say where each one stands.

    Returns a frame of ``PLACES``.
    """
    Scope.objects.bulk_create(
        [
            Scope(
                id=look.scope_id,
                tool=look.scan.tool,
                target=look.scan.target,
                settings=look.scan.settings,
                record_id=look.record_id,
            )
            for look in looks
        ],
        ignore_conflicts=True,
    )
    Scan.objects.bulk_create([_stored(look) for look in looks])
    scans = load_scans([look.scope_id for look in looks])
    rejudge(scans)
    return _places(scans, {look.scope_id: look.at for look in looks})


def load_scans(scope_ids: Sequence[int]) -> Scans:
    """Every scan of these scopes, oldest first within each."""
    columns = ", ".join(f"s.{name}" for name in _SCANS if name != "tool")
    frame = bulk.read_where(
        f"SELECT {columns}, c.tool FROM {bulk.table_of(Scan)} s"
        f" JOIN {bulk.table_of(Scope)} c ON c.id = s.scope_id WHERE s.scope_id IN ({{ids}})",
        scope_ids,
        _SCANS,
    ).sort("scope_id", "at")
    scans: Scans = {}
    for row in frame.iter_rows(named=True):
        scans.setdefault(row["scope_id"], []).append(row)
    return scans


def rejudge(scans: Scans) -> None:
    """Judge all scans of these scopes anew, in place; store what changed."""
    changed = []
    for rows in scans.values():
        for row, verdict in zip(rows, trust.judge(map(_look_of, rows)), strict=True):
            new = (verdict.is_trusted, verdict.doubt, verdict.asks_for_confirmation)
            if new != (row["is_trusted"], row["doubt"], row["asks_for_confirmation"]):
                row["is_trusted"], row["doubt"], row["asks_for_confirmation"] = new
                changed.append((row["id"], *new))
    schema = {name: _SCANS[name] for name in _JUDGED}
    bulk.update(Scan, bulk.frame(changed, schema))


def timelines(scope_ids: Sequence[int]) -> dict[int, ScopeScans]:
    """What episodes are derived against, by scope."""
    return {scope_id: timeline_of(rows) for scope_id, rows in load_scans(scope_ids).items()}


def timeline_of(rows: Sequence[Mapping[str, Any]]) -> ScopeScans:
    """The same for the scans of one scope, already loaded."""
    proofs = [row for row in rows if row["is_trusted"]]
    return ScopeScans(
        tool=rows[0]["tool"],
        ats=[row["at"] for row in rows],
        proofs=[row["at"] for row in proofs],
        full_proofs=[row["at"] for row in proofs if row["shows_unfixed"]],
    )


def neighbours(
    ats: Sequence[datetime], at: datetime
) -> tuple[datetime | None, datetime | None]:
    """The scans before and after ``at`` in a sorted list that contains it."""
    index = ats.index(at)
    return (
        ats[index - 1] if index else None,
        ats[index + 1] if index + 1 < len(ats) else None,
    )


def _places(scans: Scans, at: Mapping[int, datetime]) -> pl.DataFrame:
    rows = []
    for scope_id, found in scans.items():
        line, here = timeline_of(found), at[scope_id]
        before, after = neighbours(line.ats, here)
        rows.append(
            (
                scope_id,
                here,
                before,
                after,
                bool(line.full_proofs) and line.full_proofs[0] < here,
                before is not None and here - before > STALE_WINDOW,
            )
        )
    return bulk.frame(rows, PLACES)


def _stored(look: Look) -> Scan:
    scan = look.scan
    return Scan(
        scope_id=look.scope_id,
        at=look.at,
        run=look.run,
        count=look.count,
        is_complete=scan.is_complete,
        proves_absence=scan.proves_absence,
        has_scope_evidence=scan.has_scope_evidence,
        shows_unfixed=scan.shows_unfixed,
        problem=scan.problem[:200],
        database_built_at=scan.database_built_at,
        covered_from=scan.covered_from,
        is_trusted=False,
    )


def _look_of(row: Mapping[str, Any]) -> trust.Look:
    names = (
        "at",
        "count",
        "is_complete",
        "proves_absence",
        "has_scope_evidence",
        "is_confirmed",
        "problem",
        "database_built_at",
    )
    return trust.Look(**{name: row[name] for name in names})
