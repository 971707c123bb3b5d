"""Storing what files say of deals, customers' reviews and their questions."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from django.db import transaction

from protem.formats import records as said
from protem.reviews import models

BATCH = 2000

Kind = TypeVar("Kind", bound=said.Record)


@transaction.atomic
def record(run_id: int, known_at: datetime, records: Iterable[said.Record]) -> int:
    """Add a version of every deal, review and question among ``records``; how many were added.

    Nothing stored before is changed. Records of other kinds are left to their own domain.
    """
    given = list(records)
    stamp: dict[str, Any] = {"run_id": run_id, "known_at": known_at}
    deals = [row for row in given if isinstance(row, said.Deal)]
    _record_deals(stamp, deals)
    reviews = [
        models.CustomerReview(**row) for row in _rows(stamp, _of(given, said.CustomerReview))
    ]
    models.CustomerReview.objects.bulk_create(reviews, batch_size=BATCH)
    questions = [
        models.QuestionOutcome(**row) for row in _rows(stamp, _of(given, said.QuestionOutcome))
    ]
    models.QuestionOutcome.objects.bulk_create(questions, batch_size=BATCH)
    return len(deals) + len(reviews) + len(questions)


@transaction.atomic
def forget(run_id: int) -> None:
    """Take out what one import added."""
    for model in (models.Deal, models.CustomerReview, models.QuestionOutcome):
        model.objects.filter(run_id=run_id).delete()


def _of(given: list[said.Record], kind: type[Kind]) -> list[Kind]:
    return [row for row in given if isinstance(row, kind)]


def _record_deals(stamp: dict[str, Any], deals: list[said.Deal]) -> None:
    rows = []
    for deal in deals:
        fields = msgspec.structs.asdict(deal)
        del fields["demands"]
        rows.append(models.Deal(**stamp, **fields))
    models.Deal.objects.bulk_create(rows, batch_size=BATCH)
    demands = [
        models.Demand(deal=row, **msgspec.structs.asdict(demand))
        for row, deal in zip(rows, deals, strict=True)
        for demand in deal.demands
    ]
    models.Demand.objects.bulk_create(demands, batch_size=BATCH)


def _rows(stamp: dict[str, Any], given: Iterable[said.Record]) -> Iterator[dict[str, Any]]:
    return ({**stamp, **msgspec.structs.asdict(row)} for row in given)
