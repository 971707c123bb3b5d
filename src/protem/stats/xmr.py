"""Individuals charts: the range in which a process that stays as it was keeps its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

FEWEST = 6
"""With fewer values the range says little (Wheeler, Understanding Variation, 1993)."""
PER_MOVING_RANGE = 2.66
"""Three standard deviations, of which a mean moving range of two is 1.128: 3 / 1.128."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The centre and the natural process limits, in the units of the values."""

    low: float
    centre: float
    high: float

    def hold(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low - self._hair <= value <= self.high + self._hair

    @property
    def _hair(self) -> float:
        """What rounding may do to values that are all the same."""
        return 1e-9 * max(1.0, abs(self.centre))


def limits(values: Sequence[float]) -> Limits | None:
    """The limits of an individuals and moving range chart; None with too few values.

    Mean ± 2.66 times the mean difference between neighbours (Shewhart; Wheeler, 1993).
    """
    if len(values) < FEWEST:
        return None
    centre = fmean(values)
    reach = PER_MOVING_RANGE * fmean(abs(b - a) for a, b in pairwise(values))
    return Limits(low=centre - reach, centre=centre, high=centre + reach)
