"""Deals, customers' reviews and question outcomes as typed rows, all versions."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from protem.reviews import models

_REVERTED = "reverted"
"""The state of runs that were taken out again; what they brought doesn't count."""


class DemandRow(msgspec.Struct, frozen=True, kw_only=True):
    """A framework that a deal asks for."""

    framework: str
    level: str
    binding: str
    """``signed``, ``mandatory`` or ``preferred``."""
    needed_on: date | None
    is_confirmed: bool


class DealRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a sales opportunity, with what it demands."""

    run_id: int | None
    known_at: datetime
    external_id: str
    customer: str
    name: str
    stage: str
    is_late_stage: bool
    is_open: bool
    amount: float | None
    close_on: date | None
    previous_close_on: date | None
    demands: tuple[DemandRow, ...]


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a customer's security review."""

    run_id: int | None
    known_at: datetime
    external_id: str
    customer: str
    deal: str
    received_at: datetime | None
    answered_at: datetime | None
    due_at: datetime | None
    questions: int | None
    hours: float | None
    paused_hours: float


class QuestionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of how a question was answered."""

    run_id: int | None
    known_at: datetime
    review: str
    external_id: str
    domain: str
    source: str
    confidence: int | None
    """1 to 5."""
    answered_at: datetime | None


def deals() -> list[DealRow]:
    """Every version of every deal, in the order of arrival."""
    rows = models.Deal.objects.exclude(run__state=_REVERTED).order_by("id")
    return [
        DealRow(
            run_id=row.run_id,
            known_at=row.known_at,
            external_id=row.external_id,
            customer=row.customer,
            name=row.name,
            stage=row.stage,
            is_late_stage=row.is_late_stage,
            is_open=row.is_open,
            amount=row.amount,
            close_on=row.close_on,
            previous_close_on=row.previous_close_on,
            demands=_demands(row.demands.all()),
        )
        for row in rows.prefetch_related("demands")
    ]


def customer_reviews() -> list[ReviewRow]:
    """Every version of every customer's review, in the order of arrival."""
    fields = ReviewRow.__struct_fields__
    rows = models.CustomerReview.objects.exclude(run__state=_REVERTED).order_by("id")
    return [ReviewRow(**row) for row in rows.values(*fields)]


def question_outcomes() -> list[QuestionRow]:
    """Every version of every question's outcome, in the order of arrival."""
    fields = QuestionRow.__struct_fields__
    rows = models.QuestionOutcome.objects.exclude(run__state=_REVERTED).order_by("id")
    return [QuestionRow(**row) for row in rows.values(*fields).iterator(chunk_size=5000)]


def _demands(rows: Iterable[models.Demand]) -> tuple[DemandRow, ...]:
    return tuple(
        DemandRow(
            framework=row.framework,
            level=row.level,
            binding=row.binding,
            needed_on=row.needed_on,
            is_confirmed=row.is_confirmed,
        )
        for row in sorted(rows, key=lambda row: row.pk)
    )
