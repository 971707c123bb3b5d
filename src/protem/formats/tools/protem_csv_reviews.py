"""Protem's own table of customers' security reviews: one row per questionnaire."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.records import CustomerReview, Record
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

TOOL = "protem-reviews"

_MOST_HOURS = 100_000

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="id", required=True, meaning="Your own id, the same in every export."),
        Column(name="customer", required=True, meaning="Who asks."),
        Column(
            name="received_at",
            type=Cell.INSTANT,
            required=True,
            meaning="When the questions came.",
        ),
        Column(name="deal", meaning="The deal it belongs to."),
        Column(name="answered_at", type=Cell.INSTANT, meaning="When the answers went out."),
        Column(name="due_at", type=Cell.INSTANT, meaning="When the customer wants them."),
        Column(name="questions", type=Cell.COUNT, meaning="How many questions."),
        Column(name="hours", type=Cell.NUMBER, meaning="Hours of work."),
        Column(
            name="paused_hours", type=Cell.NUMBER, meaning="Hours waiting for the customer."
        ),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the register, then a ``CustomerReview`` per row."""
    return register_records(SHEET, file, _review)


def _review(row: Row, skips: Skips) -> CustomerReview | None:
    received_at = skips.instant(row.instant("received_at"), "received_at")
    if received_at is None:
        return None
    answered_at = skips.instant(row.instant("answered_at"), "answered_at")
    if answered_at is not None and answered_at < received_at:
        skips.add(f"{IMPOSSIBLE}: answered before it was received")
        answered_at = None
    return CustomerReview(
        external_id=row.text("id"),
        customer=row.text("customer"),
        deal=row.text("deal"),
        received_at=received_at,
        answered_at=answered_at,
        due_at=skips.instant(row.instant("due_at"), "due_at"),
        questions=row.count("questions"),
        hours=row.number_in("hours", _MOST_HOURS),
        paused_hours=row.number_in("paused_hours", _MOST_HOURS) or 0.0,
    )


FORMAT = Format(
    name=TOOL,
    title="Protem customer reviews (CSV)",
    example="a spreadsheet with the columns id, customer, received_at, answered_at, hours",
    feeds=(Feeds.SALES, Feeds.LEADERSHIP),
    sniff=sniff,
    parse=parse,
)
