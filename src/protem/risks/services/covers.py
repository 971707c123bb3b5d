"""What is covered now: worked out anew after each decision and import."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl
from django.db import transaction

from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.risks import queries
from protem.risks.models import Cover, Kind


@transaction.atomic
def refresh_covers(*, at: datetime) -> int:
    """Work out anew which finding is covered by which decision; returns how many are."""
    covers: dict[int, tuple[int, str, datetime | None]] = {}
    for one in queries.standing_at(at):
        rule = queries.rule_of(one)
        ids: Iterable[int] = (
            [one.finding_id or 0]
            if rule is None
            else queries.findings_matching(rule).values_list("pk", flat=True)
        )
        for finding_id in ids:
            known = covers.get(finding_id)
            if known is None or (known[1] == Kind.ACCEPTED and one.kind != Kind.ACCEPTED):
                covers[finding_id] = (one.pk, one.kind, queries.until_of(one))
    Cover.objects.all().delete()
    rows = [(finding_id, *cover) for finding_id, cover in sorted(covers.items())]
    schema = {
        "finding_id": pl.Int64,
        "decision_id": pl.Int64,
        "kind": pl.String,
        "until_at": INSTANT,
    }
    bulk.insert(Cover, bulk.frame(rows, schema))
    return len(rows)
