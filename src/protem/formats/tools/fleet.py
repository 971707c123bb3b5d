"""Hosts of Fleet (osquery) as its API lists them (GET /api/v1/fleet/hosts).

osquery looks and does not protect: this is an inventory. After a re-image one serial comes
twice, cloned virtual machines share a ``uuid``, and in containers the serial is empty; all of
it is kept, for the resolution of machines to judge. With its software (``populate_software``)
the versions of programs and packages are read, Homebrew's too: one that differs in the next
export was updated in between.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import (
    device_kind,
    hardware_id,
    mac_addresses,
    os_family,
    said,
    short_name,
    software_list,
    tag_list,
)
from protem.formats.records import Asset, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "fleet"

_EXPECTED = "JSON of GET /api/v1/fleet/hosts, all pages"

_PATCHED_SOURCES = frozenset(
    {"apps", "homebrew_packages", "deb_packages", "rpm_packages", "programs", "pkg_packages"}
)
"""What is patched as a program of the machine; extensions of browsers and editors are not."""


class _Meta(msgspec.Struct, gc=False):
    has_next_results: bool | None = None
    has_next_page: bool | None = None


class _Software(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None
    source: str | None = None


class _Host(msgspec.Struct, gc=False):
    id: int | str | None = None
    uuid: str | None = None
    hostname: str | None = None
    computer_name: str | None = None
    display_name: str | None = None
    hardware_serial: str | None = None
    primary_mac: str | None = None
    platform: str | None = None
    platform_like: str | None = None
    os_version: str | None = None
    seen_time: str | None = None
    last_enrolled_at: str | None = None
    team_name: str | None = None
    software: list[_Software] | None = None


class _Answer(msgspec.Struct, gc=False):
    hosts: msgspec.Raw = ABSENT
    count: int | None = None
    meta: _Meta | None = None


_HOST: ElementOf[_Host | None] = ElementOf(_Host | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of hosts."""
    text = text_of(head)
    return starts_json(head) and '"osquery_version"' in text and '"seen_time"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the inventory, then an ``Asset`` per host."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="hosts")
    rows = elements(answer.hosts, _HOST, where=f"{file.name}, hosts", expected=_EXPECTED)
    meta = answer.meta or _Meta()
    more = "has_next_page" if meta.has_next_page or meta.has_next_results else ""
    page = Page(rows=rows, total=answer.count, next_page=more)
    return records_of(file, page, _CONSOLE)


def _seen(host: _Host) -> datetime | None:
    return parse_instant(host.seen_time)


def _asset(host: _Host, skips: Skips) -> Asset | None:
    if host.id in {None, ""}:
        skips.add("host without an id")
        return None
    system = f"{host.platform or ''} {host.platform_like or ''} {host.os_version or ''}"
    family = os_family(system)
    team = {"team": host.team_name} if host.team_name else {}
    return Asset(
        source=TOOL,
        external_id=str(host.id),
        kind=_kind(family, host.os_version),
        name=host.display_name or host.computer_name or host.hostname or "",
        hostname=short_name(host.hostname) or short_name(host.computer_name),
        serial=said(host.hardware_serial),
        device_id=hardware_id(host.uuid),
        macs=mac_addresses(host.primary_mac),
        os_family=family,
        os_version=host.os_version or "",
        software=software_list(
            (each.name, each.version)
            for each in host.software or ()
            if each.source in _PATCHED_SOURCES
        ),
        group=host.team_name or "",
        tags=tag_list(team),
        created_at=skips.instant(parse_instant(host.last_enrolled_at), "last_enrolled_at"),
        seen_at=skips.instant(_seen(host), "seen_time"),
    )


def _kind(family: str | None, version: str | None) -> AssetKind:
    """Linux may be a desk or a rack, so it stays open; Windows Server says what it is."""
    if "server" in (version or "").lower():
        return AssetKind.SERVER
    return AssetKind.OTHER if family == "linux" else device_kind(family)


_CONSOLE = Console(tool=TOOL, noun="hosts", expected=_EXPECTED, read=_asset, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Fleet (osquery) hosts",
    example="GET /api/v1/fleet/hosts?populate_software=true, saved as JSON",
    feeds=(Feeds.EDR, Feeds.PATCH_CADENCE),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
)
