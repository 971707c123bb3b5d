"""Machines of one inventory or agent list against those known: records and presences."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from protem.formats.records import Agent, Asset
from protem.ledger import bulk, timeline
from protem.ledger.facts import INSTANT
from protem.ledger.keys import key_of
from protem.ledger.models import AssetRecord, Presence, Role
from protem.ledger.reconcile.tally import Tally

SILENCES = (1, 2, 7, 14, 30, 90)
"""The steps that contact ages are rounded up to, in days; the metrics ask at 2, 7 and 30."""
LONGEST_SILENCE = 999

RUNS = {
    "id": pl.Int64,
    "scope_id": pl.Int64,
    "record_id": pl.Int64,
    "state": pl.String,
    "silent_days": pl.Int64,
    "first_at": INSTANT,
    "last_at": INSTANT,
}
KEYS = ("record_id", "state", "silent_days")
_SEEN = {name: RUNS[name] for name in ("scope_id", *KEYS)}


def record_id_of(source: str, external_id: str) -> int:
    return key_of("record", source, external_id)


def reconcile(
    machines: Iterable[tuple[int, datetime, Asset | Agent]], places: pl.DataFrame
) -> Tally:
    """Write what these exports change: (scope id, export's instant, machine) each."""
    rows = [
        (scope_id, record_id_of(machine.source, machine.external_id), *_condition(machine, at))
        for scope_id, at, machine in machines
    ]
    seen = bulk.frame(rows, _SEEN).unique(
        ["scope_id", "record_id"], keep="first", maintain_order=True
    )
    runs = _load_runs(places)
    changes = timeline.insert(runs, seen, places, KEYS)
    bulk.insert(Presence, changes.added)
    bulk.update(Presence, changes.moved)
    bulk.delete(Presence, "id", changes.deleted.to_list())
    return _tally(runs.filter(pl.col("last_at").is_null()), seen)


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
    changed = [record for record in newer if _differs(record, known[record.id])]
    AssetRecord.objects.bulk_update(changed, [*DESCRIPTION, "described_at"], batch_size=200)
    dated = bulk.frame(
        [(record.id, record.described_at) for record in newer],
        {"id": pl.Int64, "described_at": INSTANT},
    )
    bulk.update(AssetRecord, dated)


DESCRIPTION = (
    "kind",
    "name",
    "hostname",
    "serial",
    "cloud_id",
    "device_id",
    "macs",
    "os_family",
    "owner",
    "group",
    "is_company_owned",
    "is_ephemeral",
    "template",
    "tags",
    "created_at",
)


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


def _load_runs(places: pl.DataFrame) -> pl.DataFrame:
    newest = places.filter(pl.col("after_at").is_null())["scope_id"].to_list()
    older = places.filter(pl.col("after_at").is_not_null())["scope_id"].to_list()
    return pl.concat([load_runs(newest, only_current=True), load_runs(older)])


def load_runs(scope_ids: Sequence[int], *, only_current: bool = False) -> pl.DataFrame:
    """The presences of these scopes as runs."""
    query = (
        f"SELECT {', '.join(RUNS)} FROM {bulk.table_of(Presence)} WHERE scope_id IN ({{ids}})"
    )
    return bulk.read_where(
        query + (" AND last_at IS NULL" if only_current else ""), scope_ids, RUNS
    )


def _tally(current: pl.DataFrame, seen: pl.DataFrame) -> Tally:
    on = ["scope_id", "record_id"]
    before, now = current.select(on).unique(), seen.select(on).unique()
    tally = Tally()
    tally.add("new", now.join(before, on=on, how="anti")["scope_id"].to_list())
    tally.add("closed", before.join(now, on=on, how="anti")["scope_id"].to_list())
    tally.add("unchanged", now.join(before, on=on, how="semi")["scope_id"].to_list())
    return tally


def _differs(one: AssetRecord, other: AssetRecord) -> bool:
    return any(
        _plain(getattr(one, name)) != _plain(getattr(other, name)) for name in DESCRIPTION
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
