"""Verdicts on EDR coverage of simulated fleets, by the product's engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bench.verdict.engine import WEEK_DAYS, deliver, instant
from bench.verdict.naive import MOVED
from protem.formats.records import Agent, Asset, AssetKind, Record, Scan
from protem.ledger.facts import Facts
from protem.measure.metric import METRICS, Verdict

DROP_DAY = 200.0
"""Both windows of a verdict are filled by then; looks at steady fleets begin then, too."""
STEADY_DAYS = 575
DROP_DAYS = 390
DROP_SHARE = 0.03
COVERED = 0.94
BREAK_EACH_DAY = 0.01 / 91
"""One agent in a hundred stops working in a quarter…"""
REPAIR_EACH_DAY = BREAK_EACH_DAY * COVERED / (1 - COVERED)
"""…and is repaired at the pace that keeps coverage where it is."""
REPLACED_EACH_DAY = 0.03 / 91
"""Three machines in a hundred are replaced in a quarter."""
MONTH_DAYS = 30
NAIVE_POINTS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """One company's machines over time: whether each agent works, week by week."""

    number: int
    size: int
    has_drop: bool
    seed: int


@dataclass(kw_only=True, slots=True)
class Counts:
    """What fleets of one size were told."""

    years: int = 0
    wrong_years: int = 0
    naive_years: int = 0
    drops: int = 0
    caught: int = 0


class Console:
    """Exports of inventory and agents of every fleet, week after week."""

    def __init__(self, fleets: Sequence[Fleet]) -> None:
        self._fleets = [_State(fleet) for fleet in fleets]

    def export(self, day: float) -> Iterator[tuple[str, list[Record]]]:
        """The two files of each fleet, as (name, records)."""
        for state in self._fleets:
            if state.fleet.has_drop and day > DROP_DAYS:
                continue
            state.step(day)
            yield f"jamf {state.fleet.number} {day}", state.inventory(day)
            yield f"falcon {state.fleet.number} {day}", state.agents(day)


class _State:
    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._random = np.random.default_rng([fleet.seed, fleet.number])
        self._working = self._random.random(fleet.size) < COVERED
        self._serial = np.arange(fleet.size)
        self._next = fleet.size

    def step(self, day: float) -> None:
        """A week of breaking, repairing and replacing; the drop comes on its day."""
        chance = self._random.random(self.fleet.size)
        rate = np.where(self._working, BREAK_EACH_DAY, REPAIR_EACH_DAY)
        self._working = np.where(
            chance < 1 - np.exp(-rate * WEEK_DAYS), ~self._working, self._working
        )
        new = np.flatnonzero(
            self._random.random(self.fleet.size) < 1 - np.exp(-REPLACED_EACH_DAY * WEEK_DAYS)
        )
        self._serial[new] = self._next + np.arange(new.size)
        self._next += new.size
        self._working[new] = self._random.random(new.size) < COVERED
        if self.fleet.has_drop and day - WEEK_DAYS < DROP_DAY <= day:
            lost = round(DROP_SHARE * self.fleet.size)
            chosen = self._random.choice(np.flatnonzero(self._working), lost, replace=False)
            self._working[chosen] = False

    def inventory(self, day: float) -> list[Record]:
        rows: list[Record] = [_listing("jamf", self.fleet.number, day)]
        rows += [
            Asset(
                source="jamf", external_id=name, name=name, hostname=name, serial=f"C0{name}",
                kind=AssetKind.LAPTOP, os_family="macos", group=f"fleet-{self.fleet.number}",
                seen_at=instant(day), is_company_owned=True, created_at=instant(-400),
            )
            for name in self._names()
        ]  # fmt: skip
        return rows

    def agents(self, day: float) -> list[Record]:
        rows: list[Record] = [_listing("falcon", self.fleet.number, day)]
        rows += [
            Agent(
                source="falcon", external_id=name, name=name, hostname=name,
                serial=f"C0{name}", os_family="macos", seen_at=instant(day),
            )
            for name, works in zip(self._names(), self._working, strict=True) if works
        ]  # fmt: skip
        return rows

    def _names(self) -> list[str]:
        return [f"f{self.fleet.number}m{serial}" for serial in self._serial]


def _listing(tool: str, number: int, day: float) -> Scan:
    return Scan(tool=tool, target=f"inventory:fleet-{number}", as_of=instant(day))


def fleets(sizes: dict[int, int], *, seed: int) -> list[Fleet]:
    """So many steady fleets of each size, and as many with a drop."""
    made: list[Fleet] = []
    for size, count in sizes.items():
        for has_drop in (False, True):
            made += [
                Fleet(number=len(made) + number, size=size, has_drop=has_drop, seed=seed)
                for number in range(count)
            ]
    return made


def simulate(made: Sequence[Fleet], *, steady_days: int = STEADY_DAYS) -> None:
    """Weekly exports of every fleet into the ledger."""
    from protem.ledger import services as ledger

    console = Console(made)
    for day in range(0, steady_days + 1, WEEK_DAYS):
        deliver(dict(console.export(day)))
    ledger.resolve_assets()


def count(made: Sequence[Fleet], facts: Facts, *, months: int = 12) -> dict[int, Counts]:
    """What the fleets were told, by their size, in so many months or six after a drop."""
    told = {fleet.size: Counts() for fleet in made}
    by_group = facts.assets.partition_by("group", as_dict=True)
    for fleet in made:
        own = facts.only(by_group[(f"fleet-{fleet.number}",)]["asset_id"].to_list())
        _count(told[fleet.size], own, fleet, months=months)
    return told


def _count(counts: Counts, facts: Facts, fleet: Fleet, *, months: int) -> None:
    metric = METRICS.get("edr-coverage")
    last = min(months, 6) if fleet.has_drop else months
    looks = [DROP_DAY + MONTH_DAYS * month + 1.0 for month in range(1, last + 1)]
    seen = [metric.compute(facts, instant(day)) for day in looks]
    if fleet.has_drop:
        counts.drops += 1
        counts.caught += any(one.verdict is Verdict.DEGRADING for one in seen)
        return
    counts.years += 1
    counts.wrong_years += any(one.verdict in MOVED for one in seen)
    values = [one.value or 0.0 for one in seen]
    counts.naive_years += any(abs(b - a) >= NAIVE_POINTS for a, b in pairwise(values))
