"""When each customer's review was due, and whether that was kept.

The clock runs on working days (24 h each, UTC) from receipt, less the hours recorded as
waiting for the customer. Without a date agreed the promise is 48 h, by size: up to 50
questions or no size 48 h, up to 200 72 h, more 120 h. The 48 h are our users' promise, not an
industry norm.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from protem.handoff.worktime import after_hours, hours_between
from protem.kit.versions import known
from protem.reviews.queries import ReviewRow

TIERS = ((50, 48.0), (200, 72.0))
LARGEST_HOURS = 120.0


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One review as of one moment; what happened later is not in it."""

    external_id: str
    customer: str
    deal: str
    received_at: datetime
    answered_at: datetime | None
    due_at: datetime
    promise_hours: float
    """Working-day hours from receipt to the promised answer, waits not counted."""
    paused_hours: float

    def is_late(self, as_of: datetime) -> bool:
        """Whether it is or was answered after it was due."""
        return (self.answered_at or as_of) > self.due_at

    def settled_at(self, as_of: datetime) -> datetime | None:
        """When it was kept or missed: at the answer in time, else when due; None if pending."""
        settled = min(self.answered_at or self.due_at, self.due_at)
        return settled if settled <= as_of else None

    def age_hours(self, moment: datetime) -> float:
        """Its working-day hours at ``moment`` or the answer, less the waits."""
        end = min(self.answered_at or moment, moment)
        return max(hours_between(self.received_at, end) - self.paused_hours, 0.0)


def clocks(reviews: Iterable[ReviewRow], as_of: datetime) -> tuple[list[Clock], int]:
    """The reviews received by ``as_of``, and how many have no time of receipt."""
    rows = known(reviews, as_of, lambda row: row.external_id)
    undated = sum(row.received_at is None and row.known_at <= as_of for row in rows)
    return [_clock(row, as_of) for row in rows if _is_received(row, as_of)], undated


def _is_received(row: ReviewRow, as_of: datetime) -> bool:
    return row.received_at is not None and row.received_at <= as_of


def _clock(row: ReviewRow, as_of: datetime) -> Clock:
    received = row.received_at or as_of
    answered = row.answered_at if row.answered_at and row.answered_at <= as_of else None
    paused = max(row.paused_hours, 0.0)
    if row.due_at is not None and row.due_at > received:
        promise = max(hours_between(received, row.due_at), 1.0)
        due = row.due_at + timedelta(hours=paused)
    else:
        promise = promised_hours(row.questions)
        due = after_hours(received, promise + paused)
    return Clock(
        external_id=row.external_id,
        customer=row.customer,
        deal=row.deal,
        received_at=received,
        answered_at=answered if answered and answered >= received else None,
        due_at=due,
        promise_hours=promise,
        paused_hours=paused,
    )


def promised_hours(questions: int | None) -> float:
    """The promise by size, in hours of working days."""
    if questions is None:
        return TIERS[0][1]
    return next((hours for most, hours in TIERS if questions <= most), LARGEST_HOURS)
