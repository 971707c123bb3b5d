"""Machines and their EDR agents, with the days of their lives."""

from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class Agent:
    """One EDR agent on one machine; a re-imaged machine has had several."""

    aid: str
    installed: float
    last_contact: float | None = None
    """The day it fell silent; None while it reports."""
    reduced: tuple[float, float] | None = None
    has_policy: bool = True
    is_hidden: bool = False


@dataclass(kw_only=True, slots=True)
class Machine:
    """One laptop, phone or server with its lifetime in day numbers."""

    hostname: str
    os: str
    """``macOS``, ``Windows``, ``Linux``, ``iOS`` or ``Android``."""
    is_server: bool
    serial: str
    mac: str
    device_id: str
    owner: str
    team: str = ""
    created: float
    retired: float | None = None
    quiet_since: float | None = None
    """The day since which it lies in a drawer."""
    instance_id: str = ""
    template: str = ""
    address: str = ""
    is_personal: bool = False
    agents: list[Agent] = field(default_factory=list)

    def is_alive(self, day: float) -> bool:
        """Whether the company has it on that day."""
        return self.created <= day and (self.retired is None or day < self.retired)
