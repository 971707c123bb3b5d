"""How long critical vulnerabilities take in simulated companies, steady or changing pace."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Random = np.random.Generator

NEVER_DAYS = 1e6
CLUSTERS_A_WEEK = 3.0
BATCHES = (10, 25)
"""The fewest and the most instances that one fix closes."""
BEFORE_DAYS = 200.0
"""The process runs for so long before the first scan, which therefore finds a backlog."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A law of remediation times in days, and the share that is never remediated."""

    name: str
    draw: Callable[[Random, int], Floats]
    never: float

    def times(self, random: Random, size: int) -> Floats:
        return np.where(random.random(size) < self.never, NEVER_DAYS, self.draw(random, size))


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """Clusters of one company: when each appears and is fixed, in days from the first scan."""

    start: Floats
    end: Floats
    batch: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """From ``day`` on everything takes ``factor`` times as long, what is open included."""

    day: float
    factor: float

    def apply(self, start: Floats, end: Floats) -> Floats:
        base = np.maximum(start, self.day)
        return np.where(end > self.day, base + (end - base) * self.factor, end)


def company(
    random: Random,
    process: Process,
    *,
    days: float,
    change: Change | None = None,
    batches: tuple[int, int] = BATCHES,
) -> Company:
    """One company's history; three clusters a week come in at random."""
    size = int(random.poisson(CLUSTERS_A_WEEK / 7 * (days + BEFORE_DAYS)))
    start = np.sort(random.random(size)) * (days + BEFORE_DAYS) - BEFORE_DAYS
    end = start + process.times(random, size)
    if change is not None:
        end = change.apply(start, end)
    batch = random.integers(batches[0], batches[1] + 1, size)
    return Company(start=start, end=end, batch=batch)


def lognormal(median: float, sigma: float) -> Callable[[Random, int], Floats]:
    return lambda random, size: median * np.exp(sigma * random.standard_normal(size))


def weibull(median: float, shape: float) -> Callable[[Random, int], Floats]:
    scale = median / math.log(2) ** (1 / shape)
    return lambda random, size: scale * random.weibull(shape, size)


def lomax(median: float, alpha: float) -> Callable[[Random, int], Floats]:
    """Pareto of the second kind: the tail falls like t to minus alpha."""
    scale = median / (2 ** (1 / alpha) - 1)
    return lambda random, size: scale * random.pareto(alpha, size)


def mixture(quick: float, slow: float, share: float) -> Callable[[Random, int], Floats]:
    """Most by a monthly routine, the rest when somebody finds the time."""

    def draw(random: Random, size: int) -> Floats:
        is_slow = random.random(size) < share
        return np.where(
            is_slow, lognormal(slow, 1.0)(random, size), lognormal(quick, 0.6)(random, size)
        )

    return draw


REFERENCE = Process(name="lognormal sigma 1.0, 5 % never", draw=lognormal(30, 1.0), never=0.05)
UNSEEN = (
    Process(name="lognormal sigma 0.8, 3 % never", draw=lognormal(45, 0.8), never=0.03),
    Process(name="lognormal sigma 1.3, 8 % never", draw=lognormal(30, 1.3), never=0.08),
    Process(name="Weibull 0.9, 5 % never", draw=weibull(30, 0.9), never=0.05),
    Process(name="Pareto 2, 3 % never", draw=lomax(30, 2.0), never=0.03),
    Process(name="monthly routine and rest, 10 % never", draw=mixture(20, 80, 0.3), never=0.10),
    Process(name="lognormal sigma 0.9, 40 % never", draw=lognormal(25, 0.9), never=0.40),
)
"""Laws and parameters that the rule was not tuned on."""
