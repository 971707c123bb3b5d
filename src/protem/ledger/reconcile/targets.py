"""What a scan looked at, as a source's record of an asset: the same for every tool."""

from collections.abc import Iterable, Iterator

from protem.formats.records import AssetKind, Scan
from protem.ledger.models import AssetRecord, Role
from protem.ledger.reconcile.patches import HOSTS
from protem.ledger.reconcile.places import Look
from protem.ledger.reconcile.presences import record_id_of

NO_ASSET = frozenset({"inventory", "patches", "register", "calendar"})
"""Schemes of targets that are lists, not things."""
_KINDS = {"repository": AssetKind.REPOSITORY, "image": AssetKind.IMAGE}


def record_id_of_target(target: str) -> int | None:
    """The id of the record that a target such as ``host:web-01`` stands for.

    The log of a host is about the host.
    """
    scheme, external_id = _identity(target)
    return None if scheme in NO_ASSET else record_id_of(scheme, external_id)


def target_records(looks: Iterable[Look]) -> Iterator[AssetRecord]:
    """The stored form of every target that is a thing."""
    return (_record(look, look.record_id) for look in looks if look.record_id is not None)


def _record(look: Look, record_id: int) -> AssetRecord:
    scan = look.scan
    scheme, external_id = _identity(scan.target)
    name = external_id.partition(":")[2]
    return AssetRecord(
        id=record_id,
        source=scheme,
        external_id=external_id[:300],
        role=Role.TARGET,
        kind=_kind_of(scan, scheme).value,
        name=(scan.name or name)[:300],
        hostname=(scan.hostname or (name if scheme == "host" else ""))[:300],
        cloud_id=(scan.cloud_id or "")[:200],
        macs=list(scan.macs),
        os_family=scan.os_family or "",
        described_at=look.at,
    )


def _kind_of(scan: Scan, scheme: str) -> AssetKind:
    return _KINDS.get(scheme, scan.kind) if scan.kind is AssetKind.OTHER else scan.kind


def _identity(target: str) -> tuple[str, str]:
    scheme, _, name = target.partition(":")
    return (HOSTS, f"{HOSTS}:{name}") if scheme == "log" else (scheme, target)
