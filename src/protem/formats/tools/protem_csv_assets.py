"""Protem's own table of assets: an inventory kept by hand or exported from anywhere."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.machines import guid, mac_addresses, os_family, said, short_name
from protem.formats.records import Asset, AssetKind, Record, Scan
from protem.formats.sheets import AS_OF, Cell, Column, Sheet, is_sheet, newest, read_sheet
from protem.formats.skips import Skips
from protem.formats.tables import Row

TOOL = "protem-assets"

_KINDS = {kind.value: kind for kind in AssetKind}
_MACHINES = frozenset({AssetKind.LAPTOP, AssetKind.SERVER, AssetKind.CLOUD, AssetKind.MOBILE})

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="name", required=True, meaning="What people call it."),
        Column(
            name="kind",
            type=Cell.CHOICE,
            required=True,
            choices=tuple(_KINDS),
            meaning="What sort of thing it is.",
        ),
        Column(name="hostname", meaning="Its host name; without it, the name of a machine."),
        Column(name="serial", meaning="The hardware's serial number."),
        Column(name="cloud_id", meaning="The cloud's id, such as i-0abc…"),
        Column(name="device_id", meaning="The directory's or MDM's device id."),
        Column(name="mac", meaning="MAC addresses, separated by blanks or semicolons."),
        Column(name="os", meaning="Operating system."),
        Column(name="owner", meaning="Who uses or answers for it."),
        Column(name="group", meaning="Team or unit."),
        Column(name="company_owned", type=Cell.FLAG, meaning="No for private devices."),
        Column(name="running", type=Cell.FLAG, meaning="Yes when empty."),
        Column(name="ephemeral", type=Cell.FLAG, meaning="Made and removed by a machine."),
        Column(name="template", meaning="What ephemeral things are made from."),
        Column(name="created_on", type=Cell.INSTANT, meaning="When it came to be."),
        Column(name="seen_at", type=Cell.INSTANT, meaning="When it last showed life."),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the inventory, then an ``Asset`` per row."""
    as_of = newest(SHEET, file) or newest(SHEET, file, "seen_at")
    yield Scan(tool=TOOL, target="inventory:", as_of=as_of)
    skips = Skips()
    for row in read_sheet(SHEET, file, skips):
        yield _asset(row, skips)
    yield from skips.records()


def _asset(row: Row, skips: Skips) -> Asset:
    name = row.text("name")
    kind = row.choice("kind", _KINDS) or AssetKind.OTHER
    hostname = short_name(row.text("hostname"))
    serial, cloud_id = said(row.text("serial")), said(row.text("cloud_id"))
    device_id = guid(row.text("device_id"))
    return Asset(
        source=TOOL,
        external_id=cloud_id or device_id or serial or hostname or name,
        kind=kind,
        name=name,
        hostname=hostname or (short_name(name) if kind in _MACHINES else None),
        serial=serial,
        cloud_id=cloud_id,
        device_id=device_id,
        macs=mac_addresses(*row.text("mac").replace(";", " ").replace(",", " ").split()),
        os_family=os_family(row.text("os")),
        os_version=row.text("os"),
        is_running=row.flag("running") is not False,
        is_company_owned=row.flag("company_owned"),
        is_ephemeral=bool(row.flag("ephemeral")),
        template=row.text("template"),
        owner=row.text("owner"),
        group=row.text("group"),
        created_at=skips.instant(row.instant("created_on"), "created_on"),
        seen_at=skips.instant(row.instant("seen_at"), "seen_at"),
    )


FORMAT = Format(
    name=TOOL,
    title="Protem assets (CSV)",
    example="a spreadsheet with the columns name, kind, hostname, serial, owner, seen_at",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
