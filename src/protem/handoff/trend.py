"""Whether a short series rises, told without assuming the shape of its noise."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from statistics import median


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs of different times (Theil, 1950; Sen, 1968).

    In units of value per unit of time; 0 when no two times differ.
    """
    slopes = [
        (later - earlier) / (end - start)
        for (start, earlier), (end, later) in combinations(zip(times, values, strict=True), 2)
        if end != start
    ]
    return median(slopes) if slopes else 0.0


def kendall_p(times: Sequence[float], values: Sequence[float]) -> float:
    """The two-sided p-value that values have no order in time (Kendall, 1938; Mann, 1945).

    The normal approximation with continuity correction and the variance for ties in both
    (Kendall, 1970); 1 when nothing can be told.
    """
    pairs = combinations(zip(times, values, strict=True), 2)
    score = sum(
        _sign(end - start) * _sign(later - earlier) for (start, earlier), (end, later) in pairs
    )
    variance = _variance(times, values)
    if variance <= 0 or not score:
        return 1.0
    return math.erfc((abs(score) - 1) / math.sqrt(2 * variance))


def _variance(times: Sequence[float], values: Sequence[float]) -> float:
    n = len(times)
    if n < 3:  # noqa: PLR2004 -- the term for triples of ties divides by n - 2
        return 0.0
    ties = [list(Counter(column).values()) for column in (times, values)]
    single = n * (n - 1) * (2 * n + 5)
    single -= sum(t * (t - 1) * (2 * t + 5) for column in ties for t in column)
    twos = [sum(t * (t - 1) for t in column) for column in ties]
    threes = [sum(t * (t - 1) * (t - 2) for t in column) for column in ties]
    return (
        single / 18
        + twos[0] * twos[1] / (2 * n * (n - 1))
        + threes[0] * threes[1] / (9 * n * (n - 1) * (n - 2))
    )


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
