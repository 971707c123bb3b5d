"""The life of vulnerabilities: clusters that open and close together, and their instances.

A cluster is one vulnerability in one owner group. Its instances are found within a scan or
two of each other and mostly closed by one upgrade; a few stragglers stay behind, some come
back. Times to fix are a lognormal with a long tail, shorter for worse severities.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from protem.demo import names
from protem.demo.chance import happens
from protem.demo.packages import Package
from protem.demo.story import HALF_A_WEEK, SLOWER_FIXES, Story

LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4
NEVER = 1e9
BURN_IN = 800.0
"""Days of history before the first export, so that it shows a grown backlog."""

_TIMES = {
    CRITICAL: (0.88, 9.0, 0.8, 60.0, 0.7),
    HIGH: (0.80, 22.0, 0.9, 110.0, 0.8),
    MEDIUM: (0.72, 55.0, 1.0, 200.0, 0.7),
    LOW: (0.55, 80.0, 1.0, 300.0, 0.6),
}
"""Share of the quick part, its median and sigma; median and sigma of the tail."""
_STRAGGLERS, _RETURNS, _FLAPS = 0.05, 0.02, 0.012
"""Shares of instances closed later than the rest, back after a while, missed by one scan."""
_MONTH, _LONG = 30.0, 200.0
_SCORES = {CRITICAL: (9.0, 9.9), HIGH: (7.0, 8.9), MEDIUM: (4.0, 6.9), LOW: (2.0, 3.9)}


@dataclass(kw_only=True, slots=True)
class Cluster:
    """One vulnerability in one owner group."""

    number: int
    cve: str
    ghsa: str
    package: Package
    step: int
    severity: int
    score: float
    published: float
    opened: float
    closed: float
    has_fix: bool = True
    is_exploited: bool = False
    rescored: float = NEVER
    """The day on which ``severity`` took over from ``severity_before``."""
    severity_before: int = 0
    severity_after: int = 0

    def severity_on(self, day: float) -> int:
        """What a scanner calls it on that day."""
        return self.severity_before if day < self.rescored else self.severity_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Instances:
    """All instances of one world as columns of equal length."""

    cluster: np.ndarray
    target: np.ndarray
    part: np.ndarray
    """Which binary of the package."""
    opened: np.ndarray
    closed: np.ndarray
    again_from: np.ndarray
    again_to: np.ndarray
    missed: np.ndarray
    """The day around which one scan missed it: a flap."""

    def open_on(self, day: float) -> np.ndarray:
        """The positions of the instances a scan of that day shows."""
        first = (self.opened <= day) & (day < self.closed)
        second = (self.again_from <= day) & (day < self.again_to)
        flap = np.abs(self.missed - day) < HALF_A_WEEK
        return np.flatnonzero((first | second) & ~flap)


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """The vulnerabilities of one sort of target."""

    clusters: list[Cluster]
    instances: Instances


@dataclass(frozen=True, kw_only=True, slots=True)
class Habitat:
    """Where vulnerabilities of one world appear, and how often.

    ``weekly`` is the expected number of new clusters a week by severity; ``groups`` are the
    owner groups as target numbers with their weights; ``packages`` belong to a group.
    """

    weekly: dict[int, float]
    groups: list[list[int]]
    weights: list[float]
    packages: Callable[[int], tuple[Package, ...]]
    reach: tuple[float, float]
    """The smallest and largest share of a group that one vulnerability hits."""
    unfixed_share: float = 0.0
    is_split: bool = False
    """Whether every binary of a package is an instance of its own."""


class Flaws:
    """The world's vulnerabilities as published: identifiers are never given twice."""

    def __init__(self, rng: np.random.Generator, story: Story) -> None:
        self._rng = rng
        self._story = story
        self._used: set[str] = set()
        self._steps: dict[str, int] = {}

    def publish(self, package: Package, severity: int, opened: float) -> Cluster:
        """A new vulnerability in ``package``, not yet on anything."""
        low, high = _SCORES[severity]
        step = self._steps.get(package.name, 0)
        self._steps[package.name] = step + 1
        published = opened - float(self._rng.uniform(0.2, 4.0))
        return Cluster(
            number=len(self._used),
            cve=self._identifier(self._story.at(published).year),
            ghsa=names.ghsa(self._rng),
            package=package,
            step=step,
            severity=severity,
            score=round(float(self._rng.uniform(low, high)), 1),
            published=published,
            opened=opened,
            closed=opened,
            severity_before=severity,
            severity_after=severity,
        )

    def _identifier(self, year: int) -> str:
        while True:
            cve = f"CVE-{year}-{self._rng.integers(61000, 99999)}"
            if cve not in self._used:
                self._used.add(cve)
                return cve


def live(rng: np.random.Generator, story: Story, flaws: Flaws, *, habitat: Habitat) -> World:
    """The whole history of one habitat, ordered by the day of opening."""
    clusters: list[Cluster] = []
    rows: list[tuple[int, int, int]] = []
    for opened, severity in _arrivals(rng, story, habitat.weekly):
        group = int(rng.choice(len(habitat.groups), p=habitat.weights))
        options = habitat.packages(group)
        cluster = flaws.publish(options[int(rng.integers(len(options)))], severity, opened)
        _decide(rng, story, cluster, unfixed=habitat.unfixed_share)
        if cluster.closed <= 0:
            continue
        share = rng.uniform(*habitat.reach)
        members = [target for target in habitat.groups[group] if rng.random() < share]
        parts = range(len(cluster.package.binaries)) if habitat.is_split else range(1)
        rows += [(len(clusters), target, part) for target in members for part in parts]
        clusters.append(cluster)
    return World(clusters=clusters, instances=_spread(rng, clusters, rows))


def _arrivals(
    rng: np.random.Generator, story: Story, weekly: dict[int, float]
) -> list[tuple[float, int]]:
    arrivals = []
    span = story.end_day + BURN_IN
    for severity, rate in weekly.items():
        count = int(rng.poisson(rate * span / 7))
        arrivals += [
            (float(day), severity) for day in rng.uniform(-BURN_IN, story.end_day, count)
        ]
    return sorted(arrivals)


def _decide(
    rng: np.random.Generator, story: Story, cluster: Cluster, *, unfixed: float
) -> None:
    """When it is closed, whether there is a fix at all, and whether it is rescored."""
    cluster.closed = cluster.opened + time_to_fix(
        rng, story, cluster.severity, opened=cluster.opened
    )
    if cluster.severity <= MEDIUM and rng.random() < unfixed:
        cluster.has_fix = False
        cluster.closed = cluster.opened + float(rng.uniform(150, 500))
    if cluster.severity in {HIGH, CRITICAL} and happens(rng, 0.025):
        cluster.rescored = cluster.opened + float(rng.uniform(5, 30))
        cluster.severity_after = HIGH if cluster.severity == CRITICAL else CRITICAL


def time_to_fix(
    rng: np.random.Generator, story: Story, severity: int, *, opened: float
) -> float:
    """Days from detection to fix; somewhat longer in the last months for criticals."""
    quick, median, sigma, tail_median, tail_sigma = _TIMES[severity]
    is_quick = rng.random() < quick
    middle, spread = (median, sigma) if is_quick else (tail_median, tail_sigma)
    if severity == CRITICAL and story.days_left(opened) < SLOWER_FIXES:
        middle *= 1.3
    return max(1.0, float(middle * np.exp(spread * rng.standard_normal())))


def _spread(
    rng: np.random.Generator, clusters: list[Cluster], rows: list[tuple[int, int, int]]
) -> Instances:
    """The instances: one upgrade closes most; stragglers, returns and flaps are a few."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    opened = np.array([cluster.opened for cluster in clusters])[table[:, 0]]
    closed = np.array([cluster.closed for cluster in clusters])[table[:, 0]]
    n = len(table)
    late = np.where(rng.random(n) < _STRAGGLERS, rng.uniform(5, 40, n), rng.uniform(0, 1.5, n))
    closed = closed + late
    returns = (rng.random(n) < _RETURNS) & (closed - opened < _LONG)
    again = np.where(returns, closed + rng.uniform(25, 90, n), NEVER)
    is_missed = (rng.random(n) < _FLAPS) & (closed - opened > _MONTH)
    middle = opened + rng.uniform(0.3, 0.7, n) * (closed - opened)
    return Instances(
        cluster=table[:, 0],
        target=table[:, 1],
        part=table[:, 2],
        opened=opened + rng.uniform(0, 0.5, n),
        closed=closed,
        again_from=again,
        again_to=again + rng.uniform(8, 30, n),
        missed=np.where(is_missed, middle, -NEVER),
    )
