"""Wazuh agents as the manager's API lists them (GET /agents).

The manager counts itself as agent ``000`` and dates its own keep-alive to the year 9999; it is
left out. An agent that never connected protects nothing: it is only ``discovered``. Name and
operating system are all that joins an agent to other inventories. Whether active response
blocks anything is not in the list.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import os_family, short_name, tag_list
from protem.formats.records import Agent, AgentState, Record
from protem.formats.skips import Skips

TOOL = "wazuh"

_EXPECTED = "JSON of GET /agents, all of them (limit, offset)"
_MANAGER = "000"
_NOT_YET = frozenset({"never_connected", "pending"})


class _System(msgspec.Struct, gc=False):
    name: str | None = None
    platform: str | None = None
    uname: str | None = None


class _Agent(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    status: str | None = None
    version: str | None = None
    group: list[str] | None = None
    os: _System | None = None
    date_add: str | None = msgspec.field(default=None, name="dateAdd")
    last_keep_alive: str | None = msgspec.field(default=None, name="lastKeepAlive")


class _Items(msgspec.Struct, gc=False):
    affected_items: msgspec.Raw = ABSENT
    total_affected_items: int | None = None


class _Answer(msgspec.Struct, gc=False):
    data: _Items | None = None
    agents: msgspec.Raw = ABSENT
    """A bare list."""


_AGENT: ElementOf[_Agent | None] = ElementOf(_Agent | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of agents."""
    text = text_of(head)
    return starts_json(head) and '"lastKeepAlive"' in text and '"dateAdd"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the list, then an ``Agent`` per row."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="agents")
    items = answer.data or _Items(affected_items=answer.agents)
    rows = elements(
        items.affected_items, _AGENT, where=f"{file.name}, agents", expected=_EXPECTED
    )
    return records_of(file, Page(rows=rows, total=items.total_affected_items), _CONSOLE)


def _seen(agent: _Agent) -> datetime | None:
    return None if agent.id == _MANAGER else parse_instant(agent.last_keep_alive)


def _agent(agent: _Agent, skips: Skips) -> Agent | None:
    if agent.id == _MANAGER:
        skips.add("the manager itself")
        return None
    if not agent.id:
        skips.add("agent without an id")
        return None
    system = agent.os or _System()
    names = " ".join(filter(None, (system.platform, system.name, system.uname)))
    return Agent(
        source=TOOL,
        external_id=f"{agent.id}/{agent.name or ''}",
        name=agent.name or "",
        hostname=short_name(agent.name),
        os_family=os_family(names),
        version=agent.version or "",
        state=_state(agent.status),
        tags=tag_list(words=agent.group or ()),
        installed_at=skips.instant(parse_instant(agent.date_add), "dateAdd"),
        seen_at=skips.instant(_seen(agent), "lastKeepAlive"),
    )


def _state(status: str | None) -> AgentState:
    """How long a disconnected agent has been silent is told by its last keep-alive."""
    is_absent = (status or "").lower() in _NOT_YET
    return AgentState.DISCOVERED if is_absent else AgentState.PROTECTING


_CONSOLE = Console(tool=TOOL, noun="agents", expected=_EXPECTED, read=_agent, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Wazuh agents (JSON)",
    example="GET https://MANAGER:55000/agents?limit=100000, saved as JSON",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
