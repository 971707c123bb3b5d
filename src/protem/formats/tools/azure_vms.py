"""Azure virtual machines: ``az vm list -d``, or Resource Graph's rows (``az graph query``).

Without ``-d`` the list does not say what runs; such a file is refused, as a stopped machine
needs no agent. Members of a scale set are ephemeral and carry the set as ``template``.
"""

from collections.abc import Iterator

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, only, records_of
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, Elements, decode_views, elements
from protem.formats.machines import guid, mac_addresses, os_family, short_name, tag_list
from protem.formats.records import Asset, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "azure-vms"

_EXPECTED = "the JSON of az vm list -d, or of az graph query over virtual machines"
_SUBSCRIPTION = "/subscriptions/"


class _Disk(msgspec.Struct, gc=False, rename="camel"):
    os_type: str | None = None


class _Storage(msgspec.Struct, gc=False, rename="camel"):
    os_disk: _Disk | None = None


class _Profile(msgspec.Struct, gc=False, rename="camel"):
    computer_name: str | None = None


class _Power(msgspec.Struct, gc=False, rename="camel"):
    code: str | None = None
    display_status: str | None = None


class _View(msgspec.Struct, gc=False, rename="camel"):
    power_state: _Power | None = None
    computer_name: str | None = None


class _Extended(msgspec.Struct, gc=False, rename="camel"):
    instance_view: _View | None = None


class _Ref(msgspec.Struct, gc=False):
    id: str | None = None


class _Properties(msgspec.Struct, gc=False, rename="camel"):
    vm_id: str | None = None
    storage_profile: _Storage | None = None
    os_profile: _Profile | None = None
    time_created: str | None = None
    virtual_machine_scale_set: _Ref | None = None
    extended: _Extended | None = None


class _Vm(_Properties, gc=False, rename="camel"):
    """A row of ``az vm list``; Resource Graph's keeps the same under ``properties``."""

    id: str | None = None
    name: str | None = None
    power_state: str | None = None
    mac_addresses: str | None = None
    tags: dict[str, str | None] | None = None
    properties: _Properties | None = None


class _Answer(msgspec.Struct, gc=False, rename="camel"):
    data: msgspec.Raw = ABSENT
    value: msgspec.Raw = ABSENT
    total_records: int | None = msgspec.field(default=None, name="total_records")
    total: int | None = msgspec.field(default=None, name="totalRecords")
    skip_token: str | None = msgspec.field(default=None, name="skip_token")
    graph_token: str | None = msgspec.field(default=None, name="$skipToken")
    next_link: str | None = None


_VM: ElementOf[_Vm | None] = ElementOf(_Vm | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of virtual machines."""
    text = text_of(head)
    if not starts_json(head) or '"vmId"' not in text:
        return False
    return '"storageProfile"' in text or "microsoft.compute/virtualmachines" in text.lower()


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the subscription, then an ``Asset`` per machine."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="value")
    where = f"{file.name}, machines"
    rows = elements(answer.data, _VM, where=where, expected=_EXPECTED)
    if rows is None:
        rows = elements(answer.value, _VM, where=where, expected=_EXPECTED)
    powers, subscriptions = set(), set()
    for row in rows or ():
        if row is not None:
            powers.add(_power(row))
            subscriptions.add(_subscription(row))
    if powers == {""}:
        raise FormatError(
            "it does not say which machines run",
            where=file.name,
            remedy="export with az vm list -d (--show-details)",
        )
    target = f"inventory:{only(subscriptions)}"
    return records_of(file, _page(answer, rows), _CONSOLE, target=target)


def _page(answer: _Answer, rows: Elements[_Vm | None] | None) -> Page[_Vm]:
    tokens = {
        "skip_token": answer.skip_token or answer.graph_token,
        "nextLink": answer.next_link,
    }
    return Page(
        rows=rows,
        total=answer.total if answer.total_records is None else answer.total_records,
        next_page=next((name for name, token in tokens.items() if token), ""),
    )


def _asset(vm: _Vm, skips: Skips) -> Asset | None:
    own = vm.properties or vm
    identity = guid(own.vm_id)
    if identity is None:
        skips.add("machine without a vmId")
        return None
    view = (own.extended.instance_view if own.extended else None) or _View()
    profile = own.os_profile or _Profile()
    disk = (own.storage_profile.os_disk if own.storage_profile else None) or _Disk()
    scale_set = own.virtual_machine_scale_set.id if own.virtual_machine_scale_set else None
    return Asset(
        source=TOOL,
        external_id=identity,
        kind=AssetKind.CLOUD,
        name=vm.name or identity,
        hostname=short_name(view.computer_name or profile.computer_name or vm.name),
        cloud_id=identity,
        macs=mac_addresses(*(vm.mac_addresses or "").split(",")),
        os_family=os_family(disk.os_type),
        is_running=_power(vm) in {"", "running"},
        is_ephemeral=bool(scale_set),
        template=f"scale-set:{scale_set.rpartition('/')[2].lower()}" if scale_set else "",
        owner=_tag(vm, "owner"),
        group=_tag(vm, "team"),
        tags=tag_list(vm.tags),
        created_at=skips.instant(parse_instant(own.time_created), "timeCreated"),
    )


def _power(vm: _Vm) -> str:
    """``running``, ``deallocated``…; empty when the row does not say."""
    own = vm.properties or vm
    view = (own.extended.instance_view if own.extended else None) or _View()
    power = view.power_state or _Power()
    said_so = vm.power_state or power.code or power.display_status or ""
    return said_so.lower().replace("powerstate/", "").removeprefix("vm ").strip()


def _subscription(vm: _Vm) -> str:
    return (vm.id or "").lower().partition(_SUBSCRIPTION)[2].partition("/")[0]


def _tag(vm: _Vm, wanted: str) -> str:
    tags = (vm.tags or {}).items()
    return next((value for key, value in tags if key.lower() == wanted and value), "")


_CONSOLE = Console(tool=TOOL, noun="machines", expected=_EXPECTED, read=_asset)

FORMAT = Format(
    name=TOOL,
    title="Azure virtual machines",
    example="az vm list -d --output json > azure-vms.json",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
