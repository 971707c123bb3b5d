"""Carrying out what a form decided about findings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from protem.people.access import Actor
from protem.risks import services
from protem.risks.rules import Rule
from protem.risks.services import Made


def carry_out(
    by: Actor,
    given: dict[str, Any],
    *,
    findings: Sequence[int] = (),
    rule: Rule | None = None,
    at: datetime,
) -> Made:
    """Decide as a valid ``DecisionForm`` or ``RuleForm`` says."""
    kind, reason = given["kind"], given["reason"]
    if kind == "duplicate":
        return services.mark_duplicate(
            by=by, findings=findings, of=given["duplicate_of"], reason=reason, at=at
        )
    if kind == "false_positive":
        return services.mark_false_positive(
            by=by,
            findings=findings,
            rule=rule,
            reason=reason,
            justification=given["justification"],
            at=at,
        )
    return services.accept_risk(
        by=by,
        findings=findings,
        rule=rule,
        reason=reason,
        approver=given["approver"],
        expires_on=given["expires_on"],
        ticket=given["ticket"],
        at=at,
    )
