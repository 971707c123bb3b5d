"""Microsoft Defender for Endpoint machines (GET /api/machines).

The list also holds devices that Defender merely saw on the network: without a sensor, they
are ``discovered``. A machine merged into another is left out, as the other stands for it. The
service names no serial number; the Entra device id and the virtual machine's id join it to
other inventories. ``lastSeen`` is the last full report, about one a day.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import guid, mac_addresses, os_family, said, short_name, tag_list
from protem.formats.records import Agent, AgentState, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "defender"

_EXPECTED = "JSON of GET /api/machines, all pages"
_SENSOR_FAULTS = frozenset(
    {"impairedcommunication", "nosensordata", "nosensordataimpairedcommunication"}
)


class _Address(msgspec.Struct, gc=False, rename="camel"):
    mac_address: str | None = None


class _Vm(msgspec.Struct, gc=False, rename="camel"):
    vm_id: str | None = None


class _Machine(msgspec.Struct, gc=False, rename="camel"):
    id: str | None = None
    computer_dns_name: str | None = None
    aad_device_id: str | None = None
    merged_into_machine_id: str | None = None
    is_excluded: bool | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    os_platform: str | None = None
    agent_version: str | None = None
    health_status: str | None = None
    onboarding_status: str | None = None
    defender_av_status: str | None = None
    ip_addresses: list[_Address] | None = None
    machine_tags: list[str] | None = None
    rbac_group_name: str | None = None
    vm_metadata: _Vm | None = None


class _Answer(msgspec.Struct, gc=False):
    value: msgspec.Raw = ABSENT
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    count: int | None = msgspec.field(default=None, name="@odata.count")


_MACHINE: ElementOf[_Machine | None] = ElementOf(_Machine | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of machines; alerts and vulnerabilities name machines too."""
    text = text_of(head)
    if not starts_json(head) or '"computerDnsName"' not in text:
        return False
    is_listed = '"onboardingStatus"' in text or '"healthStatus"' in text
    return is_listed and '"cveId"' not in text and '"alertId"' not in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the list, then an ``Agent`` per machine."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="value")
    rows = elements(answer.value, _MACHINE, where=f"{file.name}, machines", expected=_EXPECTED)
    more = "@odata.nextLink" if answer.next_link else ""
    page = Page(rows=rows, total=answer.count, next_page=more)
    return records_of(file, page, _CONSOLE)


def _seen(machine: _Machine) -> datetime | None:
    return parse_instant(machine.last_seen)


def _agent(machine: _Machine, skips: Skips) -> Agent | None:
    if not machine.id:
        skips.add("machine without an id")
        return None
    if said(machine.merged_into_machine_id):
        skips.add("merged into another machine by Defender")
        return None
    group = {"group": machine.rbac_group_name} if machine.rbac_group_name else {}
    vm = machine.vm_metadata
    return Agent(
        source=TOOL,
        external_id=machine.id,
        name=machine.computer_dns_name or "",
        hostname=short_name(machine.computer_dns_name),
        cloud_id=said(vm.vm_id) if vm else None,
        device_id=guid(machine.aad_device_id),
        macs=mac_addresses(*(each.mac_address for each in machine.ip_addresses or [])),
        os_family=os_family(machine.os_platform),
        kind=_kind(machine.os_platform),
        version=machine.agent_version or "",
        state=_state(machine),
        tags=tag_list(group, machine.machine_tags or ()),
        installed_at=skips.instant(parse_instant(machine.first_seen), "firstSeen"),
        seen_at=skips.instant(_seen(machine), "lastSeen"),
    )


def _state(machine: _Machine) -> AgentState:
    """The worst that holds. An absent onboarding status says nothing."""
    if machine.is_excluded:
        return AgentState.HIDDEN
    if (machine.onboarding_status or "onboarded").lower() != "onboarded":
        return AgentState.DISCOVERED
    if (machine.health_status or "").lower() in _SENSOR_FAULTS:
        return AgentState.REDUCED
    if (machine.defender_av_status or "").lower() == "disabled":
        return AgentState.DETECT_ONLY
    return AgentState.PROTECTING


def _kind(platform: str | None) -> AssetKind:
    """``WindowsServer2022`` and Linux are servers, as far as the platform tells."""
    name = (platform or "").lower()
    if "server" in name:
        return AssetKind.SERVER
    is_workstation = name.startswith("windows") or "mac" in name
    return AssetKind.LAPTOP if is_workstation else AssetKind.OTHER


_CONSOLE = Console(tool=TOOL, noun="machines", expected=_EXPECTED, read=_agent, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Microsoft Defender for Endpoint machines (JSON)",
    example="GET https://api.security.microsoft.com/api/machines, saved as JSON",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
