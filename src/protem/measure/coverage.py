"""Which assets in scope an EDR agent protected at one moment."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from protem.ledger.facts import Facts
from protem.measure.days import Bools, Floats, Ints, codes
from protem.measure.machines import (
    EXPORT_SLACK,
    INSTALLED_FROM,
    PROTECTING,
    Listings,
    Machines,
    current_rows,
    life_at,
    machines,
)
from protem.measure.moments import Remembered
from protem.measure.scan_history import scan_history

SERVERS = ("server", "cloud")
SERVER_GONE_DAYS = 7.0
OTHER_GONE_DAYS = 30.0
YOUNGEST_DAYS = 1.0
MACHINES = ("laptop", "server", "cloud", "other")
MOBILE_SYSTEMS = ("ios", "android")
SUPPORTED = ("windows", "macos", "linux", "")
MOMENTS_KEPT = 64
OUTSIDE = -1
"""What stands for the cover of a unit that is not in scope."""


class Cover(IntEnum):
    """How well one asset is covered; the better the higher."""

    NONE = 0
    UNHEALTHY = 1
    UNKNOWN = 2
    HEALTHY = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Coverage:
    """One moment's answer.

    A *unit* is what is counted: an asset, or the template of ephemeral ones. Units have the
    same places at every moment, the assets first.

    Attributes:
        cover: A ``Cover`` each, or ``OUTSIDE`` where it is not in scope; shape (units,).
        installed: Which have an agent, whatever its health; shape (units,).
        asset: The place among the machines to name each by; shape (units,).
        assets: How many of the units are assets and not templates.
        recent: Of which an inventory has heard lately: they are not on their way out, nor in
            a drawer; shape (units,).
        only_edr: Places of assets that an agent list shows and no inventory believes alive.
        only_edr_healthy: How many of those report as healthy.
        left_out: How many assets each scope rule left out.
        has_agents: Whether any agent list was known.
        has_inventory: Whether any inventory was known.
    """

    cover: npt.NDArray[np.int8]
    installed: Bools
    asset: npt.NDArray[np.int32]
    assets: int
    recent: Bools
    only_edr: Ints
    only_edr_healthy: int
    left_out: dict[str, int]
    has_agents: bool
    has_inventory: bool

    def in_scope(self) -> Bools:
        """Which units count; shape (units,)."""
        return np.asarray(self.cover != OUTSIDE)

    def having(self, *covers: Cover) -> Ints:
        """The places of the units covered just so, one cover after the other."""
        return np.concatenate([np.flatnonzero(self.cover == cover) for cover in covers])

    def count(self, *covers: Cover) -> int:
        """How many units are covered so; without ``covers``, how many are in scope."""
        if not covers:
            return int(np.count_nonzero(self.in_scope()))
        return sum(int(np.count_nonzero(self.cover == cover)) for cover in covers)

    def templates(self) -> int:
        """How many of the units in scope are templates."""
        return int(np.count_nonzero(self.in_scope()[self.assets :]))

    def share(self, units: int) -> float:
        """So many of the units in scope, as a share from 0 to 1; there must be some."""
        return units / self.count()


def coverage_at(facts: Facts, moment: float) -> Coverage:
    """The coverage as known at ``moment``, in days, remembered for some moments."""
    kept: Remembered[float, Coverage] = facts.memo.setdefault(
        "coverage", Remembered(most=MOMENTS_KEPT)
    )
    return kept.at(moment, lambda one: _work_out(facts, one))


def _work_out(facts: Facts, moment: float) -> Coverage:
    fleet, history = machines(facts), scan_history(facts)
    life = life_at(fleet, history, moment)
    best, installed = _best_agent(facts, fleet, moment)
    in_scope, left_out = life.is_alive.copy(), {}
    young = np.nan_to_num(moment - life.born, nan=np.inf) < YOUNGEST_DAYS
    for reason, is_out in (*_scope_rules(facts), ("younger than 24 hours", young)):
        left_out[reason] = int((in_scope & is_out).sum())
        in_scope &= ~is_out
    cover, asset = _units(facts, in_scope, best)
    alone = installed & ~life.is_alive & ~fleet.is_foreign
    return Coverage(
        cover=cover,
        installed=(cover != OUTSIDE) & (installed[asset] | (cover > Cover.NONE)),
        asset=asset,
        assets=fleet.ids.size,
        recent=life.is_recent[asset],
        only_edr=np.flatnonzero(alone),
        only_edr_healthy=int((alone & (best == Cover.HEALTHY)).sum()),
        left_out=left_out,
        has_agents=bool((fleet.agents.first <= moment).any()),
        has_inventory=bool(life.is_listed.any()),
    )


def _scope_rules(facts: Facts) -> list[tuple[str, Bools]]:
    """Why an asset that is alive is not in scope at any moment, in the order of asking."""
    if "scope_rules" not in facts.memo:
        fleet = machines(facts)
        kind, system = np.array(fleet.kind, str), np.array(fleet.os_family, str)
        facts.memo["scope_rules"] = [
            ("not company-owned", fleet.is_foreign),
            (
                "mobile devices, counted apart",
                (kind == "mobile") | np.isin(system, MOBILE_SYSTEMS),
            ),
            ("not machines; containers count through their node", ~np.isin(kind, MACHINES)),
            ("operating system not supported", ~np.isin(system, SUPPORTED)),
        ]
    rules: list[tuple[str, Bools]] = facts.memo["scope_rules"]
    return rules


def agents_at(facts: Facts, moment: float) -> Ints:
    """The rows of installed agents in the newest complete agent lists, one a record."""
    rows = machines(facts).agents
    exists = listed_at(facts, rows, moment)
    return np.flatnonzero(current_rows(rows, exists) & (rows.state >= INSTALLED_FROM))


def listed_at(facts: Facts, rows: Listings, moment: float) -> Bools:
    """Which rows stand in the newest complete export of their scope; shape (r,)."""
    newest = scan_history(facts).newest_listing(moment)[rows.scope]
    is_there = (rows.first <= moment) & (rows.last >= newest - EXPORT_SLACK)
    return np.asarray(is_there & np.isfinite(newest))


def _best_agent(facts: Facts, fleet: Machines, moment: float) -> tuple[Ints, Bools]:
    """The best agent of each asset in the newest complete agent lists."""
    rows, size = fleet.agents, fleet.ids.size
    at = agents_at(facts, moment)
    asset, silent = rows.asset[at], rows.silent[at]
    fresh, gone = silence_allowed(facts, fleet)
    grade = np.full(at.size, int(Cover.UNHEALTHY))
    is_working = rows.state[at] == PROTECTING
    with np.errstate(invalid="ignore"):
        grade[is_working & (np.isnan(silent) | (silent <= gone[asset]))] = Cover.UNKNOWN
        grade[is_working & (silent <= fresh[asset])] = Cover.HEALTHY
    best, installed = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    np.maximum.at(best, asset, grade)
    installed[asset] = True
    return best, installed


def silence_allowed(facts: Facts, fleet: Machines) -> tuple[Floats, Floats]:
    """For how many days each asset's agent may be silent: to be healthy, and to be unknown."""
    if "silence_allowed" not in facts.memo:
        limits = facts.definition
        is_server = np.isin(fleet.kind, SERVERS)
        facts.memo["silence_allowed"] = (
            np.where(is_server, limits.server_agent_days, limits.agent_days),
            np.where(is_server, SERVER_GONE_DAYS, OTHER_GONE_DAYS),
        )
    allowed: tuple[Floats, Floats] = facts.memo["silence_allowed"]
    return allowed


def _units(
    facts: Facts, in_scope: Bools, best: Ints
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int32]]:
    """The cover of each unit and the asset to name it by; a template's is that of most."""
    fleet, (template, size) = machines(facts), _templates(facts)
    own = np.where(in_scope & ~fleet.is_ephemeral, best, OUTSIDE)
    cover = np.concatenate((own, np.full(size, OUTSIDE))).astype(np.int8)
    asset = np.concatenate((np.arange(own.size), np.zeros(size))).astype(np.int32)
    members = np.flatnonzero(in_scope & fleet.is_ephemeral)
    members = members[np.lexsort((best[members], template[members]))]
    if members.size:
        names, first, sizes = np.unique(
            template[members], return_index=True, return_counts=True
        )
        middle = members[first + (sizes - 1) // 2]
        cover[own.size + names], asset[own.size + names] = best[middle], middle
    return cover, asset


def _templates(facts: Facts) -> tuple[Ints, int]:
    """The number of each asset's template, else of its name, and how many there are."""
    if "templates" not in facts.memo:
        fleet = machines(facts)
        named = zip(fleet.template, fleet.name, fleet.is_ephemeral, strict=True)
        number, names = codes(
            pl.Series([template or name if is_so else "" for template, name, is_so in named])
        )
        facts.memo["templates"] = (number, len(names))
    known: tuple[Ints, int] = facts.memo["templates"]
    return known
