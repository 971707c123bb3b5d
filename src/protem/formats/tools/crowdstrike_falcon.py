"""CrowdStrike Falcon hosts: the API's JSON, or the console's and FalconPy's CSV.

A host's row says whether its sensor protects; how long it has been silent is for the
reader to judge against ``as_of``, which is the newest sign of life in the file (or later).
A re-imaged machine comes twice, with two host ids: both are kept.
"""

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import only
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import is_json, starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, Elements, decode_views, elements
from protem.formats.localdates import MixedOrdersError, Order, order_of, parse_local
from protem.formats.machines import (
    guid,
    mac_addresses,
    os_family,
    said,
    short_name,
    tag_list,
)
from protem.formats.records import Agent, AgentState, AssetKind, Record, Scan
from protem.formats.skips import Newest, Skips
from protem.formats.tables import Row, header_of, normalise, open_table

TOOL = "crowdstrike-falcon"

_KINDS = {
    "workstation": AssetKind.LAPTOP,
    "server": AssetKind.SERVER,
    "domain controller": AssetKind.SERVER,
}
_HOST_MARKS = ('"agent_version"', '"reduced_functionality_mode"', '"product_type_desc"')
_DATES = ("last_seen", "first_seen")
_EXPECTED = "JSON of Falcon's device details (GET /devices/entities/devices/v2)"


class _Policy(msgspec.Struct, gc=False):
    applied: bool | None = None


class _Host(msgspec.Struct, gc=False):
    device_id: str | None = None
    cid: str | None = None
    hostname: str | None = None
    serial_number: str | None = None
    mac_address: str | None = None
    connection_mac_address: str | None = None
    instance_id: str | None = None
    service_provider: str | None = None
    platform_name: str | None = None
    product_type_desc: str | None = None
    agent_version: str | None = None
    reduced_functionality_mode: str | None = None
    host_hidden_status: str | None = None
    device_policies: dict[str, _Policy | None] | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    modified_timestamp: str | None = None
    tags: list[str] | None = None


class _Pagination(msgspec.Struct, gc=False):
    total: int | None = None


class _Meta(msgspec.Struct, gc=False):
    pagination: _Pagination | None = None


class _Answer(msgspec.Struct, gc=False):
    resources: msgspec.Raw = ABSENT
    meta: _Meta | None = None
    body: "_Answer | None" = None
    """FalconPy wraps the answer once more."""


_HOST: ElementOf[_Host | None] = ElementOf(_Host | None)


def sniff(head: bytes) -> bool:
    """Whether it is a host list, in either shape; Spotlight findings also name hosts."""
    if starts_json(head):
        text = text_of(head)
        is_host = '"device_id"' in text and any(mark in text for mark in _HOST_MARKS)
        return is_host and '"vulnerability_id"' not in text and '"cve"' not in text
    header = {normalise(cell) for cell in header_of(head)}
    return {"hostname", "last_seen"} <= header and bool(header & {"host_id", "serial_number"})


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the inventory, then an ``Agent`` per host."""
    return _from_json(file) if is_json(file) else _from_csv(file)


def _from_json(file: ExportFile) -> Iterator[Record]:
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="resources")
    answer = answer.body or answer
    where = f"{file.name}, resources"
    hosts = elements(answer.resources, _HOST, where=where, expected=_EXPECTED)
    if hosts is None:
        raise FormatError(
            "there is no list of resources", where=file.name, remedy=f"export {_EXPECTED}"
        )
    pages = (answer.meta.pagination if answer.meta else None) or _Pagination()
    yield _scan(file, hosts, pages.total)
    skips = Skips()
    for host in hosts:
        if host is not None:
            yield _agent(host, skips)
    yield from skips.records()


def _scan(file: ExportFile, hosts: Elements[_Host | None], total: int | None) -> Scan:
    newest = Newest(file.modified_at)
    cids: set[str] = set()
    shown = 0
    for host in hosts:
        if host is not None:
            shown += 1
            newest.add(parse_instant(host.last_seen))
            newest.add(parse_instant(host.modified_timestamp))
            cids.add(host.cid or "")
    is_complete = total is None or total <= shown
    return Scan(
        tool=TOOL,
        target=f"inventory:{only(cids)}",
        as_of=newest.moment,
        is_complete=is_complete,
        problem="" if is_complete else f"shows {shown} of {total} hosts",
    )


def _agent(host: _Host, skips: Skips) -> Agent:
    return Agent(
        source=TOOL,
        external_id=host.device_id or host.serial_number or host.hostname or "",
        name=host.hostname or "",
        hostname=short_name(host.hostname),
        serial=said(host.serial_number),
        cloud_id=said(host.instance_id) if said(host.service_provider) else None,
        device_id=None,
        macs=mac_addresses(host.mac_address, host.connection_mac_address),
        os_family=os_family(host.platform_name),
        kind=_KINDS.get((host.product_type_desc or "").lower(), AssetKind.OTHER),
        version=host.agent_version or "",
        state=_state(host),
        tags=tag_list(words=host.tags or ()),
        installed_at=skips.instant(parse_instant(host.first_seen), "first_seen"),
        seen_at=skips.instant(parse_instant(host.last_seen), "last_seen"),
    )


def _state(host: _Host) -> AgentState:
    """The worst that holds. An absent or empty policy block says nothing of policies."""
    if (host.host_hidden_status or "").lower() == "hidden":
        return AgentState.HIDDEN
    if (host.reduced_functionality_mode or "").lower() == "yes":
        return AgentState.REDUCED
    if host.device_policies:
        prevention = host.device_policies.get("prevention")
        if prevention is None or prevention.applied is not True:
            return AgentState.NO_POLICY
    return AgentState.PROTECTING


def _from_csv(file: ExportFile) -> Iterator[Record]:
    order, newest = _dates(file)
    yield Scan(tool=TOOL, target="inventory:", as_of=newest)
    skips = Skips()
    with open_table(file) as table:
        for row in table:
            yield _agent_of_row(row, order, skips)
    yield from skips.records()


def _dates(file: ExportFile) -> tuple[Order, datetime | None]:
    try:
        with open_table(file) as table:
            order = order_of(row.text(column) for row in table for column in _DATES)
    except MixedOrdersError:
        raise FormatError(
            "some dates are day first, others month first",
            where=file.name,
            remedy="export again with dates like 2026-03-12T09:30:00Z",
        ) from None
    newest = Newest(file.modified_at)
    with open_table(file) as table:
        for row in table:
            newest.add(_instant(row, "last_seen", order))
    return order, newest.moment


def _instant(row: Row, column: str, order: Order) -> datetime | None:
    text = row.text(column)
    if said(text) is None:
        return None
    moment = parse_local(text, order)
    if moment is None:
        raise row.refuse(column, f"“{text[:40]}” is not a date", "export dates as ISO 8601")
    return moment


def _agent_of_row(row: Row, order: Order, skips: Skips) -> Agent:
    """An empty policy cell says nothing: the column set of the console is a matter of taste."""
    hostname, serial = row.text("hostname"), said(row.text("serial_number"))
    is_reduced = row.first("reduced_functionality_mode", "rfm").lower() in {"yes", "true"}
    kind = row.first("type", "product_type", "product_type_desc", "host_type").lower()
    return Agent(
        source=TOOL,
        external_id=guid(row.text("host_id")) or serial or hostname,
        name=hostname,
        hostname=short_name(hostname),
        serial=serial,
        cloud_id=said(row.first("instance_id", "cloud_service_instance_id")),
        macs=mac_addresses(row.text("mac_address"), row.text("connection_mac_address")),
        os_family=os_family(row.first("platform", "platform_name", "os_version")),
        kind=_KINDS.get(kind, AssetKind.OTHER),
        version=row.first("sensor_version", "agent_version"),
        state=AgentState.REDUCED if is_reduced else AgentState.PROTECTING,
        tags=tag_list(words=re.split(r"[;,]", row.first("sensor_tags", "tags"))),
        installed_at=skips.instant(_instant(row, "first_seen", order), "first_seen"),
        seen_at=skips.instant(_instant(row, "last_seen", order), "last_seen"),
    )


FORMAT = Format(
    name=TOOL,
    title="CrowdStrike Falcon hosts",
    example="Host management > Export to CSV, or GET /devices/entities/devices/v2 as JSON",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
