"""Group, criticality, owner and exposure of every asset, by the rules as they stand."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from django.db.models import Q

from protem.ledger import bulk
from protem.ledger.labels.models import AssetRule
from protem.ledger.models import Asset, AssetRecord
from protem.ledger.rulebook import from_row
from protem.ledger.rules import WORDS, Criticality, Label, Labelled, On, Rule, apply

_LABELS = {
    "id": pl.Int64,
    "group": pl.String,
    "criticality": pl.String,
    "owner": pl.String,
    "is_internet_exposed": pl.Boolean,
    "is_owner_ruled": pl.Boolean,
}
_STATED = {"stated_group": pl.String, "stated_owner": pl.String}
_CODE_KINDS = ("repository", "image")


def label_assets() -> int:
    """Label every asset anew; returns how many were labelled otherwise before."""
    rows = _current_rows()
    rules, known = [from_row(row) for row in rows], _assets()
    words = words_of(known["id"].to_list()) if rules else pl.DataFrame(schema=WORDS)
    found = apply(rules, known["id"], words)
    changed = _changed(labels_under(rules, known, found), known)
    bulk.update(Asset, changed)
    _keep_effects(rows, found)
    return changed.height


def current_rules() -> list[Rule]:
    """The rules in force, in order."""
    return [from_row(row) for row in _current_rows()]


def rules_as_of(version: int) -> list[AssetRule]:
    """The stored rules of a version, in order: begun by it, and not ended by it."""
    lived = Q(since__lte=version) & (Q(until=None) | Q(until__gt=version))
    return list(AssetRule.objects.filter(lived).order_by("position", "id"))


def preview(rules: Sequence[Rule]) -> tuple[Labelled, int]:
    """What these rules would match, and how many assets they would label otherwise."""
    known = _assets()
    found = apply(rules, known["id"], words_of(known["id"].to_list()))
    return found, _changed(labels_under(rules, known, found), known).height


def labels_under(rules: Sequence[Rule], assets: pl.DataFrame, found: Labelled) -> pl.DataFrame:
    """The labels of these assets, one row each; what no rule decides is as the sources say."""
    known = assets.sort("id")
    ruled = {
        label: [rules[place].sets()[label] if place >= 0 else None for place in column.tolist()]
        for label, column in found.decided_by.items()
    }
    by_owner = found.decided_by[Label.OWNER] >= 0
    return known.select(
        "id",
        group=_or(ruled[Label.GROUP], pl.col("stated_group")),
        criticality=_or(ruled[Label.CRITICALITY], pl.lit(Criticality.NORMAL.value)),
        owner=_or(ruled[Label.OWNER], pl.col("stated_owner")),
        is_internet_exposed=pl.Series(ruled[Label.EXPOSED], dtype=pl.Boolean),
        is_owner_ruled=pl.Series(by_owner, dtype=pl.Boolean),
    )


def words_of(ids: Sequence[int]) -> pl.DataFrame:
    """What conditions look at: every value that each of these assets has."""
    return pl.concat([_asset_words(ids), _record_words(ids)]).unique()


def memberships() -> pl.DataFrame:
    """One row a record with the labels of its asset, to tell who moved between cuts."""
    schema = {
        "record_id": pl.Int64,
        "group": pl.String,
        "criticality": pl.String,
        "owner": pl.String,
        "kind": pl.String,
    }
    return bulk.read(
        'SELECT r.id, a."group", a.criticality, a.owner, a.kind'
        f" FROM {bulk.table_of(AssetRecord)} r"
        f" JOIN {bulk.table_of(Asset)} a ON a.id = r.asset_id",
        schema,
    )


def _current_rows() -> list[AssetRule]:
    return list(AssetRule.objects.filter(until=None).order_by("position", "id"))


def _keep_effects(rows: Sequence[AssetRule], found: Labelled) -> None:
    """Note with each rule what it does, so that their page need not work it out."""
    moved = []
    for place, row in enumerate(rows):
        effect = found.effect_of(place)
        if (row.matches, row.decides) != effect:
            row.matches, row.decides = effect
            moved.append(row)
    AssetRule.objects.bulk_update(moved, ["matches", "decides"], batch_size=100)


def _changed(labels: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The labels that differ from those stored."""
    on = list(_LABELS)
    return labels.join(known.select(on), on=on, how="anti", nulls_equal=True)


def _or(values: list[Any], otherwise: pl.Expr) -> pl.Expr:
    return pl.coalesce(pl.lit(pl.Series(values, dtype=pl.String)), otherwise)


def _assets() -> pl.DataFrame:
    schema = _LABELS | _STATED
    columns = ", ".join(f'"{name}"' for name in schema)
    return bulk.read(f"SELECT {columns} FROM {bulk.table_of(Asset)}", schema)


def _asset_words(ids: Sequence[int]) -> pl.DataFrame:
    schema = {
        "asset_id": pl.Int64,
        On.NAME.value: pl.String,
        On.KIND.value: pl.String,
        On.SYSTEM.value: pl.String,
        On.TAG.value: pl.String,
    }
    rows = bulk.read_where(
        f"SELECT id, name, kind, os_family, tags FROM {bulk.table_of(Asset)}"
        " WHERE id IN ({ids})",
        ids,
        schema,
    )
    single = _long(rows, [On.NAME, On.KIND, On.SYSTEM])
    tags = rows.select(
        "asset_id", pl.col(On.TAG.value).str.json_decode(pl.List(pl.String)).alias("value")
    ).explode("value")
    return pl.concat([single, _named(tags, On.TAG)])


def _record_words(ids: Sequence[int]) -> pl.DataFrame:
    schema = {
        "asset_id": pl.Int64,
        On.SOURCE.value: pl.String,
        On.NAME.value: pl.String,
        On.HOSTNAME.value: pl.String,
        "external_id": pl.String,
        "kind": pl.String,
    }
    rows = bulk.read_where(
        "SELECT asset_id, source, name, hostname, external_id, kind"
        f" FROM {bulk.table_of(AssetRecord)} WHERE asset_id IN ({{ids}})",
        ids,
        schema,
    )
    short = rows.select("asset_id", value=pl.col("hostname").str.split(".").list.first())
    code = rows.filter(pl.col("kind").is_in(_CODE_KINDS))
    path = pl.col("external_id").str.replace("^(?:repository|image):", "")
    return pl.concat(
        [
            _long(rows, [On.SOURCE, On.NAME, On.HOSTNAME]),
            _named(short, On.HOSTNAME),
            _named(code.select("asset_id", value=path), On.REPOSITORY),
            _named(code.select("asset_id", value="name"), On.REPOSITORY),
        ]
    )


def _long(rows: pl.DataFrame, columns: Sequence[On]) -> pl.DataFrame:
    return pl.concat([_named(rows.select("asset_id", value=on.value), on) for on in columns])


def _named(rows: pl.DataFrame, on: On) -> pl.DataFrame:
    """Rows of ``asset_id`` and ``value`` as words, without the empty ones."""
    filled = rows.filter(pl.col("value").is_not_null() & (pl.col("value") != ""))
    return filled.select("asset_id", pl.lit(on.value).alias("on"), "value")


def names_of(ids: Sequence[int]) -> list[str]:
    """The names of these assets, each once, in order."""
    rows = bulk.read_where(
        f"SELECT name FROM {bulk.table_of(Asset)} WHERE id IN ({{ids}})",
        sorted(set(ids)),
        {"name": pl.String},
    )
    return sorted(set(rows["name"]) - {""})
