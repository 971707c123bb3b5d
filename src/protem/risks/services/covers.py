"""What is covered now: worked out anew after each decision and import."""

from datetime import datetime

import polars as pl
from django.db import transaction

from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.risks import queries
from protem.risks.models import Cover


@transaction.atomic
def refresh_covers(*, at: datetime) -> int:
    """Work out anew which finding is covered by which decision; returns how many are."""
    covers = queries.covers_of(queries.standing_at(at))
    Cover.objects.all().delete()
    rows = [
        (finding_id, one.pk, one.kind, queries.until_of(one))
        for finding_id, one in sorted(covers.items())
    ]
    schema = {
        "finding_id": pl.Int64,
        "decision_id": pl.Int64,
        "kind": pl.String,
        "until_at": INSTANT,
    }
    bulk.insert(Cover, bulk.frame(rows, schema))
    return len(rows)
