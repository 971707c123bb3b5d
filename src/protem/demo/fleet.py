"""What MDM, cloud and EDR know of a machine on a given day, and how many are protected."""

from collections.abc import Iterator
from functools import cache

from protem.demo.company import Company
from protem.demo.machines import Agent, Machine
from protem.demo.vulnerabilities import NEVER

FORGOTTEN_AFTER = 45.0
"""Days after which Falcon drops an agent that has fallen silent."""
LINGERS = 21.0
"""Days a retired laptop stays in Intune."""
_DAILY = 0.9
"""The share of laptops switched on within the day."""
_FRESH_LAPTOP, _FRESH_SERVER = 7.0, 2.0


def last_sync(machine: Machine, day: float) -> float:
    """When the machine last spoke to MDM, by ``day``."""
    latest = min(day, machine.retired or NEVER, machine.quiet_since or NEVER)
    return max(machine.created, latest - _delay(machine, day))


def last_contact(machine: Machine, agent: Agent, day: float) -> float:
    """When the agent last spoke to its console, by ``day``."""
    latest = min(
        day,
        machine.retired or NEVER,
        machine.quiet_since or NEVER,
        agent.last_contact or NEVER,
    )
    hours = _delay(machine, day) if not machine.is_server else 0.01
    return max(agent.installed, latest - hours)


def is_in_intune(machine: Machine, day: float) -> bool:
    """Whether MDM lists it: until some weeks after it left."""
    return machine.created <= day < (machine.retired or NEVER) + LINGERS


def listed_agents(company: Company, day: float) -> Iterator[tuple[Machine, Agent]]:
    """The agents the console lists: installed, and not silent for too long."""
    for machine in [*company.laptops, *company.servers, *company.workers]:
        for agent in machine.agents:
            if agent.installed > day:
                continue
            if day - last_contact(machine, agent, day) <= FORGOTTEN_AFTER:
                yield machine, agent


def is_protected(machine: Machine, day: float) -> bool:
    """Whether the machine has a healthy agent that reported lately."""
    fresh = _FRESH_SERVER if machine.is_server else _FRESH_LAPTOP
    return any(
        agent.installed <= day
        and day - last_contact(machine, agent, day) <= fresh
        and agent.has_policy
        and not agent.is_hidden
        and not is_reduced(agent, day)
        for agent in machine.agents
    )


def is_reduced(agent: Agent, day: float) -> bool:
    """Whether the agent runs in reduced functionality mode."""
    return agent.reduced is not None and agent.reduced[0] <= day < agent.reduced[1]


def coverage(company: Company, day: float) -> float:
    """The share of living laptops and servers that are protected, 0 to 1."""
    alive = [
        machine
        for machine in [*company.laptops, *company.servers, *company.workers]
        if machine.is_alive(day)
    ]
    return sum(is_protected(machine, day) for machine in alive) / len(alive)


def _delay(machine: Machine, day: float) -> float:
    """Days since a laptop was last switched on: hours mostly, up to four days."""
    mixed = (hash_of(machine.serial) + int(day) * 7919) % 1000 / 1000
    return 0.02 + mixed * 0.6 if mixed < _DAILY else 0.5 + (mixed - _DAILY) * 35


@cache
def hash_of(text: str) -> int:
    """A small number that belongs to a text, the same in every run."""
    value = 0
    for character in text:
        value = (value * 131 + ord(character)) % 1_000_003
    return value
