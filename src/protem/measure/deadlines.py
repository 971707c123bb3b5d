"""By when a weakness has to be remediated, in days from its first detection."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadlines:
    """Days allowed by severity; ``exploited`` is for criticals on a known-exploited list."""

    exploited: float
    critical: float
    high: float
    medium: float
    low: float


COUNT_EXPLOITED_AS_CRITICAL = True
"""Whether whatever is known to be exploited counts as critical from the day it was opened."""

DEFAULT = Deadlines(exploited=14, critical=30, high=30, medium=90, low=180)

PRESETS = {
    "default": DEFAULT,
    "fedramp": Deadlines(exploited=14, critical=30, high=30, medium=90, low=180),
    "bod-26-04": Deadlines(exploited=3, critical=14, high=14, medium=60, low=60),
    "pci": Deadlines(exploited=30, critical=30, high=30, medium=90, low=180),
}
"""Presets: FedRAMP's 30, 90 and 180 days; the 3, 14 and 60 of BOD 26-04; PCI's one month."""
