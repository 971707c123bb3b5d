"""Protem's own table of security work: one row per ticket."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.records import Record, WorkItem
from protem.formats.sheets import (
    AS_OF,
    Cell,
    Column,
    Sheet,
    is_sheet,
    register_records,
)
from protem.formats.skips import IMPOSSIBLE, Skips
from protem.formats.tables import Row

TOOL = "protem-tickets"

_MOST_HOURS = 100_000

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="id", required=True, meaning="The ticket's id."),
        Column(name="created_at", type=Cell.INSTANT, required=True, meaning="When opened."),
        Column(name="title", meaning="What it is about."),
        Column(name="assignee", meaning="Who works on it."),
        Column(name="started_at", type=Cell.INSTANT, meaning="When work began."),
        Column(name="resolved_at", type=Cell.INSTANT, meaning="When it was done."),
        Column(name="due_on", type=Cell.DAY, meaning="Its deadline."),
        Column(name="planned", type=Cell.FLAG, meaning="No for work that fell in."),
        Column(name="security", type=Cell.FLAG, meaning="Yes when empty."),
        Column(name="hours", type=Cell.NUMBER, meaning="Hours worked."),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the register, then a ``WorkItem`` per row."""
    return register_records(SHEET, file, _item)


def _item(row: Row, skips: Skips) -> WorkItem | None:
    created_at = skips.instant(row.instant("created_at"), "created_at")
    if created_at is None:
        return None
    resolved_at = skips.instant(row.instant("resolved_at"), "resolved_at")
    if resolved_at is not None and resolved_at < created_at:
        skips.add(f"{IMPOSSIBLE}: resolved before it was created")
        resolved_at = None
    return WorkItem(
        external_id=row.text("id"),
        title=row.text("title"),
        assignee=row.text("assignee"),
        is_security=row.flag("security") is not False,
        is_planned=row.flag("planned"),
        created_at=created_at,
        started_at=skips.instant(row.instant("started_at"), "started_at"),
        resolved_at=resolved_at,
        due_on=skips.day(row.day("due_on"), "due_on"),
        hours=row.number_in("hours", _MOST_HOURS),
    )


FORMAT = Format(
    name=TOOL,
    title="Protem tickets (CSV)",
    example="a tracker's export with the columns id, created_at, resolved_at, planned, hours",
    feeds=(Feeds.REACTIVE, Feeds.LEADERSHIP),
    sniff=sniff,
    parse=parse,
)
