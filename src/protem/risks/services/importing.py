"""Decisions that files bring: VEX documents, and registers of exceptions."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from django.db import transaction

from protem.formats import advisories as said
from protem.formats.records import Record
from protem.risks.justifications import label_of
from protem.risks.models import FindingDecision, Kind

_BATCH = 1_000


_STATED = {
    said.Exploitability.NOT_AFFECTED: Kind.FALSE_POSITIVE,
    said.Exploitability.FIXED: Kind.CLAIMED_FIXED,
    said.Exploitability.AFFECTED: Kind.CLAIMED_OPEN,
    said.Exploitability.UNDER_INVESTIGATION: Kind.CLAIMED_OPEN,
}
"""The last two decide nothing: the finding stands as the scanner reports it."""


@transaction.atomic
def record(run_id: int, known_at: datetime, records: Iterable[Record]) -> int:
    """Keep the decisions that a file states; how many there were.

    Of one moment's statements about one place the last written counts: that it is open, where
    a product is said to be affected by way of one part of it and not of another.
    """
    rows = []
    batches: defaultdict[tuple[str, ...], UUID] = defaultdict(uuid4)
    for one in records:
        if isinstance(one, said.Statement):
            row = _from_vex(one, known_at)
            row.batch = batches[row.kind, row.vulnerability, row.reason]
            rows.append(row)
        elif isinstance(one, said.FindingDecision):
            rows.append(_from_register(one, known_at))
    rows.sort(key=lambda row: row.kind == Kind.CLAIMED_OPEN)
    for row in rows:
        row.run_id = run_id
    FindingDecision.objects.bulk_create(rows, batch_size=_BATCH)
    return sum(row.kind != Kind.CLAIMED_OPEN for row in rows)


@transaction.atomic
def forget(run_id: int) -> None:
    """Take out what one import stated."""
    FindingDecision.objects.filter(run_id=run_id).delete()


def _from_vex(one: said.Statement, known_at: datetime) -> FindingDecision:
    return FindingDecision(
        kind=_STATED[one.status],
        external_id=_subject(one),
        vulnerability=one.vulnerability[:200],
        component=one.component[:500],
        asset=one.product[:300],
        version=one.version[:200],
        reason=one.detail or label_of(one.justification) or "stated without a reason",
        justification=one.justification[:64],
        approver=one.author[:200],
        decided_at=one.stated_at or known_at,
    )


def _subject(one: said.Statement) -> str:
    """What a statement is about and who says it, short enough to be looked up."""
    about = (one.author, one.vulnerability, one.product, one.component, one.version)
    return f"vex:{sha256(repr(about).encode()).hexdigest()}"


def _from_register(one: said.FindingDecision, known_at: datetime) -> FindingDecision:
    most = one.severity_at_most
    return FindingDecision(
        kind=one.kind,
        batch=uuid4(),
        external_id=one.external_id[:200],
        vulnerability=one.vulnerability[:200],
        component=one.component[:500],
        asset=one.asset[:300],
        asset_group=one.asset_group[:200],
        severity_at_most=None if most is None else int(most),
        reason=one.reason,
        approver=one.approver[:200],
        ticket=one.ticket[:200],
        expires_on=one.expires_on,
        decided_at=one.decided_at or known_at,
    )
