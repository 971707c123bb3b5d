"""Deciding on findings: risk accepted, false positive, duplicate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from protem.people.access import Act, Actor, authorise
from protem.people.models import Person
from protem.risks import queries
from protem.risks.models import FindingDecision, Kind
from protem.risks.rules import DecisionError, Rule, check_rule
from protem.risks.services.covers import refresh_covers

LONGEST = timedelta(days=366)
"""A risk accepted for longer than a year is a policy, and should be written as one."""
SUBJECT = (
    "finding_id",
    "vulnerability",
    "component",
    "asset",
    "asset_group",
    "version",
    "severity_at_most",
)
"""The fields that say what a decision is about."""
_BATCH = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What one act came to: ``batch`` undoes it."""

    batch: UUID
    since: datetime
    """From when on numbers may be others than before."""
    count: int
    skipped: int = 0
    """Findings left alone because a decision covers them already."""


def accept_risk(  # noqa: PLR0913 - what a RiskException states
    *,
    by: Actor,
    findings: Sequence[int] = (),
    rule: Rule | None = None,
    reason: str,
    approver: str,
    expires_on: date,
    ticket: str = "",
    at: datetime,
) -> Made:
    """Accept the risk of findings, or of all that a rule matches, until a day.

    Raises:
        Refused: ``by`` may not decide on findings.
        DecisionError: Reason or approver are missing, or the day is past or too far off.
    """
    check_expiry(expires_on, at)
    if not approver.strip():
        raise DecisionError("nobody approved it", remedy="name who accepts the risk")
    fields = {"approver": approver.strip(), "expires_on": expires_on, "ticket": ticket.strip()}
    return _decide(Kind.ACCEPTED, by, (findings, rule), reason=reason, at=at, fields=fields)


def mark_false_positive(
    *,
    by: Actor,
    findings: Sequence[int] = (),
    rule: Rule | None = None,
    reason: str,
    justification: str = "",
    at: datetime,
) -> Made:
    """Say that findings are none: they leave all history from now on.

    Raises:
        Refused: ``by`` may not decide on findings.
        DecisionError: The reason is missing, or there is nothing to decide on.
    """
    fields = {"justification": justification}
    return _decide(
        Kind.FALSE_POSITIVE, by, (findings, rule), reason=reason, at=at, fields=fields
    )


def mark_duplicate(
    *, by: Actor, findings: Sequence[int], of: int, reason: str = "", at: datetime
) -> Made:
    """Say that findings are the same as another one, which alone counts from now on.

    Raises:
        Refused: ``by`` may not decide on findings.
        DecisionError: The other one is not there, or is one of them.
    """
    if of in findings or not queries.known_findings([of]):
        raise DecisionError(
            f"finding {of} cannot be the one that counts",
            remedy="give the number of another finding, as its page shows it",
        )
    words = reason or f"the same as finding {of}"
    fields = {"duplicate_of": of}
    return _decide(Kind.DUPLICATE, by, (findings, None), reason=words, at=at, fields=fields)


def check_expiry(expires_on: date, at: datetime) -> None:
    """Raise ``DecisionError`` unless the day lies ahead, and within a year."""
    if expires_on <= at.date():
        raise DecisionError("that day is not in the future", remedy="give a later expiry")
    if expires_on > at.date() + LONGEST:
        raise DecisionError(
            "that is more than a year ahead",
            remedy="accept it for up to a year, then look again",
        )


def person_of(by: Actor) -> Person | None:
    """The person that acts; None for the command line."""
    return by if isinstance(by, Person) else None


@transaction.atomic
def _decide(
    kind: Kind,
    by: Actor,
    subject: tuple[Sequence[int], Rule | None],
    *,
    reason: str,
    at: datetime,
    fields: dict[str, Any],
) -> Made:
    authorise(by, Act.DECIDE_FINDINGS)
    if not reason.strip():
        raise DecisionError("the reason is missing", remedy="say why, for whoever asks later")
    stamp = {
        "kind": kind,
        "batch": uuid4(),
        "reason": reason.strip(),
        "decided_at": at,
        "decided_by": person_of(by),
        **fields,
    }
    findings, rule = subject
    rows = _of_rule(rule, stamp) if rule is not None else _of_findings(findings, stamp, at)
    FindingDecision.objects.bulk_create(rows, batch_size=_BATCH)
    refresh_covers(at=at)
    left = len(findings) - len(rows) if rule is None else 0
    return Made(batch=stamp["batch"], since=at, count=len(rows), skipped=left)


def _of_rule(rule: Rule, stamp: dict[str, Any]) -> list[FindingDecision]:
    check_rule(rule)
    most = rule.severity_at_most
    values = {name: getattr(rule, name) for name in SUBJECT if name != "finding_id"}
    values["severity_at_most"] = None if most is None else int(most)
    return [FindingDecision(**values, **stamp)]


def _of_findings(
    findings: Sequence[int], stamp: dict[str, Any], at: datetime
) -> list[FindingDecision]:
    known = queries.known_findings(list(dict.fromkeys(findings)))
    if not known:
        raise DecisionError("there is no such finding", remedy="choose findings from the list")
    covered = queries.covered(known, at)
    free = [one for one in known if one not in covered]
    if not free:
        raise DecisionError(
            "a decision covers this already", remedy="withdraw it, or extend the exception"
        )
    return [FindingDecision(finding_id=one, **stamp) for one in free]
