"""Which assets in scope an EDR agent protected at one moment."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from protem.ledger.facts import Facts
from protem.measure.days import Bools, Floats, Ints
from protem.measure.machines import (
    EXPORT_SLACK,
    INSTALLED_FROM,
    PROTECTING,
    Machines,
    current_rows,
    life_at,
    machines,
)
from protem.measure.scan_history import scan_history

SERVERS = ("server", "cloud")
GONE_DAYS = {"server": 7.0, "cloud": 7.0}
OTHER_GONE_DAYS = 30.0
YOUNGEST_DAYS = 1.0
MACHINES = ("laptop", "server", "cloud", "other")
MOBILE_SYSTEMS = ("ios", "android")
SUPPORTED = ("windows", "macos", "linux", "")


class Cover(IntEnum):
    """How well one asset is covered; the better the higher."""

    NONE = 0
    UNHEALTHY = 1
    UNKNOWN = 2
    HEALTHY = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Coverage:
    """One moment's answer.

    Attributes:
        units: What is counted, by key: an asset, or the template of ephemeral ones.
        installed: Keys of those with an agent, whatever its health.
        asset: A place among the machines to name each unit by.
        only_edr: Places of assets that an agent list shows and no inventory believes alive.
        only_edr_healthy: How many of those report as healthy.
        left_out: How many assets each scope rule left out.
        has_agents: Whether any agent list was known.
        has_inventory: Whether any inventory was known.
    """

    units: dict[str, Cover]
    installed: set[str]
    asset: dict[str, int]
    only_edr: Ints
    only_edr_healthy: int
    left_out: dict[str, int]
    has_agents: bool
    has_inventory: bool

    def having(self, cover: Cover) -> list[str]:
        """The keys of the units covered just so."""
        return [key for key, state in self.units.items() if state is cover]

    def share(self, keys: int) -> float:
        """So many of the units, as a share from 0 to 1; there must be some."""
        return keys / len(self.units)


def coverage_at(facts: Facts, moment: float) -> Coverage:
    """The coverage as known at ``moment``, in days, remembered for this moment."""
    kept: dict[float, Coverage] = facts.memo.setdefault("coverage", {})
    if moment not in kept:
        kept[moment] = _work_out(facts, moment)
    return kept[moment]


def _work_out(facts: Facts, moment: float) -> Coverage:
    fleet, history = machines(facts), scan_history(facts)
    life = life_at(fleet, history, moment)
    cover, installed = _best_agent(facts, fleet, moment)
    rules = _scope_rules(fleet, moment - life.since)
    in_scope, left_out = life.is_alive.copy(), {}
    for reason, is_out in rules:
        left_out[reason] = int((in_scope & is_out).sum())
        in_scope &= ~is_out
    units, asset = _units(fleet, np.flatnonzero(in_scope), cover)
    with_agent = {
        key for key, place in asset.items() if installed[place] or units[key] > Cover.NONE
    }
    alone = installed & ~life.is_alive & ~fleet.is_foreign
    return Coverage(
        units=units,
        installed=with_agent,
        asset=asset,
        only_edr=np.flatnonzero(alone),
        only_edr_healthy=int((alone & (cover == Cover.HEALTHY)).sum()),
        left_out=left_out,
        has_agents=bool((fleet.agents.first <= moment).any()),
        has_inventory=bool(life.is_listed.any()),
    )


def _scope_rules(fleet: Machines, age: Floats) -> list[tuple[str, Bools]]:
    """Why an asset that is alive is not in scope, in the order of asking."""

    def are(is_so: Callable[[int], bool]) -> Bools:
        return np.array([is_so(place) for place in range(fleet.ids.size)], dtype=np.bool_)

    kind, system = fleet.kind, fleet.os_family
    return [
        ("not company-owned", fleet.is_foreign),
        (
            "mobile devices, counted apart",
            are(lambda at: kind[at] == "mobile" or system[at] in MOBILE_SYSTEMS),
        ),
        ("not machines", are(lambda at: kind[at] not in MACHINES)),
        ("operating system not supported", are(lambda at: system[at] not in SUPPORTED)),
        ("younger than 24 hours", np.nan_to_num(age, nan=np.inf) < YOUNGEST_DAYS),
    ]


def _best_agent(facts: Facts, fleet: Machines, moment: float) -> tuple[Ints, Bools]:
    """The best agent of each asset in the newest complete agent lists."""
    rows, size = fleet.agents, fleet.ids.size
    newest = scan_history(facts).newest_listing(moment)[rows.scope]
    exists = (rows.first <= moment) & (rows.last >= newest - EXPORT_SLACK)
    exists &= np.isfinite(newest)
    listed = current_rows(rows, exists)
    limits = facts.definition
    is_server = np.isin(fleet.kind, SERVERS)
    fresh = np.where(is_server, limits.server_agent_days, limits.agent_days)
    gone = np.array([GONE_DAYS.get(kind, OTHER_GONE_DAYS) for kind in fleet.kind])
    is_installed = listed & (rows.state >= INSTALLED_FROM)
    grade = np.full(rows.state.shape, int(Cover.UNHEALTHY))
    is_working = rows.state == PROTECTING
    with np.errstate(invalid="ignore"):
        quiet = np.isnan(rows.silent) | (rows.silent <= gone[rows.asset])
        awake = rows.silent <= fresh[rows.asset]
    grade[is_working & quiet] = Cover.UNKNOWN
    grade[is_working & awake] = Cover.HEALTHY
    best, installed = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    np.maximum.at(best, rows.asset[is_installed], grade[is_installed])
    installed[rows.asset[is_installed]] = True
    return best, installed


def _units(
    fleet: Machines, places: Ints, cover: Ints
) -> tuple[dict[str, Cover], dict[str, int]]:
    """One unit an asset; ephemeral ones by template, covered as most of them are."""
    units: dict[str, Cover] = {}
    asset: dict[str, int] = {}
    instances: dict[str, list[int]] = {}
    for place in places.tolist():
        if fleet.is_ephemeral[place]:
            template = fleet.template[place] or fleet.name[place]
            instances.setdefault(f"template {template}", []).append(place)
        else:
            units[str(fleet.ids[place])] = Cover(int(cover[place]))
            asset[str(fleet.ids[place])] = place
    for key, members in instances.items():
        ranked = sorted(members, key=lambda place: int(cover[place]))
        middle = ranked[(len(ranked) - 1) // 2]
        units[key], asset[key] = Cover(int(cover[middle])), middle
    return units, asset
