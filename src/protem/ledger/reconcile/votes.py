"""Scopes that new looks give or take their say on findings.

A reporter that stopped looking while others of the same thing go on has no vote, see
``episodes``. Who that is can change without any sighting being another: by a look of its own,
or of the others.
"""

import polars as pl

from protem.ledger import bulk
from protem.ledger.episodes import STALE_WINDOW
from protem.ledger.facts import INSTANT
from protem.ledger.models import Scan, Scope
from protem.ledger.reconcile.places import Placed, timelines

_NEWEST = {"record_id": pl.Int64, "scope_id": pl.Int64, "newest": INSTANT}
_PATIENCE = {"scope_id": pl.Int64, "stale_after": pl.Duration("us")}


def changed_votes(placed: Placed) -> list[int]:
    """The scopes that have a say now and may have had none before these looks, or inversely."""
    newest = pl.col("newest")
    pairs = _pairs(placed)
    looked = pairs.filter("is_ours", pl.col("newest_other") - pl.col("before") > STALE_WINDOW)
    behind = pairs.filter(
        ~pl.col("is_ours"),
        pl.col("is_ours_other"),
        pl.col("newest_other") - newest > STALE_WINDOW,
    )
    patience = pl.col("stale_after")
    had_lost = (pl.col("before_other") - newest > patience).fill_null(value=False)
    left_behind = behind.join(_patience(behind["scope_id"]), on="scope_id").filter(
        ~had_lost, pl.col("newest_other") - newest > patience
    )
    return sorted({*looked["scope_id"], *left_behind["scope_id"]})


def _pairs(placed: Placed) -> pl.DataFrame:
    """Every two scopes of the things looked at: when each was last looked at, before and now.

    ``before`` is null where it never had been; ``is_ours`` says that these looks were at it.
    """
    known = pl.col("at").filter(~pl.col("is_new"))
    ours = placed.line.group_by("scope_id").agg(was=known.max())
    scopes = _newest_beside(ours["scope_id"]).join(
        ours.with_columns(is_ours=pl.lit(value=True)), on="scope_id", how="left"
    )
    scopes = scopes.with_columns(
        pl.col("is_ours").fill_null(value=False),
        before=pl.when("is_ours").then("was").otherwise("newest"),
    ).drop("was")
    both = scopes.join(scopes, on="record_id", suffix="_other")
    return both.filter(pl.col("scope_id") != pl.col("scope_id_other"))


def _newest_beside(scope_ids: pl.Series) -> pl.DataFrame:
    """When all scopes of the things that these look at were last looked at."""
    scopes, scans = bulk.table_of(Scope), bulk.table_of(Scan)
    found = bulk.read_where(
        f"SELECT DISTINCT record_id FROM {scopes} WHERE record_id IS NOT NULL"
        " AND id IN ({ids})",
        sorted(scope_ids),
        {"record_id": pl.Int64},
    )
    return bulk.read_where(
        f"SELECT c.record_id, c.id, MAX(s.at) FROM {scopes} c JOIN {scans} s"
        " ON s.scope_id = c.id WHERE c.record_id IN ({ids}) GROUP BY c.record_id, c.id",
        sorted(set(found["record_id"])),
        _NEWEST,
    )


def _patience(scope_ids: pl.Series) -> pl.DataFrame:
    """After how long each of these scopes is left behind."""
    lines = timelines(sorted(set(scope_ids)))
    rows = [(scope_id, line.stale_after) for scope_id, line in lines.items()]
    return bulk.frame(rows, _PATIENCE)
