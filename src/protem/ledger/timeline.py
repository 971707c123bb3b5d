"""Runs of scans: a lossless, compact record of which scan showed what.

A *run* says that every scan of its scope from ``first_at`` to ``last_at`` showed the same
key; ``last_at`` is null while the newest scan of the scope shows it. The runs of a scope are
a function of the *set* of its scans: ``insert`` and ``remove`` give the same runs in
whatever order they are called (the tests compare with working them out from scratch).

Frames hold one row a run: ``id``, ``scope_id``, the key columns, ``first_at``, ``last_at``.
For ``remove``, a *place* frame holds one row a scope: ``scope_id``, ``at`` (the scan
concerned), ``before_at`` and ``after_at`` (the scans next to it, null where there is none).
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
    runs: pl.DataFrame, seen: pl.DataFrame, scans: pl.DataFrame, keys: Sequence[str]
) -> Changes:
    """What new scans change, having shown the rows of ``seen``: any number of each scope.

    Args:
        runs: the runs of these scopes that reach the new scans: all with ``last_at`` null,
            and every one where a new scan is not the newest of its scope.
        seen: one row a key and new scan that shows it: ``scope_id``, ``at``, the key columns.
        scans: one row a scan of these scopes, old and new: ``scope_id``, ``at``, ``is_new``.
        keys: the names of the key columns.
    """
    on = ["scope_id", *keys]
    line = scans.sort("scope_id", "at").with_columns(
        number=pl.int_range(pl.len()).over("scope_id"),
    )
    place = line.select("scope_id", "at", "number")
    shown = seen.join(place, on=["scope_id", "at"]).select(
        *on, id=pl.lit(None, pl.Int64), begin="number", end="number"
    )
    pieces = _cut(_numbered(runs, line), line).select(*on, "id", "begin", "end")
    return _compared(runs, _joined(pl.concat([pieces, shown]), on), line, on)


def _numbered(runs: pl.DataFrame, line: pl.DataFrame) -> pl.DataFrame:
    """The runs by the numbers of their first and last scans, instead of by instants."""
    was_newest = (
        line.filter(~pl.col("is_new")).group_by("scope_id").agg(was_newest=pl.max("number"))
    )
    first = line.select("scope_id", first_at="at", begin="number")
    last = line.select("scope_id", last_at="at", end="number")
    return (
        runs.join(first, on=["scope_id", "first_at"])
        .join(last, on=["scope_id", "last_at"], how="left")
        .join(was_newest, on="scope_id")
        .with_columns(pl.col("end").fill_null(pl.col("was_newest")))
    )


def _cut(runs: pl.DataFrame, line: pl.DataFrame) -> pl.DataFrame:
    """The runs without the new scans that lie within them; the first piece keeps the id."""
    new = line.filter("is_new").select("scope_id", cut="number")
    within = runs.join(new, on="scope_id").filter(
        (pl.col("begin") < pl.col("cut")) & (pl.col("cut") < pl.col("end"))
    )
    if within.is_empty():
        return runs
    later = within.with_columns(
        run=pl.col("id"), id=pl.lit(None, pl.Int64), begin=pl.col("cut") + 1
    )
    next_begin = pl.col("begin").shift(-1).over("run", order_by="begin")
    return (
        pl.concat([runs.with_columns(run=pl.col("id")), later.select(*runs.columns, "run")])
        .with_columns(end=pl.coalesce(next_begin - 2, pl.col("end")))
        .filter(pl.col("begin") <= pl.col("end"))
    )


def _joined(spans: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Spans of one key that follow on one another as one: its first id, ``begin``, ``end``."""
    is_other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in on)
    is_apart = pl.col("begin") > pl.col("end").shift() + 1
    return (
        spans.sort([*on, "begin"], nulls_last=False)
        .with_columns(group=(is_other | is_apart.fill_null(value=True)).cum_sum())
        .group_by("group", maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in on),
            pl.col("id").drop_nulls().first(),
            pl.col("begin").first(),
            pl.col("end").last(),
        )
    )


def _compared(
    runs: pl.DataFrame, joined: pl.DataFrame, line: pl.DataFrame, on: Sequence[str]
) -> Changes:
    """How the runs as they should be differ from those stored."""
    at = line.select("scope_id", "at", "number")
    newest = line.group_by("scope_id").agg(newest=pl.max("number"))
    now = (
        joined.join(at.rename({"at": "first_at", "number": "begin"}), on=["scope_id", "begin"])
        .join(at.rename({"at": "last_at", "number": "end"}), on=["scope_id", "end"])
        .join(newest, on="scope_id")
        .with_columns(last_at=pl.when(pl.col("end") < pl.col("newest")).then(pl.col("last_at")))
    )
    kept = now.filter(pl.col("id").is_not_null())
    before = runs.select("id", was_first="first_at", was_last="last_at")
    is_moved = pl.col("first_at").ne_missing(pl.col("was_first")) | pl.col(
        "last_at"
    ).ne_missing(pl.col("was_last"))
    return Changes(
        added=now.filter(pl.col("id").is_null()).select(*on, "first_at", "last_at"),
        moved=kept.join(before, on="id").filter(is_moved).select("id", "first_at", "last_at"),
        deleted=runs.join(kept, on="id", how="anti")["id"],
    )


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
