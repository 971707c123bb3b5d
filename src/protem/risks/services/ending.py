"""Ending decisions: withdrawn from now on, extended, or undone as if never made."""

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from protem.people.access import Act, Actor, authorise
from protem.risks import queries
from protem.risks.models import FindingDecision, Kind
from protem.risks.rules import DecisionError
from protem.risks.services.covers import refresh_covers
from protem.risks.services.deciding import SUBJECT, Made, check_expiry, person_of


@transaction.atomic
def withdraw_decision(*, by: Actor, decision_id: int, why: str, at: datetime) -> Made:
    """End a decision now; that it held until now stays true.

    Raises:
        Refused: ``by`` may not decide on findings.
        DecisionError: It does not hold, or the reason is missing.
    """
    authorise(by, Act.DECIDE_FINDINGS)
    found = _locked(decision_id, at)
    if not why.strip():
        raise DecisionError("the reason is missing", remedy="say why it no longer holds")
    _end(found, by=by, why=why.strip(), at=at)
    refresh_covers(at=at)
    return Made(batch=found.batch, since=at, count=1)


@transaction.atomic
def extend_exception(
    *, by: Actor, decision_id: int, expires_on: date, reason: str, approver: str, at: datetime
) -> Made:
    """Let a risk be accepted for longer: a new exception that replaces the one in force.

    Raises:
        Refused: ``by`` may not decide on findings.
        DecisionError: It is no exception in force, or the new day is not later.
    """
    authorise(by, Act.DECIDE_FINDINGS)
    found = _locked(decision_id, at)
    check_expiry(expires_on, at)
    if (
        found.kind != Kind.ACCEPTED
        or found.expires_on is None
        or expires_on <= found.expires_on
    ):
        raise DecisionError(
            "this does not make it longer", remedy="give a day after the present expiry"
        )
    if not reason.strip() or not approver.strip():
        raise DecisionError("reason or approver is missing", remedy="an extension needs both")
    _end(found, by=by, why=queries.EXTENDED, at=at)
    old = {name: getattr(found, name) for name in SUBJECT}
    new = FindingDecision.objects.create(
        **old,
        kind=Kind.ACCEPTED,
        batch=uuid4(),
        reason=reason.strip(),
        approver=approver.strip(),
        ticket=found.ticket,
        expires_on=expires_on,
        decided_at=at,
        decided_by=person_of(by),
        replaces=found,
    )
    refresh_covers(at=at)
    return Made(batch=new.batch, since=at, count=1)


@transaction.atomic
def undo_decisions(*, by: Actor, batch: UUID, at: datetime) -> Made:
    """Take back all decisions of one act, as if it had never been; for 30 days.

    Raises:
        Refused: ``by`` may not decide on findings.
        DecisionError: There is nothing to undo, or it is too long ago.
    """
    authorise(by, Act.DECIDE_FINDINGS)
    rows = FindingDecision.objects.select_for_update(of=("self",)).filter(
        batch=batch, is_undone=False, run=None
    )
    found = list(rows)
    if not found:
        raise DecisionError("there is nothing to undo", remedy="it may be undone already")
    if at - found[0].decided_at > queries.UNDO_WITHIN:
        raise DecisionError(
            "this was decided more than 30 days ago", remedy="withdraw it: it ends now"
        )
    replaced = [row.replaces_id for row in found if row.replaces_id is not None]
    FindingDecision.objects.filter(pk__in=replaced).update(
        ended_at=None, ended_by=None, ended_why=""
    )
    ended = {"ended_at": at, "ended_by": person_of(by), "ended_why": "undone"}
    rows.update(is_undone=True, **ended)
    refresh_covers(at=at)
    return Made(batch=batch, since=found[0].decided_at, count=len(found))


def _locked(decision_id: int, at: datetime) -> FindingDecision:
    rows = FindingDecision.objects.select_for_update(of=("self",))
    found = rows.filter(pk=decision_id).first()
    if found is None or not queries.holds(found, at):
        raise DecisionError(
            f"decision {decision_id} is not in force", remedy="look at the list"
        )
    if found.run_id is not None:
        raise DecisionError("this comes from an import", remedy="take the import out again")
    return found


def _end(decision: FindingDecision, *, by: Actor, why: str, at: datetime) -> None:
    decision.ended_at, decision.ended_by, decision.ended_why = at, person_of(by), why
    decision.save(update_fields=["ended_at", "ended_by", "ended_why"])
