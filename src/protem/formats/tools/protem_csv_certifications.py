"""Protem's own table of certificates and attestations: one row per certificate or period."""

from collections.abc import Iterator

from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.records import Certificate, Record
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

TOOL = "protem-certifications"

_STAGES = {name: name for name in ("planned", "readiness", "observation", "issued")}
_OPINIONS = {name: name for name in ("unqualified", "qualified", "adverse")}

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="id", required=True, meaning="Your own id, the same in every export."),
        Column(name="framework", required=True, meaning="SOC 2, ISO 27001, HITRUST…"),
        Column(name="level", meaning="Type II, r2, moderate…"),
        Column(name="scope", meaning="What it covers."),
        Column(name="auditor", meaning="Who issues it."),
        Column(
            name="stage",
            type=Cell.CHOICE,
            choices=tuple(_STAGES),
            meaning="The furthest milestone reached.",
        ),
        Column(name="required", type=Cell.FLAG, meaning="Yes when empty."),
        Column(name="period_start", type=Cell.DAY, meaning="First day of the period."),
        Column(name="period_end", type=Cell.DAY, meaning="Last day of the period."),
        Column(name="issued_on", type=Cell.DAY, meaning="Date of the report or certificate."),
        Column(name="expires_on", type=Cell.DAY, meaning="Last day it is good for."),
        Column(name="bridge_until", type=Cell.DAY, meaning="Until when a bridge letter runs."),
        Column(name="next_due_on", type=Cell.DAY, meaning="The next audit's deadline."),
        Column(
            name="opinion",
            type=Cell.CHOICE,
            choices=tuple(_OPINIONS),
            meaning="The auditor's opinion.",
        ),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the register, then a ``Certificate`` per row."""
    return register_records(SHEET, file, _certificate)


def _certificate(row: Row, skips: Skips) -> Certificate:
    start = skips.day(row.day("period_start"), "period_start")
    end = skips.day(row.day("period_end"), "period_end")
    if start is not None and end is not None and end < start:
        skips.add(f"{IMPOSSIBLE}: period ends before it starts")
        start = end = None
    issued_on = skips.day(row.day("issued_on"), "issued_on")
    expires_on = skips.day(row.day("expires_on"), "expires_on")
    if issued_on is not None and expires_on is not None and expires_on < issued_on:
        skips.add(f"{IMPOSSIBLE}: expires before it is issued")
        expires_on = None
    return Certificate(
        external_id=row.text("id"),
        framework=row.text("framework"),
        level=row.text("level"),
        scope=row.text("scope"),
        auditor=row.text("auditor"),
        stage=row.choice("stage", _STAGES) or "",
        is_required=row.flag("required") is not False,
        period_start=start,
        period_end=end,
        issued_on=issued_on,
        expires_on=expires_on,
        bridge_until=skips.day(row.day("bridge_until"), "bridge_until"),
        next_due_on=skips.day(row.day("next_due_on"), "next_due_on"),
        opinion=row.choice("opinion", _OPINIONS) or "",
    )


FORMAT = Format(
    name=TOOL,
    title="Protem certifications (CSV)",
    example="a spreadsheet with the columns id, framework, level, issued_on, expires_on",
    feeds=(Feeds.CERTIFICATIONS, Feeds.SCOPE),
    sniff=sniff,
    parse=parse,
)
