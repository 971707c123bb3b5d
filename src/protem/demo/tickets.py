"""Security tickets: planned work, and what fell in."""

from dataclasses import dataclass

import numpy as np

from protem.demo import names
from protem.demo.chance import happens
from protem.demo.story import DEAL_ARRIVES, UNDERWATER, Story

_PLANNED = (
    "Rotate production secrets",
    "Quarterly access review",
    "Enforce SSO on {thing}",
    "Centralise logs of {thing}",
    "Harden base image of {thing}",
    "Backup restore test - {thing}",
    "Threat model {thing}",
    "SOC 2 control automation - {thing}",
    "Upgrade TLS settings of {thing}",
    "Least privilege for {thing}",
)
_UNPLANNED = (
    "Incident: suspicious login on {thing}",
    "Emergency patch of {thing}",
    "Customer escalation - {thing} logging",
    "Audit finding - {thing} approvals",
    "Leaked token in {thing}",
    "Urgent questionnaire evidence - {thing}",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """One piece of work; days are day numbers."""

    id: str
    title: str
    assignee: str
    created: float
    started: float
    resolved: float
    due: float | None
    is_planned: bool
    is_security: bool
    hours: float


def tickets_of(rng: np.random.Generator, story: Story) -> list[Ticket]:
    """About three security tickets a week, five in the end, ordered by their start."""
    starts = []
    for begin in [*(-7.0 * week for week in range(9, 0, -1)), *story.week_days()]:
        rate = 5.0 if story.days_left(begin) < DEAL_ARRIVES else 3.2
        starts += [begin + float(rng.uniform(0, 7)) for _ in range(int(rng.poisson(rate)))]
    plan = _Plan()
    drafts = sorted(day for day in starts if day < story.end_day - 1)
    return [_ticket(rng, story, plan, number=n, begun=day) for n, day in enumerate(drafts)]


class _Plan:
    """Keeps the unplanned share of the hours at what the story wants, ticket by ticket."""

    def __init__(self) -> None:
        self._debt = 0.0

    def is_planned(self, hours: float, share: float) -> bool:
        self._debt += hours * share
        if self._debt < hours / 2:
            return True
        self._debt -= hours
        return False


def _unplanned_share(story: Story, day: float) -> float:
    left = story.days_left(day)
    if left < UNDERWATER + 20:
        return 0.4
    return 0.34 if left < DEAL_ARRIVES else 0.24


def _ticket(
    rng: np.random.Generator, story: Story, plan: _Plan, *, number: int, begun: float
) -> Ticket:
    is_security = happens(rng, 0.92)
    hours = round(float(np.clip(rng.lognormal(1.5, 0.4), 1, 12)), 1)
    share = _unplanned_share(story, begun)
    is_planned = plan.is_planned(hours, share) if is_security else True
    resolved = begun + float(rng.uniform(0.3, 9.0 if is_planned else 3.0))
    is_on_time = happens(rng, 0.88)
    due = resolved + float(rng.uniform(1, 10)) if is_on_time else resolved - 3.0
    title = str(rng.choice(_PLANNED if is_planned else _UNPLANNED))
    thing = str(rng.choice(names.REPOSITORIES))
    by_cto = story.days_left(begun) < DEAL_ARRIVES and happens(rng, 0.08)
    return Ticket(
        id=f"SEC-{number + 1}",
        title=title.format(thing=thing) if is_security else f"Refactor {thing}",
        assignee=names.CTO if by_cto else str(rng.choice(names.ENGINEERS)),
        created=begun - float(rng.uniform(10, 40) if is_planned else rng.uniform(0.02, 0.5)),
        started=begun,
        resolved=resolved,
        due=max(due, begun + 0.5) if is_planned else None,
        is_planned=is_planned,
        is_security=is_security,
        hours=min(hours, 2.0) if by_cto else hours,
    )
