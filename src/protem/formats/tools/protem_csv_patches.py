"""Protem's own table of installed patches: one row per patch and machine."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.machines import os_family, short_name
from protem.formats.newest import NewestOf
from protem.formats.records import Patch, Record, Scan
from protem.formats.sheets import Cell, Column, Sheet, is_sheet, read_sheet
from protem.formats.skips import IMPOSSIBLE, Skips
from protem.formats.tables import Row

TOOL = "protem-patches"

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="hostname", required=True, meaning="The machine's host name."),
        Column(name="patch", required=True, meaning="KB number, or package without version."),
        Column(
            name="installed_at", type=Cell.INSTANT, required=True, meaning="When installed."
        ),
        Column(name="released_on", type=Cell.DAY, meaning="When the maker released it."),
        Column(name="automatic", type=Cell.FLAG, meaning="Installed without a person."),
        Column(name="reboot_pending", type=Cell.FLAG, meaning="Not in force until a reboot."),
        Column(name="version", meaning="The version installed."),
        Column(name="os", meaning="Operating system."),
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """A ``Patch`` per row; before a machine's first one, its ``Scan``."""
    newest = NewestOf(file.modified_at)
    for row in read_sheet(SHEET, file, Skips()):
        newest.add(_host(row), row.instant("installed_at"))
    skips = Skips()
    for row in read_sheet(SHEET, file, skips):
        if (host := _host(row)) in newest:
            yield Scan(
                tool=TOOL,
                target=f"log:{host}",
                name=host,
                as_of=newest.pop(host),
                proves_absence=False,
                hostname=host,
            )
        if (patch := _patch(row, skips)) is not None:
            yield patch
    yield from skips.records()


def _host(row: Row) -> str:
    return short_name(row.text("hostname")) or row.text("hostname").lower()


def _patch(row: Row, skips: Skips) -> Patch | None:
    installed_at = skips.instant(row.instant("installed_at"), "installed_at")
    if installed_at is None:
        return None
    released_on = skips.day(row.day("released_on"), "released_on")
    if released_on is not None and released_on > installed_at.date():
        skips.add(f"{IMPOSSIBLE}: released after it was installed")
        released_on = None
    return Patch(
        hostname=_host(row),
        patch=row.text("patch"),
        version=row.text("version"),
        installed_at=installed_at,
        released_on=released_on,
        is_automatic=row.flag("automatic"),
        is_reboot_pending=bool(row.flag("reboot_pending")),
        os_family=os_family(row.text("os")),
    )


FORMAT = Format(
    name=TOOL,
    title="Protem patches (CSV)",
    example="a spreadsheet with the columns hostname, patch, installed_at, released_on",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.INSTALLED,
    sniff=sniff,
    parse=parse,
)
