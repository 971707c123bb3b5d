"""What an asset is, told by all of its records: the best describer of each attribute wins."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from protem.formats.records import AssetKind
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.keys import key_of
from protem.ledger.models import Asset, Role

ATTRIBUTES: dict[str, Any] = {
    "kind": pl.String,
    "name": pl.String,
    "os_family": pl.String,
    "stated_owner": pl.String,
    "stated_group": pl.String,
    "tags": pl.String,
    "is_company_owned": pl.Boolean,
    "is_ephemeral": pl.Boolean,
    "template": pl.String,
    "created_at": INSTANT,
}
_ROLES = (Role.INVENTORY.value, Role.AGENT.value, Role.TARGET.value)
"""Who describes best: inventories, then agents, then scanners; of each, who lives longest,
then the newest installation. Which export came last does not matter, or names would flap."""
_CHUNK = 500


def assets_of(groups: Iterable[Sequence[int]], records: pl.DataFrame) -> pl.DataFrame:
    """Which asset each record is of: ``record_id`` and ``asset_id``.

    An asset's id is made of its first record's name, so it is the same in whatever order
    files arrive.
    """
    names = dict(
        zip(records["id"], records["source"] + "\x1f" + records["external_id"], strict=True)
    )
    rows: list[tuple[int, int]] = []
    for group in groups:
        asset_id = key_of("asset", min(names[key] for key in group))
        rows.extend((key, asset_id) for key in group)
    return bulk.frame(rows, {"record_id": pl.Int64, "asset_id": pl.Int64})


def described(members: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """One row an asset: ``id`` and ``ATTRIBUTES``."""
    rank = pl.col("role").replace_strict(
        {role: place for place, role in enumerate(_ROLES)}, return_dtype=pl.Int8
    )
    best = {"rank": False, "active_to": True, "active_from": True, "source": False}
    own = (
        members.join(records.drop("asset_id"), left_on="record_id", right_on="id")
        .with_columns(rank=rank)
        .sort(
            ["asset_id", *best, "record_id"],
            descending=[False, *best.values(), False],
            nulls_last=True,
        )
    )
    told = own.group_by("asset_id", maintain_order=True).agg(
        _first("kind", but=AssetKind.OTHER.value).fill_null(AssetKind.OTHER.value),
        _first("name"),
        _first("os_family"),
        _first("owner").alias("stated_owner"),
        _first("group").alias("stated_group"),
        pl.col("is_company_owned").drop_nulls().first(),
        pl.col("is_ephemeral").any(),
        _first("template"),
        pl.col("created_at").min(),
    )
    return (
        told.join(_tags(own), on="asset_id", how="left")
        .with_columns(pl.col("tags").fill_null("[]"))
        .with_columns(pl.col(pl.String).fill_null(""))
        .select(pl.col("asset_id").alias("id"), *ATTRIBUTES)
    )


def store(assets: pl.DataFrame) -> None:
    """Make the stored assets these: add, change and delete what differs."""
    columns = ["id", *ATTRIBUTES]
    schema = {"id": pl.Int64} | ATTRIBUTES
    quoted = ", ".join(f'"{name}"' for name in columns)
    known = bulk.read(f"SELECT {quoted} FROM {bulk.table_of(Asset)}", schema)
    new = assets.join(known, on="id", how="anti")
    same = assets.join(known, on=columns, how="semi", nulls_equal=True)
    changed = assets.join(new, on="id", how="anti").join(same, on="id", how="anti")
    bulk.insert(Asset, _with_defaults(new))
    bulk.update(Asset, changed)


def remove_others(assets: pl.DataFrame) -> None:
    """Delete the stored assets that are none of these; no record may be of them any more."""
    stored = bulk.read(f"SELECT id FROM {bulk.table_of(Asset)}", {"id": pl.Int64})
    gone = stored.join(assets, on="id", how="anti")["id"].to_list()
    for start in range(0, len(gone), _CHUNK):
        Asset.objects.filter(id__in=gone[start : start + _CHUNK]).delete()


def _first(name: str, *, but: str = "") -> pl.Expr:
    column = pl.col(name)
    return column.filter(column.is_not_null() & (column != but)).first()


def _tags(own: pl.DataFrame) -> pl.DataFrame:
    """The tags of all records of an asset, each once and sorted, as JSON."""
    words = (
        own.select("asset_id", pl.col("tags").str.json_decode(pl.List(pl.String)))
        .explode("tags")
        .drop_nulls()
        .unique()
        .sort("asset_id", "tags")
        .group_by("asset_id", maintain_order=True)
        .agg("tags")
    )
    texts = [json.dumps(tags) for tags in words["tags"].to_list()]
    return words.select("asset_id").with_columns(tags=pl.Series(texts, dtype=pl.String))


def _with_defaults(assets: pl.DataFrame) -> pl.DataFrame:
    """With the columns that others fill later, as a new asset starts with them."""
    fields = {str(f.column): f for f in Asset._meta.concrete_fields}  # noqa: SLF001
    return assets.with_columns(
        pl.lit(field.get_default()).alias(column)
        for column, field in fields.items()
        if column not in assets.columns
    )
