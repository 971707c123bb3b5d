"""Shares of a whole: their interval, and whether two of them differ."""

import math
from statistics import NormalDist

SMALLEST_EXPECTED = 5
"""Below this expected count in any cell the normal approximation gives way (Cochran, 1954)."""

TIES = 1 + 1e-7
"""Tables this close in probability to the observed one count as equally likely."""


def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson, 1927).

    Args:
        successes: How many have the property, 0 to ``n``.
        n: How many were looked at. With 0 nothing is known: (0, 1).
        level: Confidence, strictly between 0 and 1.

    Returns:
        The low and the high end, 0 to 1; the observed share always lies within.

    Raises:
        ValueError: The counts are impossible, or the level is not in (0, 1).
    """
    _require_counts(successes, n)
    if not 0 < level < 1:
        raise ValueError("a confidence level lies strictly between 0 and 1")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    margin = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    return max(min(centre - margin, share), 0.0), min(max(centre + margin, share), 1.0)


def two_proportions(k1: int, n1: int, k2: int, n2: int) -> float:
    """The two-sided p-value that ``k1`` of ``n1`` and ``k2`` of ``n2`` are one rate.

    Fisher's exact test (1935), summing the tables no likelier than the observed one, when any
    expected count is below five; else the pooled normal test without continuity correction.
    Only for separate subjects: the same devices seen twice need ``mcnemar_exact``. With
    either sample empty nothing can be told, and the value is 1.

    Raises:
        ValueError: The counts are impossible.
    """
    _require_counts(k1, n1)
    _require_counts(k2, n2)
    hits, total = k1 + k2, n1 + n2
    if n1 == 0 or n2 == 0 or hits in {0, total}:
        return 1.0
    if min(n1, n2) * min(hits, total - hits) / total < SMALLEST_EXPECTED:
        return _fisher(k1, n1, hits=hits, total=total)
    rate = hits / total
    error = math.sqrt(rate * (1 - rate) * (1 / n1 + 1 / n2))
    return math.erfc(abs(k1 / n1 - k2 / n2) / error / math.sqrt(2))


def mcnemar_exact(lost: int, gained: int) -> float:
    """The two-sided p-value that as many devices lose a property as gain it.

    The exact form of McNemar (1947): of the devices present both times only those that flipped
    count, and each flips either way with chance one half. Twice the smaller binomial tail, at
    most 1; without flips 1.

    Raises:
        ValueError: A count is negative.
    """
    if lost < 0 or gained < 0:
        raise ValueError("counts are zero or more")
    flips = lost + gained
    log_half = flips * math.log(2)
    tail = math.fsum(
        math.exp(_log_choose(flips, k) - log_half) for k in range(min(lost, gained) + 1)
    )
    return min(1.0, 2 * tail)


def _fisher(k1: int, n1: int, *, hits: int, total: int) -> float:
    """Few terms: where an expected count is under five, about √(5 n) tables are possible."""
    n2 = total - n1
    whole = _log_choose(total, hits)

    def chance(k: int) -> float:
        return math.exp(_log_choose(n1, k) + _log_choose(n2, hits - k) - whole)

    ceiling = chance(k1) * TIES
    possible = map(chance, range(max(0, hits - n2), min(n1, hits) + 1))
    return min(1.0, math.fsum(p for p in possible if p <= ceiling))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _require_counts(successes: int, n: int) -> None:
    if not 0 <= successes <= n:
        raise ValueError("there are at most as many successes as trials, and none negative")
