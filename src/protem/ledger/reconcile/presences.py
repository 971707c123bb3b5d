"""Machines of one inventory or agent list against those known: records and presences."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from protem.formats.records import Agent, Asset
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.models import AssetRecord, Role
from protem.ledger.reconcile.places import Look, Placed
from protem.ledger.reconcile.runs import PRESENCES
from protem.ledger.reconcile.tally import Tally
from protem.ledger.record_ids import record_id_of

SILENCES = (1, 2, 7, 14, 30, 90)
"""The steps that contact ages are rounded up to, in days; the metrics ask at 2, 7 and 30."""
LONGEST_SILENCE = 999


def reconcile(machines: Iterable[tuple[int, Look, Asset | Agent]], placed: Placed) -> Tally:
    """Write what these exports change: (look, where it is placed, machine) each."""
    rows = [
        (
            look,
            place.scope_id,
            place.at,
            record_id_of(machine.source, machine.external_id),
            *_condition(machine, place.at),
        )
        for look, place, machine in machines
    ]
    seen = bulk.frame(rows, PRESENCES.seen).unique(
        ["look", "record_id"], keep="first", maintain_order=True
    )
    return _tally(PRESENCES.insert(seen, placed), seen, placed)


def store_records(records: Mapping[int, AssetRecord]) -> None:
    """Store what sources call their assets; of two descriptions the newer one stays."""
    known = AssetRecord.objects.in_bulk(list(records))
    new = [record for key, record in records.items() if key not in known]
    AssetRecord.objects.bulk_create(new, batch_size=500)
    newer = [
        record
        for key, record in records.items()
        if key in known and record.described_at > known[key].described_at
    ]
    _describe(newer, known)


def describe_anew(records: Mapping[int, AssetRecord]) -> None:
    """Give those of these records that are stored the description here, newer or not."""
    known = AssetRecord.objects.in_bulk(list(records))
    _describe([records[key] for key in known], known)


def _describe(newer: Iterable[AssetRecord], known: Mapping[int, AssetRecord]) -> None:
    newer = list(newer)
    changed = [record for record in newer if _differs(record, known[record.id])]
    bulk.update(AssetRecord, _frame_of(changed))
    dated = bulk.frame(
        [(record.id, record.described_at) for record in newer],
        {"id": pl.Int64, "described_at": INSTANT},
    )
    bulk.update(AssetRecord, dated)


def _frame_of(records: Iterable[AssetRecord]) -> pl.DataFrame:
    rows = [
        (record.id, *(_stored(getattr(record, name)) for name in DESCRIPTION))
        for record in records
    ]
    return bulk.frame(rows, {"id": pl.Int64, **DESCRIPTION})


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


DESCRIPTION: dict[str, Any] = {
    "kind": pl.String,
    "name": pl.String,
    "hostname": pl.String,
    "serial": pl.String,
    "cloud_id": pl.String,
    "device_id": pl.String,
    "macs": pl.String,
    "os_family": pl.String,
    "owner": pl.String,
    "group": pl.String,
    "is_company_owned": pl.Boolean,
    "is_ephemeral": pl.Boolean,
    "template": pl.String,
    "tags": pl.String,
    "created_at": INSTANT,
}


def described(machine: Asset | Agent, at: datetime) -> AssetRecord:
    """The stored form of a machine's description."""
    asset = machine if isinstance(machine, Asset) else None
    agent = machine if isinstance(machine, Agent) else None
    return AssetRecord(
        id=record_id_of(machine.source, machine.external_id),
        source=machine.source,
        external_id=machine.external_id[:300],
        role=Role.INVENTORY if asset else Role.AGENT,
        kind=machine.kind.value,
        name=(machine.name or machine.hostname or machine.external_id)[:300],
        hostname=(machine.hostname or "")[:300],
        serial=(machine.serial or "")[:200],
        cloud_id=(machine.cloud_id or "")[:200],
        device_id=(machine.device_id or "")[:200],
        macs=list(machine.macs),
        os_family=machine.os_family or "",
        owner=asset.owner[:200] if asset else "",
        group=asset.group[:200] if asset else "",
        is_company_owned=asset.is_company_owned if asset else None,
        is_ephemeral=asset.is_ephemeral if asset else False,
        template=asset.template[:300] if asset else "",
        tags=sorted(set(machine.tags)),
        created_at=_born_at(asset, agent),
        described_at=at,
    )


def _born_at(asset: Asset | None, agent: Agent | None) -> datetime | None:
    if asset is not None:
        return asset.created_at
    return agent.installed_at if agent is not None else None


def silence_of(seen_at: datetime | None, at: datetime) -> int | None:
    """Days without contact at ``at``, rounded up to the next step; None when not known."""
    if seen_at is None:
        return None
    days = (at - seen_at).total_seconds() / 86_400
    return next((step for step in SILENCES if days <= step), LONGEST_SILENCE)


def _condition(machine: Asset | Agent, at: datetime) -> tuple[str, int | None]:
    if isinstance(machine, Agent):
        state = machine.state.value
    else:
        state = "running" if machine.is_running else "stopped"
    return state, silence_of(machine.seen_at, at)


def _tally(current: pl.DataFrame, seen: pl.DataFrame, placed: Placed) -> Tally:
    """Each list against the one before it, by look."""
    before = placed.before(current, seen, ["record_id"])
    on = ["look", "record_id"]
    tally = Tally()
    tally.add("new", seen.join(before, on=on, how="anti")["look"].to_list())
    tally.add("closed", before.join(seen, on=on, how="anti")["look"].to_list())
    tally.add("unchanged", seen.join(before, on=on, how="semi")["look"].to_list())
    return tally


def _differs(one: AssetRecord, other: AssetRecord) -> bool:
    return any(
        _plain(getattr(one, name)) != _plain(getattr(other, name)) for name in DESCRIPTION
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
