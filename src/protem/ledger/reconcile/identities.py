"""Records as the resolver sees them: what they are called, and when they were alive."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import polars as pl

from protem.formats.records import AssetKind
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.models import AssetRecord, Presence, Scan, Scope
from protem.ledger.reconcile.presences import DESCRIPTION
from protem.stats.resolve import Identity

VERSION = "3"
"""Raised when the rules change, so that assets are resolved anew after an upgrade."""
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of what is alive as far as the newest export tells."""
STILL_THERE_DAYS = 7
LONGEST_BEHIND = timedelta(days=30)
"""A source whose newest export is older than the newest of all by more says nothing of now."""
FEWER = {2: 1, 7: 2, 14: 7, 30: 14, 90: 30, 999: 90}
"""The step below each step that contact ages are rounded up to."""

RECORDS: dict[str, Any] = {
    "id": pl.Int64,
    "source": pl.String,
    "external_id": pl.String,
    "role": pl.String,
    "asset_id": pl.Int64,
    **DESCRIPTION,
    "described_at": INSTANT,
    "is_superseded": pl.Boolean,
}
_SPANS = {"id": pl.Int64, "active_from": INSTANT, "active_to": INSTANT}
NOT_MACHINES = (AssetKind.REPOSITORY.value, AssetKind.IMAGE.value)
_WRITTEN = ("asset_id", "is_superseded", "described_at")
"""What the resolution itself sets, and a date that moves with every export."""


def load_records() -> pl.DataFrame:
    """Every record in order of id, with ``is_machine``, ``active_from`` and ``active_to``.

    The lives are those of machines; nobody asks for a repository's.
    """
    columns = ", ".join(f'"{name}"' for name in RECORDS)
    records = bulk.read(f"SELECT {columns} FROM {bulk.table_of(AssetRecord)}", RECORDS)
    records = records.with_columns(is_machine=~pl.col("kind").is_in(NOT_MACHINES))
    lives = _lives(records.filter("is_machine"))
    return records.join(lives, on="id", how="left").sort("id")


def digest_of(records: pl.DataFrame, pins: Sequence[object]) -> str:
    """A name for all that the resolution depends on."""
    rows = records.drop(_WRITTEN).hash_rows().to_numpy().tobytes()
    return blake2b(rows + f"{VERSION} {list(pins)!r}".encode(), digest_size=32).hexdigest()


def identities(machines: pl.DataFrame) -> Iterator[Identity]:
    """The records of machines, ready to be resolved."""
    macs = machines["macs"].str.json_decode(pl.List(pl.String))
    for row in machines.with_columns(macs=macs).iter_rows(named=True):
        yield Identity(
            key=row["id"],
            source=row["source"],
            cloud_id=row["cloud_id"] or None,
            serial=row["serial"] or None,
            device_id=_device_id(row["device_id"]),
            macs=tuple(row["macs"] or ()),
            hostname=row["hostname"] or None,
            os_family=row["os_family"] or None,
            active_from=row["active_from"],
            active_to=row["active_to"],
        )


def _device_id(text: str) -> str | None:
    """A directory's id, unless it says by a prefix that it is of another kind."""
    if not text:
        return None
    return text if ":" in text else f"directory:{text}"


def _lives(records: pl.DataFrame) -> pl.DataFrame:
    """First and last sign of life, as near as created dates, exports and scans tell."""
    signs = pl.concat([_present(), _scanned()])
    lives = signs.group_by("id").agg(pl.col("active_from").min(), pl.col("active_to").max())
    born = records.select("id", "created_at")
    start = pl.min_horizontal("active_from", "created_at")
    return lives.join(born, on="id").select(
        "id",
        active_from=pl.when(start <= pl.col("active_to")).then(start),
        active_to="active_to",
    )


def _present() -> pl.DataFrame:
    """Lives by the exports: a silent record was last alive before its silence began."""
    schema = {
        "id": pl.Int64,
        "silent_days": pl.Int64,
        "first_at": INSTANT,
        "latest_first_at": INSTANT,
        "last_at": INSTANT,
        "current_at": INSTANT,
    }
    rows = bulk.read(
        "SELECT p.record_id, p.silent_days, MIN(p.first_at), MAX(p.first_at),"
        " MAX(COALESCE(p.last_at, n.newest_at)),"
        " MAX(CASE WHEN p.last_at IS NULL THEN n.newest_at END)"
        f" FROM {bulk.table_of(Presence)} p JOIN ({_newest()}) n ON n.scope_id = p.scope_id"
        " GROUP BY p.record_id, p.silent_days",
        schema,
    )
    silence = pl.col("silent_days").fill_null(0)
    before = pl.duration(days=silence.replace_strict(FEWER, default=0))
    last = pl.when(silence <= 1).then("last_at").otherwise(pl.col("latest_first_at") - before)
    is_there = (silence <= STILL_THERE_DAYS) & _is_recent("current_at")
    return rows.select("id", active_from="first_at", active_to=_until(is_there, last))


def _scanned() -> pl.DataFrame:
    """Lives by scans of targets, logs aside: they are read whenever somebody likes."""
    rows = bulk.read(
        "SELECT c.record_id, MIN(n.oldest_at), MAX(n.newest_at)"
        f" FROM {bulk.table_of(Scope)} c JOIN ({_newest()}) n ON n.scope_id = c.id"
        " WHERE c.record_id IS NOT NULL AND c.target NOT LIKE 'log:%' GROUP BY c.record_id",
        _SPANS,
    )
    last = pl.col("active_to")
    return rows.with_columns(active_to=_until(_is_recent("active_to"), last))


def _is_recent(column: str) -> pl.Expr:
    return pl.col(column) >= pl.col(column).max() - LONGEST_BEHIND


def _until(is_there: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Without end while it is there, so that a day that changes nothing changes no life."""
    return pl.when(is_there).then(pl.lit(FOREVER, INSTANT)).otherwise(last)


def _newest() -> str:
    return (
        "SELECT scope_id, MAX(at) AS newest_at, MIN(at) AS oldest_at"
        f" FROM {bulk.table_of(Scan)} GROUP BY scope_id"
    )
