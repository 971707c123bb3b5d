"""Patches, states of patching and installed versions, each with the machine they speak of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl

from protem.formats.records import Agent, Asset, AssetKind
from protem.formats.records import Patch as PatchRecord
from protem.formats.records import PatchState as StateRecord
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.models import AssetRecord, PatchEvent, Role
from protem.ledger.reconcile import events
from protem.ledger.reconcile.places import Look, Placed
from protem.ledger.reconcile.presences import silence_of
from protem.ledger.reconcile.runs import INSTALLED_VERSIONS, PATCH_STATES
from protem.ledger.reconcile.tally import Tally
from protem.ledger.record_ids import HOSTS, record_id_of

_PATCH: dict[str, Any] = {
    "patch": pl.String,
    "version": pl.String,
    "installed_at": INSTANT,
    "released_on": pl.Date,
    "is_release_inferred": pl.Boolean,
    "is_automatic": pl.Boolean,
    "is_reboot_pending": pl.Boolean,
}
CLOUD, SERIAL = "cloud", "serial"
"""The source names of machines that are spoken of by their cloud id or serial alone."""


def store_patches(patches: events.Delivered[PatchRecord]) -> None:
    """Store patch events; the records of their machines must be there."""
    values = events.reader_of(PatchEvent, _PATCH)
    rows = [
        (run_id, known_at, machine_id(patch), *values(patch))
        for run_id, known_at, patch in patches
    ]
    bulk.insert(PatchEvent, bulk.frame(rows, {**events.RUN, "record_id": pl.Int64, **_PATCH}))


def store_states(stated: Iterable[tuple[int, Look, StateRecord]], placed: Placed) -> Tally:
    """Write what these exports change in the states of patching.

    Args:
        stated: each state with the look that tells it, and that look's number.
        placed: where the looks that could tell one stand among their scopes' scans.
    """
    pairs = list(stated)
    rows = [
        (
            number,
            look.scope_id,
            look.at,
            machine_id(state),
            state.condition.value,
            state.missing,
            silence_of(state.seen_at, look.at),
        )
        for number, look, state in pairs
    ]
    seen = bulk.frame(rows, PATCH_STATES.seen).unique(
        ["look", "record_id"], keep="first", maintain_order=True
    )
    before = PATCH_STATES.insert(seen, placed)
    _store_versions(
        (
            (number, look, machine_id(state), state.os_family, state.os_version)
            for number, look, state in pairs
            if state.os_family and state.os_version
        ),
        placed,
    )
    return _tally(before, seen, placed)


def store_versions(machines: Iterable[tuple[int, Look, Asset | Agent]], placed: Placed) -> None:
    """Write what these exports change in the versions installed."""
    assets = [(number, look, m) for number, look, m in machines if isinstance(m, Asset)]
    _store_versions(
        (
            (number, look, record_id_of(asset.source, asset.external_id), product, version)
            for number, look, asset in assets
            for product, version in _versions(asset)
        ),
        placed,
    )


def _store_versions(
    versions: Iterable[tuple[int, Look, int, str, str]], placed: Placed
) -> None:
    """Rows of look, record, product and version; of two versions the higher text counts."""
    rows = [
        (number, look.scope_id, look.at, record_id, name[:200], text[:200])
        for number, look, record_id, name, text in versions
    ]
    seen = bulk.frame(rows, INSTALLED_VERSIONS.seen).sort("version")
    one_each = seen.unique(["look", "record_id", "product"], keep="last", maintain_order=True)
    INSTALLED_VERSIONS.insert(one_each, placed)


def _versions(asset: Asset) -> Iterable[tuple[str, str]]:
    if asset.os_family and asset.os_version:
        yield asset.os_family, asset.os_version
    yield from asset.software


def machine_id(one: PatchRecord | StateRecord) -> int:
    return record_id_of(*_key(one))


def _key(one: PatchRecord | StateRecord) -> tuple[str, str]:
    if one.cloud_id:
        return CLOUD, f"{CLOUD}:{one.cloud_id}"
    if serial := _serial(one):
        return SERIAL, f"{SERIAL}:{serial}"
    return HOSTS, f"{HOSTS}:{one.hostname.lower()}"


def machine_of(one: PatchRecord | StateRecord, at: datetime) -> AssetRecord:
    """The record of the machine that a patch or a state speaks of."""
    source, external_id = _key(one)
    return AssetRecord(
        id=machine_id(one),
        source=source,
        external_id=external_id[:300],
        role=Role.TARGET,
        kind=AssetKind.OTHER.value,
        name=(one.hostname or one.cloud_id or _serial(one))[:300],
        hostname=one.hostname[:300] if source == HOSTS else "",
        serial=_serial(one)[:200],
        cloud_id=(one.cloud_id or "")[:200],
        os_family=one.os_family or "",
        described_at=at,
    )


def _serial(one: PatchRecord | StateRecord) -> str:
    return one.serial or "" if isinstance(one, StateRecord) else ""


def _tally(current: pl.DataFrame, seen: pl.DataFrame, placed: Placed) -> Tally:
    """What the exports say that the ones before them did not, by look."""
    said = [*PATCH_STATES.keys]
    before = placed.before(current, seen, said)
    on = ["look", *said]
    tally = Tally()
    fresh = seen.join(before, on=on, how="anti", nulls_equal=True)
    same = seen.join(before, on=on, how="semi", nulls_equal=True)
    tally.add("new", fresh["look"].to_list())
    tally.add("unchanged", same["look"].to_list())
    return tally
