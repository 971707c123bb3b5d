"""All sources' records, resolved into assets: a function of the set of records and of pins."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import polars as pl

from protem.ledger import bulk
from protem.ledger.merges.models import MergeDoubt, Pin, PinKind, RecordMerge, Resolved
from protem.ledger.models import AssetRecord
from protem.ledger.reconcile import descriptions
from protem.ledger.reconcile.identities import digest_of, identities, load_records
from protem.stats.resolve import Resolution, resolve

LONGEST = 300
_MERGES: dict[str, Any] = {
    "left_id": pl.Int64,
    "right_id": pl.Int64,
    "rule": pl.String,
    "evidence": pl.String,
}
_DOUBTS = _MERGES | {"because": pl.String}

Pair: TypeAlias = tuple[int, int]
PinRow: TypeAlias = tuple[str, str, str, list[list[str]]]
"""Kind, source, external id, and the others likewise."""


def resolve_assets() -> bool:
    """Assign every record to its asset; False when nothing it depends on has changed."""
    records, pins = load_records(), _pins()
    digest = digest_of(records, pins)
    kept = Resolved.objects.first() or Resolved()
    if kept.digest == digest and not records["asset_id"].null_count():
        return False
    joined, split = (_pairs(pins, kind, records) for kind in (PinKind.JOINED, PinKind.SPLIT))
    machines = records.filter("is_machine")
    resolution = resolve(identities(machines), joined=joined, split=split)
    alone = [(key,) for key in records.filter(~pl.col("is_machine"))["id"]]
    members = descriptions.assets_of([*resolution.groups, *alone], records)
    assets = descriptions.described(members, records)
    descriptions.store(assets)
    _link(members, resolution, records)
    descriptions.remove_others(assets)
    _store_reasons(resolution)
    kept.digest = digest
    kept.save()
    return True


def _pins() -> list[PinRow]:
    """The pins in force, oldest first."""
    rows = Pin.objects.filter(undone_at=None).order_by("id")
    return list(rows.values_list("kind", "source", "external_id", "others"))


def _pairs(pins: Iterable[PinRow], kind: PinKind, records: pl.DataFrame) -> list[Pair]:
    """The pins of one kind by id; what they name that is not there is left out."""
    told = [
        ((source, external_id), (other[0], other[1]))
        for each, source, external_id, others in pins
        if each == kind
        for other in others
    ]
    if not told:
        return []
    names = zip(records["source"], records["external_id"], strict=True)
    ids = dict(zip(names, records["id"], strict=True))
    pairs = [(ids.get(one), ids.get(other)) for one, other in told]
    return [(one, other) for one, other in pairs if one is not None and other is not None]


def _link(members: pl.DataFrame, resolution: Resolution, records: pl.DataFrame) -> None:
    """Tell each record its asset, and whether a newer one of its source lives."""
    older = pl.Series(list(resolution.superseded), dtype=pl.Int64)
    linked = members.select(
        pl.col("record_id").alias("id"),
        "asset_id",
        is_superseded=pl.col("record_id").is_in(older.implode()),
    )
    known = records.select(linked.columns)
    changed = linked.join(known, on=linked.columns, how="anti", nulls_equal=True)
    bulk.update(AssetRecord, changed)


def _store_reasons(resolution: Resolution) -> None:
    merges = [
        (merge.left, merge.right, merge.rule.label, merge.evidence[:LONGEST])
        for merge in resolution.merges
    ]
    doubts = [
        (one.left, one.right, one.rule.label, one.evidence[:LONGEST], one.vetoed_by[:LONGEST])
        for one in resolution.conflicts
    ]
    _replace(RecordMerge, bulk.frame(merges, _MERGES))
    _replace(MergeDoubt, bulk.frame(doubts, _DOUBTS))


def _replace(model: type[RecordMerge | MergeDoubt], rows: pl.DataFrame) -> None:
    """Make the stored rows these, touching only what differs."""
    schema = {"id": pl.Int64} | dict(rows.schema)
    columns: Sequence[str] = rows.columns
    known = bulk.read(f"SELECT {', '.join(schema)} FROM {bulk.table_of(model)}", schema)
    gone = known.join(rows, on=columns, how="anti")
    bulk.delete(model, "id", gone["id"].to_list())
    bulk.insert(model, rows.unique(maintain_order=True).join(known, on=columns, how="anti"))
