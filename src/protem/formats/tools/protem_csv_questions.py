"""Protem's own table of questionnaire questions: how each was answered."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.records import QuestionOutcome, Record
from protem.formats.sheets import (
    AS_OF,
    Cell,
    Column,
    Sheet,
    is_sheet,
    register_records,
)
from protem.formats.skips import Skips
from protem.formats.tables import Row

TOOL = "protem-questions"

_SOURCES = {name: name for name in ("library", "edited", "new", "escalated", "declined")}
_MOST_CONFIDENT = 5

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="review", required=True, meaning="The id of the review."),
        Column(name="id", required=True, meaning="The question's id within the review."),
        Column(
            name="source",
            type=Cell.CHOICE,
            required=True,
            choices=tuple(_SOURCES),
            meaning="Where the answer came from.",
        ),
        Column(name="domain", meaning="What it is about: access, encryption…"),
        Column(name="confidence", type=Cell.COUNT, meaning="1 to 5, rated before sending."),
        Column(name="answered_at", type=Cell.INSTANT, meaning="When it was answered."),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the register, then a ``QuestionOutcome`` per row."""
    return register_records(SHEET, file, _question)


def _question(row: Row, skips: Skips) -> QuestionOutcome:
    confidence = row.count("confidence", _MOST_CONFIDENT)
    if confidence == 0:
        raise row.refuse("confidence", "“0” is not a rating", "rate from 1 to 5")
    return QuestionOutcome(
        review=row.text("review"),
        external_id=row.text("id"),
        domain=row.text("domain"),
        source=row.choice("source", _SOURCES) or "",
        confidence=confidence,
        answered_at=skips.instant(row.instant("answered_at"), "answered_at"),
    )


FORMAT = Format(
    name=TOOL,
    title="Protem questionnaire answers (CSV)",
    example="a spreadsheet with the columns review, id, domain, source, confidence",
    feeds=(Feeds.QUESTIONS,),
    sniff=sniff,
    parse=parse,
)
