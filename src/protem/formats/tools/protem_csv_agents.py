"""Protem's own table of EDR agents, for consoles without a format."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.machines import guid, mac_addresses, os_family, said, short_name
from protem.formats.records import Agent, AgentState, AssetKind, Record, Scan
from protem.formats.sheets import AS_OF, Cell, Column, Sheet, is_sheet, newest, read_sheet
from protem.formats.skips import Skips
from protem.formats.tables import Row

TOOL = "protem-agents"

_KINDS = {kind.value: kind for kind in AssetKind}
_STATES = {state.value: state for state in AgentState}

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="hostname", required=True, meaning="The machine's host name."),
        Column(
            name="seen_at",
            type=Cell.INSTANT,
            required=True,
            may_be_blank=True,
            meaning="When the agent last reported; empty: never.",
        ),
        Column(name="serial", meaning="The hardware's serial number."),
        Column(name="cloud_id", meaning="The cloud's id, such as i-0abc…"),
        Column(name="device_id", meaning="The directory's or MDM's device id."),
        Column(name="agent_id", meaning="The console's id of the agent."),
        Column(name="mac", meaning="MAC addresses, separated by blanks or semicolons."),
        Column(name="os", meaning="Operating system."),
        Column(
            name="kind",
            type=Cell.CHOICE,
            choices=tuple(_KINDS),
            meaning="What sort of machine it is.",
        ),
        Column(
            name="state",
            type=Cell.CHOICE,
            choices=tuple(_STATES),
            meaning="Protecting when empty.",
        ),
        Column(name="version", meaning="The agent's version."),
        Column(name="installed_on", type=Cell.INSTANT, meaning="When it was installed."),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the agent list, then an ``Agent`` per row."""
    as_of = newest(SHEET, file) or newest(SHEET, file, "seen_at")
    yield Scan(tool=TOOL, target="inventory:", as_of=as_of)
    skips = Skips()
    for row in read_sheet(SHEET, file, skips):
        yield _agent(row, skips)
    yield from skips.records()


def _agent(row: Row, skips: Skips) -> Agent:
    name = row.text("hostname")
    serial, cloud_id = said(row.text("serial")), said(row.text("cloud_id"))
    device_id = guid(row.text("device_id"))
    return Agent(
        source=TOOL,
        external_id=said(row.text("agent_id")) or cloud_id or device_id or serial or name,
        name=name,
        hostname=short_name(name),
        serial=serial,
        cloud_id=cloud_id,
        device_id=device_id,
        macs=mac_addresses(*row.text("mac").replace(";", " ").replace(",", " ").split()),
        os_family=os_family(row.text("os")),
        kind=row.choice("kind", _KINDS) or AssetKind.OTHER,
        version=row.text("version"),
        state=row.choice("state", _STATES) or AgentState.PROTECTING,
        installed_at=skips.instant(row.instant("installed_on"), "installed_on"),
        seen_at=skips.instant(row.instant("seen_at"), "seen_at"),
    )


FORMAT = Format(
    name=TOOL,
    title="Protem agents (CSV)",
    example="a spreadsheet with the columns hostname, serial, state, seen_at, version",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)
