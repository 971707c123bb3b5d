"""Runs of scans: a lossless, compact record of which scan showed what.

A *run* says that every scan of its scope from ``first_at`` to ``last_at`` showed the same
key; ``last_at`` is null while the newest scan of the scope shows it. The runs of a scope are
a function of the *set* of its scans: ``insert`` and ``remove`` give the same runs in
whatever order they are called (the tests compare with working them out from scratch).

Frames hold one row a run: ``id``, ``scope_id``, the key columns, ``first_at``, ``last_at``.
A *place* frame holds one row a scope: ``scope_id``, ``at`` (the scan concerned), ``before_at``
and ``after_at`` (the scans next to it, null where there is none).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What to write: rows to add (no ``id``), rows to set by ``id``, ids to delete."""

    added: pl.DataFrame
    moved: pl.DataFrame
    deleted: pl.Series


def insert(
    runs: pl.DataFrame, seen: pl.DataFrame, places: pl.DataFrame, keys: Sequence[str]
) -> Changes:
    """What a scan of each scope in ``places`` changes, having shown the rows of ``seen``.

    Args:
        runs: the runs of these scopes that reach the place: all with ``last_at`` null or not
            before ``before_at``, and ``first_at`` not after ``after_at``.
        seen: one row a key that the scan shows: ``scope_id`` and the key columns.
        places: where the scan stands among its scope's scans.
        keys: the names of the key columns.
    """
    on = ["scope_id", *keys]
    lazy, seen_, at = runs.lazy(), seen.lazy(), places.lazy()
    marked = lazy.join(at, on="scope_id").join(
        seen_.select(on).with_columns(is_seen=pl.lit(value=True)),
        on=on,
        how="left",
        nulls_equal=True,
    )
    is_seen = pl.col("is_seen").fill_null(value=False)
    covers = (pl.col("first_at") < pl.col("at")) & (
        pl.col("last_at").is_null() | (pl.col("last_at") > pl.col("at"))
    )
    open_end = pl.col("last_at").is_null() & pl.col("after_at").is_null()
    cut = marked.filter(covers & ~is_seen)
    tails = cut.filter(~open_end).with_columns(first_at=pl.col("after_at"))
    touching = marked.filter(~covers & is_seen)
    left = touching.filter(pl.col("last_at") == pl.col("before_at"))
    right = touching.filter(pl.col("first_at") == pl.col("after_at"))
    joined = left.join(
        right.select(*on, right_id="id", right_last="last_at", has_right=pl.lit(value=True)),
        on=on,
        how="left",
        nulls_equal=True,
    )
    grown = joined.with_columns(
        last_at=pl.when(pl.col("has_right")).then(pl.col("right_last")).otherwise(pl.col("at"))
    )
    early = right.join(left.select(on), on=on, how="anti", nulls_equal=True).with_columns(
        first_at=pl.col("at")
    )
    known = pl.concat(
        [marked.filter(covers & is_seen).select(on), left.select(on), right.select(on)]
    )
    fresh = (
        seen_.join(known, on=on, how="anti", nulls_equal=True)
        .join(at, on="scope_id")
        .with_columns(
            first_at=pl.col("at"),
            last_at=pl.when(pl.col("after_at").is_not_null()).then(pl.col("at")),
        )
    )
    row = [*on, "first_at", "last_at"]
    span = ["id", "first_at", "last_at"]
    added = pl.concat([fresh.select(row), tails.select(row)])
    ended = cut.with_columns(last_at=pl.col("before_at")).select(span)
    moved = pl.concat([ended, grown.select(span), early.select(span)])
    deleted = joined.select("right_id").drop_nulls()
    frames = pl.collect_all([added, moved, deleted])
    return Changes(added=frames[0], moved=frames[1], deleted=frames[2]["right_id"])


def remove(runs: pl.DataFrame, places: pl.DataFrame, keys: Sequence[str]) -> Changes:
    """What taking the scan of each scope in ``places`` out again changes.

    ``runs`` are chosen as for ``insert``.
    """
    on = ["scope_id", *keys]
    marked = runs.join(places, on="scope_id")
    is_newest = pl.col("after_at").is_null()
    starts = pl.col("first_at") == pl.col("at")
    ends = (
        pl.when(pl.col("last_at").is_null())
        .then(is_newest)
        .otherwise(pl.col("last_at") == pl.col("at"))
    )
    gone = marked.filter(starts & ends)
    kept = marked.filter(~(starts & ends)).with_columns(
        first_at=pl.when(starts).then(pl.col("after_at")).otherwise(pl.col("first_at")),
        last_at=pl.when(is_newest & (ends | (pl.col("last_at") == pl.col("before_at"))))
        .then(None)
        .when(ends)
        .then(pl.col("before_at"))
        .otherwise(pl.col("last_at")),
    )
    left = kept.filter(~is_newest & (pl.col("last_at") == pl.col("before_at")))
    right = kept.filter(pl.col("first_at") == pl.col("after_at"))
    merged = left.join(
        right.select(*on, right_id="id", right_last="last_at"), on=on, nulls_equal=True
    )
    absorbed = merged["right_id"]
    after = kept.join(
        merged.select("id", merged_last="right_last", is_merged=pl.lit(value=True)),
        on="id",
        how="left",
    ).with_columns(
        last_at=pl.when(pl.col("is_merged"))
        .then(pl.col("merged_last"))
        .otherwise(pl.col("last_at"))
    )
    span = ["id", "first_at", "last_at"]
    changed = (
        after.filter(~pl.col("id").is_in(absorbed.implode()))
        .select(span)
        .join(runs.select(span), on=span, how="anti", nulls_equal=True)
    )
    return Changes(
        added=runs.select(*on, "first_at", "last_at").clear(),
        moved=changed,
        deleted=pl.concat([gone["id"], absorbed]),
    )
