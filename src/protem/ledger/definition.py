"""How a company has decided to measure: what facts carry along for whoever computes."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """Deadlines in days from the first detection, windows, and what counts as a change.

    The defaults are those that the verdicts were calibrated with.
    """

    exploited_days: float = 14.0
    """Criticals on a list of what is known to be exploited."""
    exposed_days: float = 14.0
    """Criticals on assets that a rule says are exposed to the internet."""
    critical_days: float = 30.0
    high_days: float = 30.0
    medium_days: float = 90.0
    low_days: float = 180.0
    is_exploited_critical: bool = True
    """Whatever is known to be exploited counts as critical from the day it was opened."""
    window_days: int = 90
    """The trailing window of the duration metrics; their verdicts compare several of it."""
    look_back_weeks: int = 13
    """Coverage and certifications are compared with so long ago."""
    material_share: float = 0.2
    """A duration has to move by at least this share, 0 to 1."""
    material_points: float = 2.0
    """Coverage has to move by at least so many points of per cent."""
    significance: float = 0.01
    """Both windows being one process has to be less likely than this."""
    coverage_significance: float = 0.05
    """As many assets losing cover as gaining it has to be less likely than this."""
    agent_days: float = 7.0
    """An agent that was silent for longer is not healthy."""
    server_agent_days: float = 2.0
    """The same on servers and in the cloud."""
