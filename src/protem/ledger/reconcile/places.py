"""Scopes and scans: where a new look stands among the earlier ones, and what it proves."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
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
    "look": pl.Int64,
    "scope_id": pl.Int64,
    "at": INSTANT,
    "before_at": INSTANT,
    "after_at": INSTANT,
    "has_full_proof": pl.Boolean,
    "was_stale": pl.Boolean,
}
LINE = {"scope_id": pl.Int64, "at": INSTANT, "is_new": pl.Boolean}

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


_STORED = {
    "scope_id": pl.Int64,
    "at": INSTANT,
    "run_id": pl.Int64,
    "count": pl.Int64,
    "is_complete": pl.Boolean,
    "proves_absence": pl.Boolean,
    "has_scope_evidence": pl.Boolean,
    "shows_unfixed": pl.Boolean,
    "problem": pl.String,
    "database_built_at": INSTANT,
    "covered_from": INSTANT,
    "is_confirmed": pl.Boolean,
    "is_trusted": pl.Boolean,
    "doubt": pl.String,
    "asks_for_confirmation": pl.Boolean,
}
UNNAMED = "the file does not say what was scanned (give it with --target)"
_AT = itemgetter("at")
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where new looks stand among the scans of their scopes."""

    looks: pl.DataFrame
    """One row a look, of ``PLACES``; ``look`` is its place in the list that was stored."""
    line: pl.DataFrame
    """One row a scan of these scopes, old and new, of ``LINE``."""

    def of(self, looks: Sequence[int]) -> "Placed":
        """Only these looks, and the scans of their scopes."""
        ours = self.looks.filter(pl.col("look").is_in(looks))
        return Placed(looks=ours, line=self.line.join(ours, on="scope_id", how="semi"))

    def before(
        self, current: pl.DataFrame, seen: pl.DataFrame, columns: Sequence[str]
    ) -> pl.DataFrame:
        """What each look had before it: shown by the look before, else ``current`` till now.

        One row a look and what was shown, with ``look`` and ``columns``.
        """
        order = self.looks.sort("scope_id", "at").with_columns(
            previous=pl.col("look").shift().over("scope_id")
        )
        first = order.filter(pl.col("previous").is_null()).select("scope_id", "look")
        later = order.filter(pl.col("previous").is_not_null()).select("look", "previous")
        known = current.join(first, on="scope_id").select("look", *columns)
        shown = later.join(seen, left_on="previous", right_on="look").select("look", *columns)
        return pl.concat([known, shown]).unique()

    @property
    def late_scope_ids(self) -> list[int]:
        """Scopes of which a later scan was known before."""
        late = self.looks.join(
            self.line.filter(~pl.col("is_new")).group_by("scope_id").agg(last=pl.max("at")),
            on="scope_id",
        ).filter(pl.col("at") < pl.col("last"))
        return late["scope_id"].unique().to_list()


def instant_of(as_of: datetime, identity: str) -> datetime:
    """``as_of`` to the second, with the content's hash as microseconds.

    Two reports of the same second keep one order, whichever is imported first.
    """
    return as_of.replace(microsecond=0) + timedelta(microseconds=int(identity[:8], 16) % 10**6)


def scope_id_of(scan: ScanRecord) -> int:
    return key_of("scope", scan.tool, scan.target, scan.settings)


def newest_of(scope_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these scopes was last looked at, of those that ever were."""
    newest = bulk.read_where(
        f"SELECT scope_id, MAX(at) FROM {bulk.table_of(Scan)} WHERE scope_id IN ({{ids}})"
        " GROUP BY scope_id",
        sorted(scope_ids),
        {"scope_id": pl.Int64, "at": INSTANT},
    )
    return dict(newest.iter_rows())


def store_scans(looks: Sequence[Look]) -> Placed:
    """Store scopes and scans of these imports, judge them, and say where each one stands."""
    scopes: dict[int, Look] = {}
    since: dict[int, datetime] = {}
    for look in looks:
        scopes[look.scope_id] = look
        since[look.scope_id] = min(look.at, since.get(look.scope_id, look.at))
    Scope.objects.bulk_create(
        [
            Scope(
                id=look.scope_id,
                tool=look.scan.tool,
                target=look.scan.target,
                settings=look.scan.settings,
                record_id=look.record_id,
            )
            for look in scopes.values()
        ],
        ignore_conflicts=True,
    )
    bulk.insert(Scan, bulk.frame([_stored(look) for look in looks], _STORED))
    scans = load_scans(list(scopes))
    rejudge(scans, since=since)
    return _placed(scans, looks)


def load_scans(scope_ids: Iterable[int]) -> Scans:
    """Every scan of these scopes, oldest first within each."""
    columns = ", ".join(f"s.{name}" for name in _SCANS if name != "tool")
    frame = bulk.read_where(
        f"SELECT {columns}, c.tool FROM {bulk.table_of(Scan)} s"
        f" JOIN {bulk.table_of(Scope)} c ON c.id = s.scope_id WHERE s.scope_id IN ({{ids}})",
        sorted(scope_ids),
        _SCANS,
    ).sort("scope_id", "at")
    scans: Scans = {}
    for row in frame.iter_rows(named=True):
        scans.setdefault(row["scope_id"], []).append(row)
    return scans


def rejudge(scans: Scans, *, since: Mapping[int, datetime] | None = None) -> None:
    """Judge the scans of these scopes anew, in place; store what changed.

    What is older than ``since`` of a scope is as it was.
    """
    changed = []
    for scope_id, rows in scans.items():
        begin = bisect_left(rows, since[scope_id], key=_AT) if since else 0
        trusted = (row["count"] for row in reversed(rows[:begin]) if row["is_trusted"])
        later = rows[begin:]
        judged = trust.judge(map(_look_of, later), next(trusted, None))
        for row, verdict in zip(later, judged, strict=True):
            new = (verdict.is_trusted, verdict.doubt, verdict.asks_for_confirmation)
            if new != (row["is_trusted"], row["doubt"], row["asks_for_confirmation"]):
                row["is_trusted"], row["doubt"], row["asks_for_confirmation"] = new
                changed.append((row["id"], *new))
    schema = {name: _SCANS[name] for name in _JUDGED}
    bulk.update(Scan, bulk.frame(changed, schema))


def timelines(scope_ids: Iterable[int]) -> dict[int, ScopeScans]:
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
    index = bisect_left(ats, at)
    return (
        ats[index - 1] if index else None,
        ats[index + 1] if index + 1 < len(ats) else None,
    )


def _placed(scans: Scans, looks: Sequence[Look]) -> Placed:
    new = {(look.scope_id, look.at) for look in looks}
    lines = {scope_id: timeline_of(rows) for scope_id, rows in scans.items()}
    line = [
        (scope_id, at, (scope_id, at) in new)
        for scope_id, scans_of_it in lines.items()
        for at in scans_of_it.ats
    ]
    places = [_place(number, look, lines[look.scope_id]) for number, look in enumerate(looks)]
    return Placed(looks=bulk.frame(places, PLACES), line=bulk.frame(line, LINE))


def _place(number: int, look: Look, line: ScopeScans) -> tuple[object, ...]:
    before, after = neighbours(line.ats, look.at)
    return (
        number,
        look.scope_id,
        look.at,
        before,
        after,
        bool(line.full_proofs) and line.full_proofs[0] < look.at,
        before is not None and look.at - before > STALE_WINDOW,
    )


def _stored(look: Look) -> tuple[object, ...]:
    """The look as a row of ``_STORED``, not judged yet."""
    scan = look.scan
    return (
        look.scope_id,
        look.at,
        look.run.pk,
        look.count,
        scan.is_complete,
        scan.proves_absence and scan.is_target_known,
        scan.has_scope_evidence,
        scan.shows_unfixed,
        (scan.problem or ("" if scan.is_target_known else UNNAMED))[:200],
        scan.database_built_at,
        scan.covered_from,
        False,
        False,
        "",
        False,
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
