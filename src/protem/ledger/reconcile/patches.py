"""Patches, states of patching and installed versions, each with the machine they speak of."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from protem.formats.records import Agent, Asset, AssetKind
from protem.formats.records import Patch as PatchRecord
from protem.formats.records import PatchState as StateRecord
from protem.ledger import bulk
from protem.ledger.models import AssetRecord, PatchEvent, Role
from protem.ledger.reconcile.places import Look
from protem.ledger.reconcile.presences import record_id_of, silence_of, store_records
from protem.ledger.reconcile.runs import INSTALLED_VERSIONS, PATCH_STATES
from protem.ledger.reconcile.tally import Tally
from protem.sources.models import ImportRun

_BATCH = 1_000
HOSTS = "host"
"""The source name of hosts that scanners and logs speak of by name alone."""
CLOUD = "cloud"
"""The source name of machines that are spoken of by their cloud id alone."""


def store_patches(run: ImportRun, patches: Sequence[PatchRecord], known_at: datetime) -> None:
    """Store patch events, with a record of each machine they speak of."""
    store_records(_machines(patches, known_at))
    PatchEvent.objects.bulk_create(
        (
            PatchEvent(
                run=run,
                known_at=known_at,
                record_id=machine_id(patch),
                patch=patch.patch[:200],
                version=patch.version[:200],
                installed_at=patch.installed_at,
                released_on=patch.released_on,
                is_release_inferred=patch.is_release_inferred,
                is_automatic=patch.is_automatic,
                is_reboot_pending=patch.is_reboot_pending,
            )
            for patch in patches
        ),
        batch_size=_BATCH,
    )


def store_states(stated: Iterable[tuple[Look, StateRecord]], placed: pl.DataFrame) -> Tally:
    """Write what these exports change in the states of patching.

    Args:
        stated: each state with the look that tells it.
        placed: where the looks that could tell one stand among their scopes' scans.
    """
    pairs = list(stated)
    by_moment: dict[datetime, list[StateRecord]] = {}
    for look, state in pairs:
        by_moment.setdefault(look.at, []).append(state)
    for moment, states in by_moment.items():
        store_records(_machines(states, moment))
    rows = [
        (
            look.scope_id,
            machine_id(state),
            state.condition.value,
            state.missing,
            silence_of(state.seen_at, look.at),
        )
        for look, state in pairs
    ]
    seen = bulk.frame(rows, PATCH_STATES.seen).unique(
        ["scope_id", "record_id"], keep="first", maintain_order=True
    )
    before = PATCH_STATES.insert(seen, placed)
    _store_versions(
        (
            (look.scope_id, machine_id(state), state.os_family, state.os_version)
            for look, state in pairs
            if state.os_family and state.os_version
        ),
        placed,
    )
    return _tally(before, seen)


def store_versions(
    machines: Iterable[tuple[int, datetime, Asset | Agent]], placed: pl.DataFrame
) -> None:
    """Write what these exports change in the versions installed."""
    assets = [(scope, m) for scope, _at, m in machines if isinstance(m, Asset)]
    _store_versions(
        (
            (scope_id, record_id_of(asset.source, asset.external_id), product, version)
            for scope_id, asset in assets
            for product, version in _versions(asset)
        ),
        placed,
    )


def _store_versions(
    versions: Iterable[tuple[int, int, str, str]], placed: pl.DataFrame
) -> None:
    """Rows of scope, record, product and version; of two versions the higher text counts."""
    rows = [(scope, record, name[:200], text[:200]) for scope, record, name, text in versions]
    seen = bulk.frame(rows, INSTALLED_VERSIONS.seen).sort("version")
    one_each = seen.unique(
        ["scope_id", "record_id", "product"], keep="last", maintain_order=True
    )
    INSTALLED_VERSIONS.insert(one_each, placed)


def _versions(asset: Asset) -> Iterable[tuple[str, str]]:
    if asset.os_family and asset.os_version:
        yield asset.os_family, asset.os_version
    yield from asset.software


def _machines(
    told: Iterable[PatchRecord | StateRecord], at: datetime
) -> dict[int, AssetRecord]:
    """The records of the machines that patches or states speak of, by id."""
    records: dict[int, AssetRecord] = {}
    for one in told:
        records.setdefault(machine_id(one), _record(one, at))
    return records


def machine_id(one: PatchRecord | StateRecord) -> int:
    return record_id_of(*_key(one))


def _key(one: PatchRecord | StateRecord) -> tuple[str, str]:
    if one.cloud_id:
        return CLOUD, f"{CLOUD}:{one.cloud_id}"
    return HOSTS, f"{HOSTS}:{one.hostname.lower()}"


def _record(one: PatchRecord | StateRecord, at: datetime) -> AssetRecord:
    source, external_id = _key(one)
    return AssetRecord(
        id=machine_id(one),
        source=source,
        external_id=external_id[:300],
        role=Role.TARGET,
        kind=AssetKind.OTHER.value,
        name=(one.hostname or one.cloud_id or "")[:300],
        hostname="" if one.cloud_id else one.hostname[:300],
        cloud_id=(one.cloud_id or "")[:200],
        os_family=one.os_family or "",
        described_at=at,
    )


def _tally(before: pl.DataFrame, seen: pl.DataFrame) -> Tally:
    """What the exports say that the ones before them did not, by scope."""
    on = [*PATCH_STATES.seen]
    known = before.select(on)
    tally = Tally()
    fresh = seen.join(known, on=on, how="anti", nulls_equal=True)
    same = seen.join(known, on=on, how="semi", nulls_equal=True)
    tally.add("new", fresh["scope_id"].to_list())
    tally.add("unchanged", same["scope_id"].to_list())
    return tally
