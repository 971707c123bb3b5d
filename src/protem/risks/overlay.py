"""Decisions laid over episodes: pure, and true for every moment one may look from.

An episode as scanners saw it becomes one or more rows. Risk accepted ends the row at the
decision and begins another on expiry. A false positive or duplicate leaves all history, but
only for those who look from after the decision: the row is *superseded* then by one that
says so. ``known_at`` and ``superseded_at`` bound the moments from which a row is seen.
"""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from protem.ledger.facts import INSTANT

DECISIONS: dict[str, Any] = {
    "decision_id": pl.Int64,
    "kind": pl.String,
    "finding_id": pl.Int64,
    "vulnerability": pl.String,
    "component": pl.String,
    "asset": pl.String,
    "asset_group": pl.String,
    "severity_at_most": pl.Int16,
    "from_at": INSTANT,
    "until_at": INSTANT,
}
"""One row a decision that was not undone. ``finding_id`` null: a rule, whose filled fields
('' and null are not) must all match. It holds from ``from_at`` to before ``until_at`` (null:
for good)."""

ACCEPTED = "accepted"
_RULE_FIELDS = {
    "vulnerability": "vulnerability",
    "component": "component",
    "asset": "asset_name",
    "asset_group": "asset_group",
}
"""A rule's fields with the columns of an episode that they are compared to."""
_FOR_GOOD = pl.lit(datetime(9999, 12, 31, tzinfo=UTC), INSTANT)
"""Easier to compare than null."""
_ROW, _WORD = "row", "kind"


def overlay(episodes: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The episodes as the decisions leave them, in the columns of ``EPISODES``.

    Args:
        episodes: As the ledger loads them, none of them superseded.
        decisions: A frame of ``DECISIONS``.
    """
    numbered = episodes.with_row_index(_ROW)
    matches = matching(numbered, decisions)
    if matches.is_empty():
        return episodes
    touched = numbered.join(matches.select(_ROW).unique(), on=_ROW, how="semi")
    rest = episodes.filter(~pl.int_range(pl.len()).is_in(touched[_ROW].implode()))
    is_accepted = pl.col(_WORD) == ACCEPTED
    split = _split_where_accepted(touched, _spans(matches.filter(is_accepted)))
    replaced = _replace_where_void(split, _spans(matches.filter(~is_accepted)))
    return pl.concat([rest, replaced.select(episodes.columns)])


def matching(numbered: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Which decision is about which episode: ``row``, ``decision_id``, kind, from, until.

    ``numbered`` are episodes with their ``row``. Every combination of filled rule fields is
    one join, so the cost does not grow with the number of rules.
    """
    single = decisions.filter(pl.col("finding_id").is_not_null())
    found = [_joined(numbered, single, {"finding_id": "finding_id"})]
    rules = decisions.filter(pl.col("finding_id").is_null()).with_columns(
        _is_filled(name).alias(f"has_{name}") for name in _RULE_FIELDS
    )
    has = [f"has_{name}" for name in _RULE_FIELDS]
    for key, group in rules.group_by(has):
        used = {
            n: c for (n, c), is_used in zip(_RULE_FIELDS.items(), key, strict=True) if is_used
        }
        found.append(_joined(numbered, group, used))
    return pl.concat(found)


def _joined(
    numbered: pl.DataFrame, decisions: pl.DataFrame, on: dict[str, str]
) -> pl.DataFrame:
    bounds = decisions.select(
        *on, "decision_id", _WORD, "from_at", "until_at", "severity_at_most"
    )
    rows = numbered.select(_ROW, "severity", *on.values())
    if not on:
        pairs = rows.join(bounds, how="cross")
    else:
        pairs = rows.join(bounds, left_on=list(on.values()), right_on=list(on), how="inner")
    is_mild = pl.col("severity") <= pl.col("severity_at_most").fill_null(pl.col("severity"))
    return pairs.filter(is_mild).select(_ROW, "decision_id", _WORD, "from_at", "until_at")


def _is_filled(name: str) -> pl.Expr:
    return pl.col(name).fill_null("") != ""


def _spans(matches: pl.DataFrame) -> pl.DataFrame:
    """Per row the times in which some decision holds, joined where they meet, in order.

    Where several overlap the kind of the earliest counts.
    """
    until = pl.col("until_at").fill_null(_FOR_GOOD)
    reach = pl.col("until_at").cum_max().shift(1).over(_ROW)
    return (
        matches.with_columns(until_at=until)
        .filter(pl.col("until_at") > pl.col("from_at"))
        .sort(_ROW, "from_at", "until_at", "decision_id")
        .with_columns(is_apart=(pl.col("from_at") > reach).fill_null(value=True))
        .with_columns(span=pl.col("is_apart").cum_sum().over(_ROW))
        .group_by(_ROW, "span", maintain_order=True)
        .agg(pl.col(_WORD).first(), pl.col("from_at").first(), pl.col("until_at").max())
        .drop("span")
    )


def _split_where_accepted(rows: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """End each row at its acceptance and begin it again on expiry, as often as need be.

    A close that a later scan proved to have come before the acceptance stands as a close.
    """
    closes = pl.col("closed_at").fill_null(_FOR_GOOD)
    held = spans.drop(_WORD).join(rows, on=_ROW)
    held = held.filter(pl.col("until_at") > pl.col("opened_at"), pl.col("from_at") < closes)
    if held.is_empty():
        return rows
    before = pl.col("until_at").shift(1).over(_ROW)
    accepted_at = pl.max_horizontal("from_at", "opened_at")
    ended = held.with_columns(
        starts_at=before.fill_null(pl.col("opened_at")),
        closed_at=accepted_at,
        first_absent_at=accepted_at,
        ending=pl.lit(ACCEPTED),
    )
    last = held.group_by(_ROW, maintain_order=True).last()
    again = last.filter(pl.col("until_at") < closes).with_columns(starts_at="until_at")
    untouched = rows.join(held.select(_ROW).unique(), on=_ROW, how="anti")
    columns = [*rows.columns, "starts_at"]
    pieces = pl.concat([ended.select(columns), again.select(columns)])
    return pl.concat([untouched, _begun_again(pieces).select(rows.columns)])


def _begun_again(pieces: pl.DataFrame) -> pl.DataFrame:
    """Each piece with its own start, and the part of the critical time that lies in it."""
    starts, ends = pl.col("starts_at"), pl.col("closed_at").fill_null(_FOR_GOOD)
    is_within = (pl.col("critical_at") < ends) & (
        pl.col("critical_until").fill_null(_FOR_GOOD) > starts
    )
    is_within |= (pl.col("critical_at") == starts) & (starts == ends)
    return pieces.with_columns(
        opened_at=starts,
        critical_at=pl.when(is_within).then(pl.max_horizontal("critical_at", "starts_at")),
        critical_until=pl.when(is_within).then("critical_until"),
    )


def _replace_where_void(rows: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """From each decision on every row of the finding reads as no finding at all."""
    held = spans.rename({_WORD: "void"}).join(rows, on=_ROW)
    held = held.filter(pl.col("until_at") > pl.col("opened_at"))
    if held.is_empty():
        return rows
    key = [_ROW, "opened_at"]
    until = pl.when(pl.col("until_at") < _FOR_GOOD).then("until_at")
    real = held.with_columns(
        known_at=pl.col("until_at").shift(1).over(key), superseded_at="from_at"
    ).filter(pl.col("superseded_at") > pl.col("opened_at"))
    void_at = pl.max_horizontal("from_at", "opened_at")
    void = held.with_columns(
        known_at=void_at,
        superseded_at=until,
        closed_at=void_at,
        first_absent_at=void_at,
        ending="void",
    )
    last = held.group_by(key, maintain_order=True).last()
    again = last.filter(until.is_not_null()).with_columns(known_at="until_at")
    untouched = rows.join(held.select(key).unique(), on=key, how="anti")
    return pl.concat([untouched, *(part.select(rows.columns) for part in (real, void, again))])
