"""Jamf Pro inventory: computers (v1 computers-inventory) or mobile devices (v2 detail).

A computer that is no longer managed stays in the list; it is read as not running, since
nothing can be learned of it any more. With the section APPLICATIONS the versions of programs
are read too: one that differs in the next export was updated in between. With the section
SOFTWARE_UPDATES each computer says which updates it lacks, as of its last report.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant, plausible
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import (
    hardware_id,
    mac_addresses,
    os_family,
    said,
    short_name,
    software_list,
    tag_list,
)
from protem.formats.records import (
    Asset,
    AssetKind,
    PatchCondition,
    PatchState,
    Record,
    Scan,
)
from protem.formats.skips import Newest, Skips

TOOL = "jamf"

_EXPECTED = "JSON of GET /api/v1/computers-inventory with GENERAL and HARDWARE, all pages"


class _Named(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None


class _Update(msgspec.Struct, gc=False):
    name: str | None = None


class _Management(msgspec.Struct, gc=False):
    managed: bool | None = None


class _General(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    display_name: str | None = None
    platform: str | None = None
    last_contact_time: str | None = None
    report_date: str | None = None
    last_enrolled_date: str | None = None
    last_inventory_update_date: str | None = None
    remote_management: _Management | None = None
    managed: bool | None = None
    site: _Named | None = None
    os_version: str | None = None


class _Hardware(msgspec.Struct, gc=False, rename="camel"):
    serial_number: str | None = None
    mac_address: str | None = None
    alt_mac_address: str | None = None
    wifi_mac_address: str | None = None


class _Person(msgspec.Struct, gc=False, rename="camel"):
    username: str | None = None
    email: str | None = None
    email_address: str | None = None


class _Membership(msgspec.Struct, gc=False, rename="camel"):
    group_name: str | None = None


class _Device(msgspec.Struct, gc=False, rename="camel"):
    id: int | str | None = None
    mobile_device_id: int | str | None = None
    udid: str | None = None
    device_type: str | None = None
    general: _General | None = None
    hardware: _Hardware | None = None
    operating_system: _Named | None = None
    user_and_location: _Person | None = None
    group_memberships: list[_Membership] | None = None
    groups: list[_Membership] | None = None
    applications: list[_Named] | None = None
    software_updates: list[_Update] | None = None


class _Kind(msgspec.Struct, gc=False, rename="camel"):
    """All of a device that says which of the two it is."""

    mobile_device_id: int | str | None = None


class _Answer(msgspec.Struct, gc=False, rename="camel"):
    results: msgspec.Raw = ABSENT
    total_count: int | None = None


_DEVICE: ElementOf[_Device | None] = ElementOf(_Device | None)

_KIND: ElementOf[_Kind | None] = ElementOf(_Kind | None)


def sniff(head: bytes) -> bool:
    """Whether it is an inventory of computers or mobile devices."""
    text = text_of(head)
    is_device = '"udid"' in text or '"mobileDeviceId"' in text
    return starts_json(head) and is_device and '"general"' in text and '"hardware"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the computers or of the mobile devices, then an ``Asset`` per device."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="results")
    rows = elements(answer.results, _DEVICE, where=f"{file.name}, devices", expected=_EXPECTED)
    page = Page(rows=rows, total=answer.total_count)
    are_mobile = any(kind.mobile_device_id is not None for kind in _kinds(answer, file))
    what = "mobile-devices" if are_mobile else "computers"
    yield from records_of(file, page, _CONSOLE, target=f"inventory:{what}")
    yield from _states(file, page)


def _kinds(answer: _Answer, file: ExportFile) -> Iterator[_Kind]:
    where = f"{file.name}, devices"
    listed = elements(answer.results, _KIND, where=where, expected=_EXPECTED)
    return (kind for kind in listed or () if kind is not None)


def _states(file: ExportFile, page: Page[_Device]) -> Iterator[Record]:
    """Which updates each computer lacks, where the file has that section."""
    newest = Newest(file.modified_at)
    are_told = False
    for device in _telling(page):
        are_told = True
        newest.add(_reported(device))
    if not are_told:
        return
    problem = page.problem("devices")
    yield Scan(
        tool=TOOL,
        target="patches:computers",
        as_of=newest.moment,
        is_complete=not problem,
        problem=problem,
    )
    for device in _telling(page):
        lacking = len(device.software_updates or ())
        serial = said(device.hardware.serial_number) if device.hardware else None
        reported_at = _reported(device)
        if serial and reported_at is not None and plausible(reported_at):
            yield PatchState(
                serial=serial,
                condition=PatchCondition.MISSING if lacking else PatchCondition.CURRENT,
                missing=lacking,
                seen_at=reported_at,
                os_family="macos",
            )


def _telling(page: Page[_Device]) -> Iterator[_Device]:
    return (row for row in page.rows or () if row and row.software_updates is not None)


def _reported(device: _Device) -> datetime | None:
    return parse_instant(device.general.report_date if device.general else None)


def _seen(device: _Device) -> datetime | None:
    general = device.general or _General()
    return parse_instant(
        general.last_contact_time or general.report_date or general.last_inventory_update_date
    )


def _asset(device: _Device, skips: Skips) -> Asset | None:
    general, hardware = device.general or _General(), device.hardware or _Hardware()
    identity = device.id if device.mobile_device_id is None else device.mobile_device_id
    if identity in {None, ""}:
        skips.add("device without an id")
        return None
    name = general.name or general.display_name
    person, system = device.user_and_location or _Person(), device.operating_system or _Named()
    groups = [*(device.group_memberships or ()), *(device.groups or ())]
    site = general.site.name if general.site else None
    enrolled = parse_instant(general.last_enrolled_date)
    return Asset(
        source=TOOL,
        external_id=f"{'mobile' if device.mobile_device_id is not None else 'mac'}:{identity}",
        kind=_kind(device),
        name=name or "",
        hostname=short_name(name),
        serial=said(hardware.serial_number),
        device_id=hardware_id(device.udid),
        macs=mac_addresses(
            hardware.mac_address, hardware.alt_mac_address, hardware.wifi_mac_address
        ),
        os_family=_family(device, system.name or general.platform),
        os_version=general.os_version or system.version or "",
        software=software_list((each.name, each.version) for each in device.applications or ()),
        is_running=_is_managed(general),
        owner=person.email or person.email_address or person.username or "",
        tags=tag_list({"site": site} if site else None, [each.group_name for each in groups]),
        created_at=skips.instant(enrolled, "lastEnrolledDate"),
        seen_at=skips.instant(_seen(device), "lastContactTime"),
    )


def _kind(device: _Device) -> AssetKind:
    return AssetKind.LAPTOP if device.mobile_device_id is None else AssetKind.MOBILE


def _family(device: _Device, system: str | None) -> str:
    """Jamf only manages what Apple makes: what is no Mac is read as iOS."""
    return os_family(system) or ("macos" if device.mobile_device_id is None else "ios")


def _is_managed(general: _General) -> bool:
    management = general.remote_management or _Management()
    return management.managed is not False and general.managed is not False


_CONSOLE = Console(tool=TOOL, noun="devices", expected=_EXPECTED, read=_asset, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="Jamf Pro inventory",
    example="GET /api/v1/computers-inventory?section=GENERAL&section=HARDWARE"
    "&section=OPERATING_SYSTEM&section=SOFTWARE_UPDATES&section=APPLICATIONS&page-size=2000",
    feeds=(Feeds.EDR, Feeds.PATCH_CADENCE),
    patch_proof=PatchProof.STATE,
    sniff=sniff,
    parse=parse,
)
