"""PowerShell's ``Get-HotFix`` as CSV, of one machine or of many.

It lists only what component-based servicing knows: superseded cumulative updates vanish,
MSI and Store updates never appear. So it dates the newest updates and is no full log. When
an update was released is not in it: for a ``Security Update`` the newest Patch Tuesday by its
installation is taken, and marked as inferred.

``InstalledOn`` is a date in the locale of whoever exported it, without a time. The order of
day and month is proven by the file's other dates; where none proves it, it is read as
month/day/year, which is what PowerShell writes on an English (US) system.
"""

import re
from collections.abc import Iterator

from protem.formats.dates import plausible
from protem.formats.format import ExportFile, Feeds, Format, FormatError, PatchProof
from protem.formats.localdates import MixedOrdersError, Order, order_of, parse_local
from protem.formats.machines import short_name
from protem.formats.newest import NewestOf
from protem.formats.patchtuesday import newest_patch_tuesday
from protem.formats.records import Patch, Record, Scan
from protem.formats.skips import IMPOSSIBLE, Skips
from protem.formats.tables import Row, header_of, normalise, open_table

TOOL = "windows-hotfix"

_HOST_COLUMNS = ("csname", "pscomputername", "source", "server")
_KB = re.compile(r"KB\d{5,8}", re.ASCII | re.IGNORECASE)
_MONTHLY = "security update"
"""How cumulative security updates are described; previews and others are plain updates."""
_EXAMPLE = (
    "Get-HotFix | Select CSName,HotFixID,Description,InstalledBy,"
    "@{n='InstalledOn';e={$_.InstalledOn.ToString('yyyy-MM-dd')}}"
    " | Export-Csv -NoType -Encoding utf8 hotfixes.csv"
)


def sniff(head: bytes) -> bool:
    """Whether the header names hotfixes, their date and their machine."""
    header = {normalise(cell) for cell in header_of(head)}
    return {"hotfixid", "installedon"} <= header and bool(header & set(_HOST_COLUMNS))


def parse(file: ExportFile) -> Iterator[Record]:
    """A ``Patch`` per update; before a machine's first one, its ``Scan``."""
    order = _order(file)
    newest = NewestOf(file.modified_at)
    for patch in _patches(file, order, Skips()):
        newest.add(patch.hostname, patch.installed_at)
    skips = Skips()
    for patch in _patches(file, order, skips):
        if patch.hostname in newest:
            yield Scan(
                tool=TOOL,
                target=f"log:{patch.hostname}",
                name=patch.hostname,
                as_of=newest.pop(patch.hostname),
                proves_absence=False,
                hostname=patch.hostname,
                os_family="windows",
            )
        yield patch
    yield from skips.records()


def _order(file: ExportFile) -> Order:
    try:
        with open_table(file) as table:
            return order_of(row.text("installedon") for row in table)
    except MixedOrdersError:
        raise FormatError(
            "some dates in InstalledOn are day first, others month first",
            where=file.name,
            remedy=f"export the machines apart or with: {_EXAMPLE}",
        ) from None


def _patches(file: ExportFile, order: Order, skips: Skips) -> Iterator[Patch]:
    with open_table(file) as table:
        for row in table:
            patch = _patch(row, order, skips)
            if patch is not None:
                yield patch


def _patch(row: Row, order: Order, skips: Skips) -> Patch | None:
    host = short_name(row.first(*_HOST_COLUMNS))
    installed_at = parse_local(row.text("installedon"), order)
    reason = ""
    if not _KB.fullmatch(row.text("hotfixid")):
        reason = "row without a KB number"
    elif host is None:
        reason = "row without a host name"
    elif not row.text("installedon"):
        reason = "update without a date"
    elif installed_at is None:
        reason = "date that cannot be read in InstalledOn"
    elif not plausible(installed_at):
        reason = f"{IMPOSSIBLE} in InstalledOn"
    if reason or host is None or installed_at is None:
        skips.add(reason)
        return None
    is_monthly = row.text("description").lower() == _MONTHLY
    return Patch(
        hostname=host,
        patch=row.text("hotfixid").upper(),
        installed_at=installed_at,
        released_on=newest_patch_tuesday(installed_at.date()) if is_monthly else None,
        is_release_inferred=is_monthly,
        os_family="windows",
    )


FORMAT = Format(
    name=TOOL,
    title="Windows Get-HotFix",
    example=_EXAMPLE,
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.INSTALLED,
    sniff=sniff,
    parse=parse,
)
