"""What a scan looked at, as a source's record of an asset: the same for every tool."""

from datetime import datetime

from protem.formats.records import AssetKind, Scan
from protem.ledger.models import AssetRecord, Role
from protem.ledger.reconcile.places import Look
from protem.ledger.record_ids import name_of_target, record_id_of

_KINDS = {"repository": AssetKind.REPOSITORY, "image": AssetKind.IMAGE}


def target_record(look: Look, at: datetime) -> AssetRecord:
    """The stored form of the thing that was looked at."""
    scan = look.scan
    scheme, external_id = name_of_target(scan.target)
    name = external_id.partition(":")[2]
    return AssetRecord(
        id=record_id_of(scheme, external_id),
        source=scheme,
        external_id=external_id[:300],
        role=Role.TARGET,
        kind=_kind_of(scan, scheme).value,
        name=(scan.name or name)[:300],
        hostname=(scan.hostname or (name if scheme == "host" else ""))[:300],
        cloud_id=(scan.cloud_id or "")[:200],
        macs=list(scan.macs),
        os_family=scan.os_family or "",
        described_at=at,
    )


def _kind_of(scan: Scan, scheme: str) -> AssetKind:
    return _KINDS.get(scheme, scan.kind) if scan.kind is AssetKind.OTHER else scan.kind
