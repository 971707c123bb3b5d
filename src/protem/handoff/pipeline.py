"""What late reviews hold up: deal value behind them, and closing days that slipped."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from protem.handoff.review_clock import Clock
from protem.kit.versions import known_by
from protem.reviews.queries import DealRow

SLIP_DAYS = 14
SLIP_WINDOW = timedelta(days=90)
JUST_BEFORE = timedelta(days=30)
"""A review open within this before a slip was noticed counts as open during it."""


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A closing day that moved by more than two weeks, and when a file first showed it."""

    deal: str
    noticed_at: datetime
    before: date
    after: date


def late_value_share(
    deals: Iterable[DealRow], late: Sequence[Clock], as_of: datetime
) -> float | None:
    """The share of late-stage pipeline value behind open late reviews.

    0 when no review is late; None when the value of the pipeline isn't known.
    """
    if not late:
        return 0.0
    held = {clock.deal.casefold() for clock in late if clock.deal}
    open_late = [
        deal
        for deal in known_by(deals, as_of, _identity)
        if deal.is_open and deal.is_late_stage and deal.amount is not None
    ]
    whole = sum(deal.amount or 0.0 for deal in open_late)
    behind = sum(deal.amount or 0.0 for deal in open_late if _identity(deal) in held)
    return behind / whole if whole > 0 else None


def slips(versions: Sequence[Sequence[DealRow]]) -> list[Slip]:
    """Every slip that the versions show: by the file's previous day, or by an older version."""
    found: dict[tuple[str, date, date], Slip] = {}
    for deal_versions in versions:
        earlier: date | None = None
        for deal in deal_versions:
            for before in (deal.previous_close_on, earlier):
                slip = _slip(deal, before)
                if slip:
                    found.setdefault((slip.deal, slip.before, slip.after), slip)
            earlier = deal.close_on or earlier
    return list(found.values())


def slips_in_review(
    found: Iterable[Slip], clocks: Sequence[Clock], as_of: datetime
) -> list[Slip]:
    """The slips of the last 90 days that came while a review of the deal was open."""
    by_deal: dict[str, list[Clock]] = {}
    for clock in clocks:
        by_deal.setdefault(clock.deal.casefold(), []).append(clock)
    return [
        slip
        for slip in found
        if as_of - SLIP_WINDOW < slip.noticed_at <= as_of
        and any(_was_open(clock, slip.noticed_at) for clock in by_deal.get(slip.deal, ()))
    ]


def link_rate(clocks: Sequence[Clock], deals: Iterable[DealRow], as_of: datetime) -> float:
    """The share of reviews that name a deal known at ``as_of``; 1 without reviews."""
    names = {_identity(deal) for deal in deals if deal.known_at <= as_of}
    linked = sum(clock.deal.casefold() in names for clock in clocks)
    return linked / len(clocks) if clocks else 1.0


def _identity(deal: DealRow) -> str:
    return deal.external_id.casefold()


def _slip(deal: DealRow, before: date | None) -> Slip | None:
    if before is None or deal.close_on is None or (deal.close_on - before).days <= SLIP_DAYS:
        return None
    return Slip(
        deal=_identity(deal), noticed_at=deal.known_at, before=before, after=deal.close_on
    )


def _was_open(clock: Clock, noticed_at: datetime) -> bool:
    still = clock.answered_at is None or clock.answered_at >= noticed_at - JUST_BEFORE
    return clock.received_at <= noticed_at and still
