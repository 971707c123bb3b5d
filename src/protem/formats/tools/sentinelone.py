"""SentinelOne agents as the management API lists them (GET /web/api/v2.1/agents).

Decommissioned and uninstalled agents stay in the list. An agent whose policy says ``detect``
watches and does not stop anything; one that lacks a permission of the operating system, or
that is disabled, works in part.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, only, records_of
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, Elements, decode_views, elements
from protem.formats.machines import mac_addresses, os_family, said, short_name, tag_list
from protem.formats.records import Agent, AgentState, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "sentinelone"

_EXPECTED = "JSON of GET /web/api/v2.1/agents, all pages"
_KINDS = {
    "laptop": AssetKind.LAPTOP,
    "desktop": AssetKind.LAPTOP,
    "server": AssetKind.SERVER,
    "kubernetes node": AssetKind.SERVER,
}
_WORKING = frozenset({"", "na", "none", "not_disabled"})


class _Interface(msgspec.Struct, gc=False):
    physical: str | None = None


class _Cloud(msgspec.Struct, gc=False, rename="camel"):
    cloud_instance_id: str | None = None


class _Tag(msgspec.Struct, gc=False):
    key: str | None = None
    value: str | None = None


class _Tags(msgspec.Struct, gc=False):
    sentinelone: list[_Tag] | None = None


class _Agent(msgspec.Struct, gc=False, rename="camel"):
    id: str | None = None
    account_id: str | None = None
    computer_name: str | None = None
    serial_number: str | None = None
    network_interfaces: list[_Interface] | None = None
    cloud_providers: dict[str, _Cloud | None] | None = None
    machine_type: str | None = None
    os_type: str | None = None
    os_name: str | None = None
    agent_version: str | None = None
    registered_at: str | None = None
    last_active_date: str | None = None
    is_decommissioned: bool | None = None
    is_uninstalled: bool | None = None
    mitigation_mode: str | None = None
    operational_state: str | None = None
    missing_permissions: list[str] | None = None
    site_name: str | None = None
    group_name: str | None = None
    tags: _Tags | None = None


class _Pagination(msgspec.Struct, gc=False, rename="camel"):
    total_items: int | None = None
    next_cursor: str | None = None


class _Answer(msgspec.Struct, gc=False):
    data: msgspec.Raw = ABSENT
    pagination: _Pagination | None = None


_AGENT: ElementOf[_Agent | None] = ElementOf(_Agent | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of agents; threats name computers in other words."""
    text = text_of(head)
    marks = ('"computerName"', '"lastActiveDate"')
    return starts_json(head) and all(mark in text for mark in marks)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the account, then an ``Agent`` per row."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="data")
    rows = elements(answer.data, _AGENT, where=f"{file.name}, agents", expected=_EXPECTED)
    page = _page(answer, rows)
    account = only(agent.account_id for agent in rows or () if agent)
    return records_of(file, page, _CONSOLE, target=f"inventory:{account}")


def _page(answer: _Answer, rows: Elements[_Agent | None] | None) -> Page[_Agent]:
    pages = answer.pagination or _Pagination()
    more = "pagination.nextCursor" if pages.next_cursor else ""
    if pages.total_items is not None and pages.total_items > len(rows or ()):
        more = ""  # the number says more than the cursor
    return Page(rows=rows, total=pages.total_items, next_page=more)


def _seen(agent: _Agent) -> datetime | None:
    return parse_instant(agent.last_active_date)


def _agent(agent: _Agent, skips: Skips) -> Agent | None:
    if not agent.id:
        skips.add("agent without an id")
        return None
    cloud = next((each for each in (agent.cloud_providers or {}).values() if each), None)
    tags = (agent.tags.sentinelone if agent.tags else None) or []
    named = {"site": agent.site_name, "group": agent.group_name}
    return Agent(
        source=TOOL,
        external_id=agent.id,
        name=agent.computer_name or "",
        hostname=short_name(agent.computer_name),
        serial=said(agent.serial_number),
        cloud_id=said(cloud.cloud_instance_id) if cloud else None,
        macs=mac_addresses(*(each.physical for each in agent.network_interfaces or [])),
        os_family=os_family(agent.os_type) or os_family(agent.os_name),
        kind=_KINDS.get((agent.machine_type or "").lower(), AssetKind.OTHER),
        version=agent.agent_version or "",
        state=_state(agent),
        tags=tag_list(
            {key: value for key, value in named.items() if value}
            | {tag.key: tag.value for tag in tags if tag.key}
        ),
        installed_at=skips.instant(parse_instant(agent.registered_at), "registeredAt"),
        seen_at=skips.instant(_seen(agent), "lastActiveDate"),
    )


def _state(agent: _Agent) -> AgentState:
    """The worst that holds; what the answer leaves out counts as well."""
    if agent.is_decommissioned or agent.is_uninstalled:
        return AgentState.DECOMMISSIONED
    missing = {said(each) for each in agent.missing_permissions or ()} - {None}
    if missing or (agent.operational_state or "").lower() not in _WORKING:
        return AgentState.REDUCED
    if (agent.mitigation_mode or "").lower() == "detect":
        return AgentState.DETECT_ONLY
    return AgentState.PROTECTING


_CONSOLE = Console(tool=TOOL, noun="agents", expected=_EXPECTED, read=_agent, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="SentinelOne agents (JSON)",
    example="GET /web/api/v2.1/agents?limit=1000, all pages in one list, saved as JSON",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
