"""Protem's own table of exceptions: one row per accepted risk or false positive."""

from collections.abc import Iterator

from protem.formats.advisories import FindingDecision
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.records import FindingState, Record, Severity
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

TOOL = "protem-exceptions"
_DECISIONS = {"accepted": FindingState.ACCEPTED, "false_positive": FindingState.FALSE_POSITIVE}
_SEVERITIES = {one.name.lower(): one for one in Severity if one}

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="id", required=True, meaning="Your own id, the same in every export."),
        Column(
            name="decision",
            required=True,
            type=Cell.CHOICE,
            choices=tuple(_DECISIONS),
            meaning="What was decided.",
        ),
        Column(name="reason", required=True, meaning="Why."),
        Column(name="vulnerability", meaning="All filled fields of these must match."),
        Column(name="component", meaning="A package URL without version: pkg:npm/lodash."),
        Column(name="asset", meaning="An asset's name."),
        Column(name="asset_group", meaning="An asset group."),
        Column(
            name="severity_at_most",
            type=Cell.CHOICE,
            choices=tuple(_SEVERITIES),
            meaning="The gravest severity it covers.",
        ),
        Column(name="approver", meaning="Who accepted the risk."),
        Column(name="ticket", meaning="Where it is followed up."),
        Column(name="decided_at", type=Cell.INSTANT, meaning="When; as_of when empty."),
        Column(name="expires_on", type=Cell.DAY, meaning="The last day; needed to accept."),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the register, then a decision per row."""
    return register_records(SHEET, file, _decision)


def _decision(row: Row, skips: Skips) -> FindingDecision | None:
    kind = row.choice("decision", _DECISIONS)
    expires_on = skips.day(row.day("expires_on"), "expires_on")
    about = {
        name: row.text(name) for name in ("vulnerability", "component", "asset", "asset_group")
    }
    if kind is None or not any(about.values()):
        skips.add("exception that says nothing of what it is about")
        return None
    if kind is FindingState.ACCEPTED and expires_on is None:
        skips.add("accepted risk without an expiry")
        return None
    return FindingDecision(
        external_id=row.text("id"),
        kind=kind,
        reason=row.text("reason"),
        severity_at_most=row.choice("severity_at_most", _SEVERITIES),
        approver=row.text("approver"),
        ticket=row.text("ticket"),
        decided_at=skips.instant(row.instant("decided_at"), "decided_at"),
        expires_on=expires_on,
        **about,
    )


FORMAT = Format(
    name=TOOL,
    title="Protem exceptions (CSV)",
    example="a spreadsheet with the columns id, decision, reason, component, expires_on",
    feeds=(Feeds.MTTR, Feeds.FIX_FIRST),
    sniff=sniff,
    parse=parse,
)
