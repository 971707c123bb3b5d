"""Dates that no true clock can have written: after the report, or after its file came in.

Clocks disagree, so a day is granted. What is later still is left out and counted, as formats
do with the years 1 and 9999. Nothing is put in its place: a report without a date of its own
is as of its file's time, a finding as of the scan that shows it.
"""

from datetime import datetime
from typing import TypeVar

import msgspec
import polars as pl

from protem.formats.records import Record
from protem.formats.skips import CLOCK_SKEW, IMPOSSIBLE
from protem.ledger.facts import INSTANT
from protem.ledger.reconcile.intake import Intake

AFTER_ARRIVAL = (
    f"{IMPOSSIBLE} of a report: after it came in, so it is taken as of its file's time"
)
_Kind = TypeVar("_Kind", bound=Record)


def undate_reports(intake: Intake, *, came_at: datetime) -> None:
    """Take from ``intake`` the dates of reports that lie after the file came in."""
    _without(intake, intake.scans, "as_of", AFTER_ARRIVAL, latest=came_at + CLOCK_SKEW)


def leave_out_later(intake: Intake, *, as_of: datetime, undated_at: datetime) -> None:
    """Take from ``intake`` what its records say happened after the report.

    Args:
        intake: changed in place; what is left out is counted in ``skipped``.
        as_of: the moment that the file speaks of.
        undated_at: that of scans in it which bear no date of their own.
    """
    latest = as_of + CLOCK_SKEW
    told = f"{IMPOSSIBLE}: {{}} after the report"
    contact = told.format("last contact")
    _without(intake, intake.assets, "seen_at", contact, latest=latest)
    _without(intake, intake.agents, "seen_at", contact, latest=latest)
    _without(intake, intake.patch_states, "seen_at", contact, latest=latest)
    _without(intake, intake.assets, "created_at", told.format("created"), latest=latest)
    _without(intake, intake.agents, "installed_at", told.format("installed"), latest=latest)
    kept = [patch for patch in intake.patches if patch.installed_at <= latest]
    _count(intake, told.format("patched"), len(intake.patches) - len(kept))
    intake.patches[:] = kept
    moments = [scan.as_of or undated_at for scan in intake.scans]
    for name, what in (("found_at", "found"), ("ended_at", "ended")):
        _without_in_findings(intake, name, told.format(what), moments)


def _without(
    intake: Intake, records: list[_Kind], name: str, reason: str, *, latest: datetime
) -> None:
    """Make the field None where it is later; most files have no such record."""
    late = [
        at for at, record in enumerate(records) if (getattr(record, name) or latest) > latest
    ]
    for at in late:
        records[at] = msgspec.structs.replace(records[at], **{name: None})
    _count(intake, reason, len(late))


def _without_in_findings(
    intake: Intake, name: str, reason: str, moments: list[datetime]
) -> None:
    if intake.shown.is_empty():
        return
    latest = pl.Series([moment + CLOCK_SKEW for moment in moments], dtype=INSTANT)
    is_late = (intake.shown[name] > latest.gather(intake.shown["scan"])).fill_null(value=False)
    if late := int(is_late.sum()):
        kept = pl.when(~is_late).then(pl.col(name))
        intake.shown = intake.shown.with_columns(kept.alias(name))
        _count(intake, reason, late)


def _count(intake: Intake, reason: str, count: int) -> None:
    if count:
        intake.skipped[reason] += count
