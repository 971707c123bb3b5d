"""Okta devices as the API lists them (GET /api/v1/devices).

Only devices with Okta Verify are there, privately owned ones among them, and ``lastUpdated``
moves when somebody signs in: it is a sign of life. Whether a user's device is managed becomes
a tag; who owns it Okta does not know. The answer is a bare list of at most 200.
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
    hardware_id,
    os_family,
    said,
    short_name,
    tag_list,
)
from protem.formats.records import Asset, Record
from protem.formats.skips import Skips

TOOL = "okta-devices"

_EXPECTED = "JSON of GET /api/v1/devices, all pages in one list"
_PAGE_LIMIT = 200


class _Profile(msgspec.Struct, gc=False, rename="camel"):
    display_name: str | None = None
    platform: str | None = None
    serial_number: str | None = None
    udid: str | None = None
    os_version: str | None = None


class _UserProfile(msgspec.Struct, gc=False):
    login: str | None = None


class _Account(msgspec.Struct, gc=False):
    profile: _UserProfile | None = None


class _User(msgspec.Struct, gc=False, rename="camel"):
    management_status: str | None = None
    user: _Account | None = None


class _Embedded(msgspec.Struct, gc=False):
    users: list[_User] | None = None


class _Device(msgspec.Struct, gc=False, rename="camel"):
    id: str | None = None
    status: str | None = None
    created: str | None = None
    last_updated: str | None = None
    profile: _Profile | None = None
    embedded: _Embedded | None = msgspec.field(default=None, name="_embedded")


class _List(msgspec.Struct, gc=False):
    devices: msgspec.Raw = ABSENT


_DEVICE: ElementOf[_Device | None] = ElementOf(_Device | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of devices."""
    text = text_of(head)
    return starts_json(head) and '"UDDevice"' in text and '"lastUpdated"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the directory, then an ``Asset`` per device."""
    answer = decode_views(file, _List, expected=_EXPECTED, bare="devices")
    rows = elements(answer.devices, _DEVICE, where=f"{file.name}, devices", expected=_EXPECTED)
    return records_of(file, Page(rows=rows, page_limit=_PAGE_LIMIT), _CONSOLE)


def _seen(device: _Device) -> datetime | None:
    return parse_instant(device.last_updated)


def _asset(device: _Device, skips: Skips) -> Asset | None:
    if not device.id:
        skips.add("device without an id")
        return None
    profile = device.profile or _Profile()
    family = os_family(profile.platform)
    users = (device.embedded.users if device.embedded else None) or []
    logins = [user.user.profile.login for user in users if user.user and user.user.profile]
    managed = {user.management_status for user in users if user.management_status}
    return Asset(
        source=TOOL,
        external_id=device.id,
        kind=device_kind(family),
        name=profile.display_name or "",
        hostname=short_name(profile.display_name),
        serial=said(profile.serial_number),
        device_id=hardware_id(profile.udid),
        os_family=family,
        os_version=profile.os_version or "",
        is_running=(device.status or "").upper() != "DEACTIVATED",
        owner=next((login for login in logins if login), ""),
        tags=tag_list(words=[f"management={each.lower()}" for each in managed]),
        created_at=skips.instant(parse_instant(device.created), "created"),
        seen_at=skips.instant(_seen(device), "lastUpdated"),
    )


_CONSOLE = Console(tool=TOOL, noun="devices", expected=_EXPECTED, read=_asset, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Okta devices",
    example="GET https://COMPANY.okta.com/api/v1/devices?expand=user, all pages in one list",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
