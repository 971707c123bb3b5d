"""Machines as the sources listed them, for any moment: who is alive, and since when."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from protem.ledger.facts import Facts
from protem.measure.days import Bools, Floats, Ints, codes, flags, from_instants, positions
from protem.measure.moments import Remembered
from protem.measure.scan_history import ScanHistory, scan_history

ALIVE_DAYS = {"laptop": 30.0, "server": 7.0, "cloud": 0.0}
"""How long after its last sign of life an inventory's machine counts as alive, in days. A
cloud machine has to stand as running in the newest export."""
OTHER_ALIVE_DAYS = 30.0
UNASSIGNED = "unassigned"
STATES = (
    "decommissioned", "hidden", "discovered", "no_policy", "detect_only", "reduced",
    "protecting",
)  # fmt: skip
"""Conditions of an agent, from the worst to the best."""
INSTALLED_FROM = STATES.index("no_policy")
PROTECTING = STATES.index("protecting")
RECENT_DAYS = 7.0
EXPORT_SLACK = 1e-6
"""Days by which two instants may differ and still be one."""
MOMENTS_KEPT = 16


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Listings:
    """The rows of exports that listed records of one role, oldest first.

    Attributes:
        asset: Place of the asset among the machines; shape (r,).
        record: The place of the record among ``ids``; shape (r,).
        scope: Place of the scope in the scan history; shape (r,).
        first, last: First and last export with the row, in days; ``last`` inf while current.
        state: Agents: a place in ``STATES``; inventories: 1 running, 0 stopped.
        silent: Days without contact at the export, NaN when it does not say.
        ids: The records' own ids, ascending.
    """

    asset: Ints
    record: Ints
    scope: Ints
    first: Floats
    last: Floats
    state: Ints
    silent: Floats
    ids: Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Machines:
    """All assets, ordered by id, with their listings; every column has the shape (assets,)."""

    ids: Ints
    kind: list[str]
    name: list[str]
    group: list[str]
    group_number: Ints
    os_family: list[str]
    is_foreign: Bools
    is_ephemeral: Bools
    template: list[str]
    created: Floats
    alive_days: Floats
    inventory: Listings
    agents: Listings
    lives: "Remembered[float, Life]" = field(
        default_factory=lambda: Remembered(most=MOMENTS_KEPT)
    )
    """What was worked out for the moments asked last."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Life:
    """What inventories know of each machine at one moment; every array has shape (assets,).

    Attributes:
        is_listed: Some inventory has ever listed it by then.
        is_alive: Believed alive.
        is_recent: Alive, in the newest export, and in contact with it within a week.
        last_listed: The last export that listed it, in days; -inf when never listed.
        since: Created or first listed, whichever came first, in days; NaN when neither is
            known.
        born: The same, NaN too where it stood in the first export of an inventory that does
            not say when it was created: how old it was then is not known.
    """

    is_listed: Bools
    is_alive: Bools
    is_recent: Bools
    last_listed: Floats
    since: Floats
    born: Floats


def machines(facts: Facts) -> Machines:
    """The machines of these facts, worked out once."""
    if "machines" not in facts.memo:
        facts.memo["machines"] = _prepare(facts, scan_history(facts))
    known: Machines = facts.memo["machines"]
    return known


def life_at(fleet: Machines, history: ScanHistory, moment: float) -> Life:
    """Who was alive: contact within the kind's limit, measured at the newest export.

    A listing lasts until its last export; age is the time from there to the newest export of
    the scope, plus the days of silence stated. An inventory that stopped reporting ages
    nobody: its staleness is told apart.
    """
    return fleet.lives.at(moment, lambda one: _work_out(fleet, history, one))


def _work_out(fleet: Machines, history: ScanHistory, moment: float) -> Life:
    rows, size = fleet.inventory, fleet.ids.size
    newest = history.newest_listing(moment)[rows.scope]
    exists = (rows.first <= moment) & np.isfinite(newest)
    until = np.where(exists, np.minimum(rows.last, newest), -np.inf)
    unlisted = np.subtract(newest, until, where=exists, out=np.full(until.size, np.inf))
    age = unlisted + np.nan_to_num(rows.silent)
    limit = fleet.alive_days[rows.asset]
    is_fresh = np.where(limit > 0, age <= limit + EXPORT_SLACK, unlisted < EXPORT_SLACK)
    alive = current_rows(rows, exists) & (rows.state == 1) & is_fresh
    is_alive, is_recent, is_listed = (np.zeros(size, np.bool_) for _ in range(3))
    is_alive[rows.asset[alive]] = True
    is_recent[rows.asset[alive & (age <= RECENT_DAYS + EXPORT_SLACK)]] = True
    is_listed[rows.asset[exists]] = True
    last = np.full(size, -np.inf)
    np.maximum.at(last, rows.asset[exists], until[exists])
    is_new = rows.first > history.first_look()[rows.scope]
    came = _first_listed(rows, exists & is_new, size)
    was_there = _first_listed(rows, exists & ~is_new, size)
    since = np.fmin(fleet.created, np.fmin(came, was_there))
    return Life(
        is_listed=is_listed,
        is_alive=is_alive,
        is_recent=is_recent,
        last_listed=last,
        since=since,
        born=np.where(since >= was_there, np.nan, since),
    )


def current_rows(rows: Listings, exists: Bools) -> Bools:
    """Which rows are the newest of their record among those that exist; shape (r,)."""
    latest = np.full(rows.record.size, -1, dtype=np.int64)
    at = np.flatnonzero(exists)
    latest[rows.record[at]] = at  # where a record repeats, its last row stays
    chosen = np.zeros(rows.record.size, dtype=np.bool_)
    chosen[latest[latest >= 0]] = True
    return chosen


def _first_listed(rows: Listings, wanted: Bools, size: int) -> Floats:
    """When each machine was first listed by the wanted rows, NaN where never."""
    first = np.full(size, np.nan)
    oldest_last = np.flatnonzero(wanted)[::-1]
    first[rows.asset[oldest_last]] = rows.first[oldest_last]
    return first


def removed_at(life: Life) -> Floats:
    """When each machine that is gone was last listed, in days; inf for all others."""
    gone = life.is_listed & ~life.is_alive
    return np.where(gone, life.last_listed, np.inf)


def _prepare(facts: Facts, history: ScanHistory) -> Machines:
    frame = facts.assets.unique("asset_id", keep="first").sort("asset_id")
    ids = frame["asset_id"].to_numpy().astype(np.int64)
    kind = [str(value or "other") for value in frame["kind"]]
    groups = zip(frame["owner"], frame["group"], strict=True)
    group = [owner or group or UNASSIGNED for owner, group in groups]
    return Machines(
        ids=ids,
        kind=kind,
        name=[str(value or "") for value in frame["name"]],
        group=group,
        group_number=codes(pl.Series(group, dtype=pl.String))[0],
        os_family=[str(value or "") for value in frame["os_family"]],
        is_foreign=~flags(frame["is_company_owned"], missing=True),
        is_ephemeral=flags(frame["is_ephemeral"]),
        template=[str(value or "") for value in frame["template"]],
        created=from_instants(frame["created_at"], missing=np.nan),
        alive_days=np.array([ALIVE_DAYS.get(name, OTHER_ALIVE_DAYS) for name in kind]),
        inventory=_listings(facts, history, ids, role="inventory"),
        agents=_listings(facts, history, ids, role="agent"),
    )


def _listings(facts: Facts, history: ScanHistory, ids: Ints, *, role: str) -> Listings:
    known = facts.records.filter(pl.col("role") == role).select("record_id", "asset_id")
    rows = facts.presences.join(known.drop_nulls(), on="record_id").sort("first_at")
    asset = positions(rows["asset_id"].to_numpy().astype(np.int64), ids)
    scope = positions(rows["scope_id"].to_numpy().astype(np.int64), history.ids)
    keep = (asset >= 0) & (scope >= 0)
    number, names = codes(rows["state"])
    state = np.array([_state(role, name) for name in names], dtype=np.int64)[number]
    silent = rows["silent_days"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    told = rows["record_id"].to_numpy().astype(np.int64)[keep]
    record_ids, record = np.unique(told, return_inverse=True)
    return Listings(
        asset=asset[keep],
        record=record.reshape(-1),
        scope=scope[keep],
        first=from_instants(rows["first_at"], missing=np.inf)[keep],
        last=from_instants(rows["last_at"], missing=np.inf)[keep],
        state=state[keep],
        silent=silent[keep],
        ids=record_ids,
    )


def _state(role: str, state: str) -> int:
    if role == "inventory":
        return int(state != "stopped")
    return STATES.index(state) if state in STATES else STATES.index("discovered")
