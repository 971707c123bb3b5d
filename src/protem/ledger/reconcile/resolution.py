"""All sources' records of machines, resolved into assets; a function of the set of records."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from protem.formats.records import AssetKind
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.keys import key_of
from protem.ledger.models import Asset, AssetRecord, Presence, Role, Scan, Scope
from protem.stats.resolve import Identity, Resolution, resolve

NOT_MACHINES = (AssetKind.REPOSITORY.value, AssetKind.IMAGE.value)
_KIND_ORDER = (Role.INVENTORY.value, Role.AGENT.value, Role.TARGET.value)
_ATTRIBUTES = (
    "kind",
    "name",
    "os_family",
    "stated_owner",
    "stated_group",
    "tags",
    "is_company_owned",
    "is_ephemeral",
    "template",
    "created_at",
)


def resolve_assets() -> int:
    """Assign every record to its asset; returns how many assets there are."""
    records = {record.id: record for record in AssetRecord.objects.all()}
    machines = [record for record in records.values() if record.kind not in NOT_MACHINES]
    activity = _activity()
    resolution = resolve(_identity(record, activity.get(record.id)) for record in machines)
    alone = [(record.id,) for record in records.values() if record.kind in NOT_MACHINES]
    groups = [*resolution.groups, *alone]
    assets = [_asset_of([records[key] for key in group]) for group in groups]
    _store_assets(assets)
    owner = {
        key: asset.id for asset, group in zip(assets, groups, strict=True) for key in group
    }
    _link_records(records.values(), owner, resolution)
    Asset.objects.exclude(id__in=set(owner.values())).delete()
    return len(assets)


def _identity(record: AssetRecord, alive: tuple[datetime, datetime] | None) -> Identity:
    return Identity(
        key=record.id,
        source=record.source,
        cloud_id=record.cloud_id or None,
        serial=record.serial or None,
        device_id=f"directory:{record.device_id}" if record.device_id else None,
        macs=tuple(record.macs),
        hostname=record.hostname or None,
        os_family=record.os_family or None,
        active_from=alive[0] if alive else None,
        active_to=alive[1] if alive else None,
    )


def _activity() -> dict[int, tuple[datetime, datetime]]:
    """First and last sign of each record, from presences and from scans of targets."""
    newest = (
        f"SELECT scope_id, MAX(at) AS newest_at, MIN(at) AS oldest_at"
        f" FROM {bulk.table_of(Scan)} GROUP BY scope_id"
    )
    schema = {"record_id": pl.Int64, "first_at": INSTANT, "last_at": INSTANT}
    present = bulk.read(
        "SELECT p.record_id, MIN(p.first_at), MAX(COALESCE(p.last_at, n.newest_at))"
        f" FROM {bulk.table_of(Presence)} p JOIN ({newest}) n ON n.scope_id = p.scope_id"
        " WHERE p.silent_days IS NULL OR p.silent_days <= 30 GROUP BY p.record_id",
        schema,
    )
    scanned = bulk.read(
        "SELECT c.record_id, MIN(n.oldest_at), MAX(n.newest_at)"
        f" FROM {bulk.table_of(Scope)} c JOIN ({newest}) n ON n.scope_id = c.id"
        " WHERE c.record_id IS NOT NULL AND c.target NOT LIKE 'log:%' GROUP BY c.record_id",
        schema,
    )
    rows = (
        pl.concat([present, scanned])
        .group_by("record_id")
        .agg(pl.col("first_at").min(), pl.col("last_at").max())
    )
    return {record_id: (first, last) for record_id, first, last in rows.iter_rows()}


def _asset_of(records: Sequence[AssetRecord]) -> Asset:
    """The asset that these records describe; the best describer of each attribute wins."""
    name = min(f"{record.source}\x1f{record.external_id}" for record in records)
    ordered = sorted(
        records,
        key=lambda r: (_KIND_ORDER.index(r.role), -r.described_at.timestamp(), r.id),
    )
    owned = [r.is_company_owned for r in ordered if r.is_company_owned is not None]
    return Asset(
        id=key_of("asset", name),
        kind=_first((r.kind for r in ordered if r.kind != AssetKind.OTHER), AssetKind.OTHER),
        name=_first(r.name for r in ordered),
        os_family=_first(r.os_family for r in ordered),
        stated_owner=_first(r.owner for r in ordered),
        stated_group=_first(r.group for r in ordered),
        tags=sorted({tag for r in ordered for tag in r.tags}),
        is_company_owned=owned[0] if owned else None,
        is_ephemeral=any(r.is_ephemeral for r in ordered),
        template=_first(r.template for r in ordered),
        created_at=min((r.created_at for r in ordered if r.created_at), default=None),
    )


def _first(values: Iterable[str], default: str = "") -> str:
    return next((value for value in values if value), default)


def _store_assets(assets: Sequence[Asset]) -> None:
    known = Asset.objects.in_bulk()
    Asset.objects.bulk_create([a for a in assets if a.id not in known], batch_size=500)
    changed = [
        asset
        for asset in assets
        if asset.id in known
        and any(getattr(asset, name) != getattr(known[asset.id], name) for name in _ATTRIBUTES)
    ]
    Asset.objects.bulk_update(changed, _ATTRIBUTES, batch_size=200)


def _link_records(
    records: Iterable[AssetRecord], owner: dict[int, int], resolution: Resolution
) -> None:
    reasons = {
        merge.right: f"{merge.rule.label} {merge.evidence}"[:300] for merge in resolution.merges
    }
    rows = [
        (record.id, owner[record.id], reasons.get(record.id, ""), is_old)
        for record in records
        for is_old in (record.id in resolution.superseded,)
        if (record.asset_id, record.joined_by, record.is_superseded)
        != (owner[record.id], reasons.get(record.id, ""), is_old)
    ]
    schema = {
        "id": pl.Int64,
        "asset_id": pl.Int64,
        "joined_by": pl.String,
        "is_superseded": pl.Boolean,
    }
    bulk.update(AssetRecord, bulk.frame(rows, schema))
