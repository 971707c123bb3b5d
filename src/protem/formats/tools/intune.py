"""Microsoft Intune managed devices: Microsoft Graph's JSON, or the portal's CSV.

Graph cuts the list into pages and says so in ``@odata.nextLink``. A device that never
synchronised carries the year 1. Privately owned devices are listed too: whether they are
in scope is for the reader to decide by ``is_company_owned``.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError, PatchProof
from protem.formats.jsonfile import is_json, starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.localdates import MixedOrdersError, Order, order_of, parse_local
from protem.formats.machines import (
    device_kind,
    guid,
    mac_addresses,
    os_family,
    said,
    short_name,
    tag_list,
)
from protem.formats.records import Asset, Record, Scan
from protem.formats.skips import Newest, Skips
from protem.formats.tables import Row, header_of, normalise, open_table

TOOL = "intune"

_OWNED = {"company": True, "corporate": True, "personal": False}
_EXPECTED = "JSON of GET /deviceManagement/managedDevices"
_SEEN = ("last_check_in", "last_sync_date_time", "last_sync")
_ENROLLED = ("enrollment_date", "enrolled_date", "enrolled_date_time")
_ENTRA_ID = ("microsoft_entra_device_id", "azure_ad_device_id", "entra_device_id")


class _Device(msgspec.Struct, gc=False, rename="camel"):
    id: str | None = None
    device_name: str | None = None
    managed_device_owner_type: str | None = None
    enrolled_date_time: str | None = None
    last_sync_date_time: str | None = None
    operating_system: str | None = None
    os_version: str | None = None
    azure_ad_device_id: str | None = msgspec.field(default=None, name="azureADDeviceId")
    user_principal_name: str | None = None
    serial_number: str | None = None
    wi_fi_mac_address: str | None = None
    ethernet_mac_address: str | None = None
    device_category_display_name: str | None = None


class _Answer(msgspec.Struct, gc=False):
    value: msgspec.Raw = ABSENT
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


_DEVICE: ElementOf[_Device | None] = ElementOf(_Device | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of managed devices, in either shape."""
    if starts_json(head):
        text = text_of(head)
        is_listed = "deviceManagement/managedDevices" in text or (
            '"lastSyncDateTime"' in text and '"deviceName"' in text
        )
        return is_listed and ('"value"' in text or text.lstrip().startswith("["))
    header = {normalise(cell) for cell in header_of(head)}
    return {"device_name", "last_check_in"} <= header and bool(
        header & {"device_id", "serial_number", "managed_by", "ownership", *_ENTRA_ID}
    )


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the inventory, then an ``Asset`` per device."""
    return _from_json(file) if is_json(file) else _from_csv(file)


def _from_json(file: ExportFile) -> Iterator[Record]:
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="value")
    devices = elements(answer.value, _DEVICE, where=f"{file.name}, devices", expected=_EXPECTED)
    if devices is None:
        raise FormatError(
            "there is no list of devices", where=file.name, remedy=f"export {_EXPECTED}"
        )
    newest = Newest(file.modified_at)
    for device in devices:
        if device is not None:
            newest.add(parse_instant(device.last_sync_date_time))
    yield Scan(
        tool=TOOL,
        target="inventory:",
        as_of=newest.moment,
        is_complete=not answer.next_link,
        problem="one page of several (@odata.nextLink)" if answer.next_link else "",
    )
    skips = Skips()
    for device in devices:
        if device is not None:
            yield _asset(device, skips)
    yield from skips.records()


def _asset(device: _Device, skips: Skips) -> Asset:
    family = os_family(device.operating_system)
    enrolled, synced = device.enrolled_date_time, device.last_sync_date_time
    return Asset(
        source=TOOL,
        external_id=device.id or device.serial_number or device.device_name or "",
        kind=device_kind(family),
        name=device.device_name or "",
        hostname=short_name(device.device_name),
        serial=said(device.serial_number),
        device_id=guid(device.azure_ad_device_id),
        macs=mac_addresses(device.wi_fi_mac_address, device.ethernet_mac_address),
        os_family=family,
        os_version=device.os_version or "",
        is_company_owned=_OWNED.get((device.managed_device_owner_type or "").lower()),
        owner=device.user_principal_name or "",
        group=said(device.device_category_display_name) or "",
        tags=_tags(device.device_category_display_name),
        created_at=skips.instant(parse_instant(enrolled), "enrolledDateTime"),
        seen_at=skips.instant(parse_instant(synced), "lastSyncDateTime"),
    )


def _tags(category: str | None) -> tuple[str, ...]:
    stated = said(category)
    return tag_list({"category": stated} if stated else None)


def _from_csv(file: ExportFile) -> Iterator[Record]:
    order = _order(file)
    newest = Newest(file.modified_at)
    with open_table(file) as table:
        for row in table:
            newest.add(_instant(row, _SEEN, order))
    yield Scan(tool=TOOL, target="inventory:", as_of=newest.moment)
    skips = Skips()
    with open_table(file) as table:
        for row in table:
            yield _asset_of_row(row, order, skips)
    yield from skips.records()


def _order(file: ExportFile) -> Order:
    columns = (*_SEEN, *_ENROLLED)
    try:
        with open_table(file) as table:
            return order_of(row.text(column) for row in table for column in columns)
    except MixedOrdersError:
        raise FormatError(
            "some dates are day first, others month first",
            where=file.name,
            remedy="export the devices again in one language",
        ) from None


def _instant(row: Row, columns: tuple[str, ...], order: Order) -> datetime | None:
    text = row.first(*columns)
    if said(text) is None:
        return None
    moment = parse_local(text, order)
    if moment is None:
        raise row.refuse(columns[0], f"“{text[:40]}” is not a date", "export the devices again")
    return moment


def _asset_of_row(row: Row, order: Order, skips: Skips) -> Asset:
    name, serial = row.text("device_name"), said(row.text("serial_number"))
    family = os_family(row.first("os", "operating_system"))
    macs = (
        row.first("wi_fi_mac", "wi_fi_mac_address"),
        row.first("ethernet_mac", "ethernet_mac_address"),
    )
    return Asset(
        source=TOOL,
        external_id=row.first("device_id", "intune_device_id") or serial or name,
        kind=device_kind(family),
        name=name,
        hostname=short_name(name),
        serial=serial,
        device_id=guid(row.first(*_ENTRA_ID)),
        macs=mac_addresses(*macs),
        os_family=family,
        os_version=row.text("os_version"),
        is_company_owned=_OWNED.get(row.first("ownership", "device_ownership").lower()),
        owner=said(row.first("primary_user_upn", "user_principal_name")) or "",
        group=said(row.first("category", "device_category")) or "",
        tags=_tags(row.first("category", "device_category")),
        created_at=skips.instant(_instant(row, _ENROLLED, order), "enrollment date"),
        seen_at=skips.instant(_instant(row, _SEEN, order), "last check-in"),
    )


FORMAT = Format(
    name=TOOL,
    title="Microsoft Intune managed devices",
    example="Devices > All devices > Export, or GET /deviceManagement/managedDevices as JSON",
    feeds=(Feeds.EDR, Feeds.PATCH_CADENCE),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
)
