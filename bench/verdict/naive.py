"""Rules that look plausible and cry wolf, on the same readings of the same companies."""

import math
from collections.abc import Sequence
from itertools import combinations

from bench.verdict.engine import instant
from protem.ledger.facts import Facts
from protem.measure.metric import METRICS, Reading, Verdict

MOVED = (Verdict.IMPROVING, Verdict.DEGRADING)
ARROW = 0.05
RUN_WEEKS = 26
LIKELY = 0.05


def readings(facts: Facts, days: Sequence[float]) -> list[Reading]:
    metric = METRICS.get("mttr-critical")
    return [metric.compute(facts, instant(day)) for day in days]


def closed_only(reading: Reading) -> float | None:
    """The mean over closed ones, which ignores whatever is still open."""
    return next(one.value for one in reading.companions if one.name == "closed_only_mean")


def arrow(was: float | None, now: float | None) -> Verdict:
    """Improving or degrading when the number moved by five per cent."""
    if was is None or now is None or abs(now - was) < ARROW * was:
        return Verdict.STEADY
    return Verdict.IMPROVING if now < was else Verdict.DEGRADING


def mann_kendall(values: Sequence[float | None]) -> Verdict:
    """Mann (1945) and Kendall (1975) as if the values were independent, two-sided 5 %."""
    known = [value for value in values if value is not None]
    if len(known) < RUN_WEEKS // 2:
        return Verdict.STEADY
    n = len(known)
    score = sum((b > a) - (b < a) for a, b in combinations(known, 2))
    spread = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    z = (score - (score > 0) + (score < 0)) / spread
    if math.erfc(abs(z) / math.sqrt(2)) >= LIKELY:
        return Verdict.STEADY
    return Verdict.DEGRADING if score > 0 else Verdict.IMPROVING


def weekly_run(facts: Facts, looks: Sequence[float]) -> list[list[float | None]]:
    """For each look the weekly readings of the half year up to it."""
    first = min(looks) - 7 * (RUN_WEEKS - 1)
    count = int((max(looks) - first) / 7) + 1
    days = [first + 7 * week for week in range(count)]
    values = [reading.value for reading in readings(facts, days)]
    runs = []
    for look in looks:
        end = int((look - first) / 7) + 1
        runs.append(values[end - RUN_WEEKS : end])
    return runs
