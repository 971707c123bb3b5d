"""Kandji (Iru) devices as the API lists them (GET /api/v1/devices).

The answer is a bare list of at most 300 devices and does not say whether more follow.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import device_kind, os_family, said, short_name, tag_list
from protem.formats.records import Asset, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "kandji"

_EXPECTED = "JSON of GET /api/v1/devices, all pages in one list"
_PAGE_LIMIT = 300
_PLATFORMS = {"mac": "macos", "iphone": "ios", "ipad": "ios"}
_TELEVISION = "appletv"


class _User(msgspec.Struct, gc=False):
    email: str | None = None
    name: str | None = None


class _Device(msgspec.Struct, gc=False):
    device_id: str | None = None
    device_name: str | None = None
    serial_number: str | None = None
    platform: str | None = None
    os_version: str | None = None
    last_check_in: str | None = None
    first_enrollment: str | None = None
    user: _User | str | None = None
    blueprint_name: str | None = None
    is_removed: bool | None = None
    tags: list[str] | None = None


class _Answer(msgspec.Struct, gc=False):
    results: msgspec.Raw = ABSENT
    devices: msgspec.Raw = ABSENT
    """A bare list."""
    count: int | None = None
    next: str | None = None


_DEVICE: ElementOf[_Device | None] = ElementOf(_Device | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of devices."""
    text = text_of(head)
    marks = ('"device_id"', '"device_name"', '"last_check_in"')
    return starts_json(head) and all(mark in text for mark in marks)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the inventory, then an ``Asset`` per device."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="devices")
    where = f"{file.name}, devices"
    listed = elements(answer.devices, _DEVICE, where=where, expected=_EXPECTED)
    if listed is not None:
        return records_of(file, Page(rows=listed, page_limit=_PAGE_LIMIT), _CONSOLE)
    rows = elements(answer.results, _DEVICE, where=where, expected=_EXPECTED)
    more = "next" if answer.next else ""
    page = Page(rows=rows, total=answer.count, next_page=more)
    return records_of(file, page, _CONSOLE)


def _seen(device: _Device) -> datetime | None:
    return parse_instant(device.last_check_in)


def _asset(device: _Device, skips: Skips) -> Asset | None:
    if not device.device_id:
        skips.add("device without an id")
        return None
    name = device.platform or ""
    family = _PLATFORMS.get(name.lower()) or os_family(name)
    user = device.user if isinstance(device.user, _User) else _User()
    blueprint = {"blueprint": device.blueprint_name} if device.blueprint_name else None
    return Asset(
        source=TOOL,
        external_id=device.device_id,
        kind=AssetKind.MOBILE if name.lower() == _TELEVISION else device_kind(family),
        name=device.device_name or "",
        hostname=short_name(device.device_name),
        serial=said(device.serial_number),
        os_family=family,
        os_version=device.os_version or "",
        is_running=not device.is_removed,
        owner=user.email or user.name or "",
        tags=tag_list(blueprint, device.tags or ()),
        created_at=skips.instant(parse_instant(device.first_enrollment), "first_enrollment"),
        seen_at=skips.instant(_seen(device), "last_check_in"),
    )


_CONSOLE = Console(tool=TOOL, noun="devices", expected=_EXPECTED, read=_asset, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Kandji (Iru) devices",
    example="GET https://COMPANY.api.kandji.io/api/v1/devices, all pages in one JSON list",
    feeds=(Feeds.EDR, Feeds.PATCH_CADENCE),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
)
