"""Google Workspace devices: Chrome OS and mobile lists of the Admin SDK, or Cloud Identity's.

Three lists that do not speak of each other: each is an inventory of its own, so that one
closes nothing in another. A deprovisioned Chromebook stays in its list.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import (
    device_kind,
    mac_addresses,
    os_family,
    said,
    short_name,
    tag_list,
)
from protem.formats.records import Asset, Record
from protem.formats.skips import Skips

TOOL = "google-workspace"

_EXPECTED = "JSON of chromeosdevices, mobiledevices (Admin SDK) or devices (Cloud Identity)"
_OWNED = {"COMPANY": True, "BYOD": False}
_GONE = frozenset({"DEPROVISIONED", "DISABLED", "INACTIVE", "WIPED", "ACCOUNT_WIPED"})
_SYSTEMS = {"MAC_OS": "macos", "IOS_SYNC": "ios", "GOOGLE_SYNC": None}


class _Device(msgspec.Struct, gc=False, rename="camel"):
    """A row of any of the three lists; each fills other fields."""

    name: str | list[str] | None = None
    device_id: str | None = None
    resource_id: str | None = None
    hostname: str | None = None
    serial_number: str | None = None
    device_type: str | None = None
    type: str | None = None
    os: str | None = None
    os_version: str | None = None
    model: str | None = None
    owner_type: str | None = None
    status: str | None = None
    annotated_user: str | None = None
    email: list[str] | None = None
    org_unit_path: str | None = None
    mac_address: str | None = None
    ethernet_mac_address: str | None = None
    wifi_mac_address: str | None = None
    wifi_mac_addresses: list[str] | None = None
    last_sync: str | None = None
    last_sync_time: str | None = None
    first_sync: str | None = None
    create_time: str | None = None
    last_enrollment_time: str | None = None


class _Answer(msgspec.Struct, gc=False, rename="camel"):
    chromeosdevices: msgspec.Raw = ABSENT
    mobiledevices: msgspec.Raw = ABSENT
    devices: msgspec.Raw = ABSENT
    next_page_token: str | None = None


_DEVICE: ElementOf[_Device | None] = ElementOf(_Device | None)


def sniff(head: bytes) -> bool:
    """Whether it is one of the three lists."""
    text = text_of(head)
    if not starts_json(head):
        return False
    if "admin#directory#chromeosdevice" in text or "admin#directory#mobiledevice" in text:
        return True
    return '"devices/' in text and '"lastSyncTime"' in text and '"deviceType"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the list, then an ``Asset`` per device."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="devices")
    parts = {
        "chromeos": answer.chromeosdevices,
        "mobile": answer.mobiledevices,
        "endpoints": answer.devices,
    }
    where = f"{file.name}, devices"
    lists = {
        what: rows
        for what, part in parts.items()
        if (rows := elements(part, _DEVICE, where=where, expected=_EXPECTED)) is not None
    }
    what, rows = next(iter(lists.items()), ("", None))
    more = "nextPageToken" if answer.next_page_token else ""
    page = Page(rows=rows, next_page=more)
    return records_of(file, page, _CONSOLE, target=f"inventory:{what}")


def _seen(device: _Device) -> datetime | None:
    return parse_instant(device.last_sync or device.last_sync_time)


def _asset(device: _Device, skips: Skips) -> Asset | None:
    named = device.name if isinstance(device.name, str) else None
    identity = named or device.resource_id or device.device_id
    if not identity:
        skips.add("device without an id")
        return None
    family = _family(device)
    born = device.create_time or device.first_sync or device.last_enrollment_time
    unit = {"org_unit": device.org_unit_path} if device.org_unit_path else None
    owners = [device.annotated_user, *(device.email or ())]
    return Asset(
        source=TOOL,
        external_id=identity,
        kind=device_kind(family),
        name=device.hostname or device.serial_number or device.model or identity,
        hostname=short_name(device.hostname),
        serial=said(device.serial_number),
        macs=mac_addresses(
            device.mac_address,
            device.ethernet_mac_address,
            device.wifi_mac_address,
            *(device.wifi_mac_addresses or ()),
        ),
        os_family=family,
        os_version=device.os_version or "",
        is_running=(device.status or "").upper() not in _GONE,
        is_company_owned=_OWNED.get((device.owner_type or "").upper()),
        owner=next((owner for owner in owners if owner), ""),
        tags=tag_list(unit),
        created_at=skips.instant(parse_instant(born), "createTime"),
        seen_at=skips.instant(_seen(device), "lastSync"),
    )


def _family(device: _Device) -> str | None:
    """Mobile and endpoint lists name a type; what names none is a Chromebook."""
    said_type = (device.device_type or device.type or "").upper()
    if not said_type:
        return os_family(device.os) or "chromeos"
    return _SYSTEMS.get(said_type) or os_family(said_type) or os_family(device.os)


_CONSOLE = Console(tool=TOOL, noun="devices", expected=_EXPECTED, read=_asset, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Google Workspace devices",
    example="GET /admin/directory/v1/customer/my_customer/devices/chromeos (or mobile)",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
