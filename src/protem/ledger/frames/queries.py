"""The frames that measures look at, read from the tables: only the rows and columns needed."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.db import models

from protem.formats.format import FORMATS
from protem.formats.records import Severity
from protem.ledger import bulk
from protem.ledger.catalogues import with_exploited
from protem.ledger.facts import (
    ASSETS,
    EPISODES,
    INSTANT,
    PATCH_STATES,
    PATCHES,
    PRESENCES,
    RECORDS,
    SCANS,
    VERSIONS,
    Facts,
)
from protem.ledger.models import (
    Asset,
    AssetRecord,
    Episode,
    Finding,
    InstalledVersion,
    PatchState,
    Presence,
    Scope,
    Sighting,
)
from protem.ledger.packed.queries import OF_SCOPE, patch_rows, scan_rows
from protem.ledger.queries import exploited

_OF_FINDING = ("record_id", "vulnerability", "component", "location", "title", "found_by")
_OF_ASSET = ("asset_id", "asset_name", "asset_kind", "asset_group")
_LABELLED = {**ASSETS, "is_owner_ruled": pl.Boolean}
_DECIDED = ("exploited_at", "known_at", "superseded_at")
"""Columns of ``EPISODES`` that decisions fill."""


def load_facts() -> Facts:
    """The ledger as frames; decisions, certificates and targets are added by others."""
    records, labelled = _read(AssetRecord, RECORDS), _read(Asset, _LABELLED)
    return Facts(
        episodes=_episodes(records, labelled),
        scans=_scans(),
        records=records,
        presences=_read(Presence, PRESENCES),
        patches=_with_asset(patch_rows(), PATCHES, records),
        patch_states=_with_asset(_stored(PatchState, PATCH_STATES), PATCH_STATES, records),
        versions=_with_asset(_stored(InstalledVersion, VERSIONS), VERSIONS, records),
        assets=labelled.select(*ASSETS),
    )


def load_open(least: Severity) -> pl.DataFrame:
    """The episodes of findings that are open at this severity or a graver one."""
    records, labelled = _read(AssetRecord, RECORDS), _read(Asset, _LABELLED)
    wanted = (
        f"SELECT finding_id FROM {bulk.table_of(Episode)}"
        f" WHERE closed_at IS NULL AND severity >= {int(least)}"
    )
    return _episodes(records, labelled, wanted=wanted)


def _read(model: type[models.Model], schema: dict[str, Any]) -> pl.DataFrame:
    """All of a table; its own id is the column of ``schema`` named after it."""
    own = {Asset: "asset_id", AssetRecord: "record_id", Scope: "scope_id"}.get(model)
    columns = ", ".join("id" if name == own else f'"{name}"' for name in schema)
    return bulk.read(f"SELECT {columns} FROM {bulk.table_of(model)}", schema)


def _with_asset(
    rows: pl.DataFrame, schema: dict[str, Any], records: pl.DataFrame
) -> pl.DataFrame:
    """Rows about records, with the asset of each."""
    assets = records.select("record_id", "asset_id")
    return rows.join(assets, on="record_id").select(*schema)


def _stored(model: type[models.Model], schema: dict[str, Any]) -> pl.DataFrame:
    return _read(model, {name: kind for name, kind in schema.items() if name != "asset_id"})


def _episodes(records: pl.DataFrame, assets: pl.DataFrame, *, wanted: str = "") -> pl.DataFrame:
    """Those of findings that are critical at some time or exploited, with all about them.

    ``wanted`` is a query for the ids of other findings instead.
    """
    catalogue = exploited()
    wanted = wanted or _wanted(catalogue["vulnerability"])
    others = {"scope_ids", *_OF_ASSET, *_DECIDED}
    stored = {name: kind for name, kind in EPISODES.items() if name not in others}
    columns = ", ".join(f"{'f' if name in _OF_FINDING else 'e'}.{name}" for name in stored)
    frame = bulk.read(
        f"SELECT {columns} FROM {bulk.table_of(Episode)} e"
        f" JOIN {bulk.table_of(Finding)} f ON f.id = e.finding_id"
        f" WHERE e.finding_id IN ({wanted})",
        stored,
    )
    whole = (
        frame.join(_named(records, assets), on="record_id", how="left")
        .join(_reporters(wanted), on="finding_id", how="left")
        .with_columns(pl.lit(None, INSTANT).alias(name) for name in _DECIDED)
        .with_columns(owner=pl.coalesce(_ruled_owner(), _stated("owner"), "asset_owner"))
        .select(*EPISODES)
    )
    return with_exploited(whole, catalogue)


def _wanted(listed: Iterable[str]) -> str:
    """The query for the findings any metric looks at."""
    query = (
        f"SELECT finding_id FROM {bulk.table_of(Episode)}"
        " WHERE critical_at IS NOT NULL OR is_exploited"
    )
    names = bulk.texts_of(listed)
    if not names:
        return query
    return (
        f"{query} UNION"
        f" SELECT id FROM {bulk.table_of(Finding)} WHERE vulnerability IN ({names})"
    )


def _named(records: pl.DataFrame, assets: pl.DataFrame) -> pl.DataFrame:
    """Each record's asset with its name, kind, group and owner; its own where it has none."""
    return records.join(assets, on="asset_id", how="left", suffix="_of_asset").select(
        "record_id",
        "asset_id",
        "is_owner_ruled",
        asset_name=pl.coalesce("name_of_asset", "name"),
        asset_kind=pl.coalesce("kind_of_asset", "kind"),
        asset_group=pl.coalesce(_stated("group_of_asset"), "group"),
        asset_owner=pl.coalesce("owner_of_asset", "owner"),
    )


def _ruled_owner() -> pl.Expr:
    """The asset's owner where a rule gave it: it outranks what a scanner says."""
    return pl.when("is_owner_ruled").then("asset_owner")


def _stated(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(name)


def _reporters(wanted: str) -> pl.DataFrame:
    """The scopes that ever showed each of those findings."""
    pairs = bulk.read(
        f"SELECT DISTINCT finding_id, scope_id FROM {bulk.table_of(Sighting)}"
        f" WHERE finding_id IN ({wanted})",
        {"finding_id": pl.Int64, "scope_id": pl.Int64},
    )
    return pairs.group_by("finding_id").agg(scope_ids=pl.col("scope_id"))


def _scans() -> pl.DataFrame:
    """Every look, by scope and time; what is said of a scope is read once for each."""
    of_scope = {"scope_id": pl.Int64, **{name: SCANS[name] for name in OF_SCOPE}}
    proofs = {form.name: str(form.patch_proof) for form in FORMATS if form.patch_proof}
    proof = pl.col("tool").replace_strict(proofs, default=None, return_dtype=pl.String)
    scopes = _read(Scope, of_scope).with_columns(patch_proof=proof)
    looks, scopes = scan_rows(), scopes.sort("scope_id")
    place = scopes["scope_id"].search_sorted(looks["scope_id"])
    return looks.hstack(scopes[place].drop("scope_id")).select(*SCANS)
