"""A small company's facts for the signals: plain functions with defaults."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from protem.handoff.facts import HandoffFacts
from protem.handoff.signal import SIGNALS as SIGNALS  # noqa: PLC0414
from protem.handoff.signal import SignalReading
from protem.kit.weeks import WEEK, end_of_week
from protem.ledger.facts import CertificateFact
from protem.ledger.queries import MeetingFact, WorkItemFact
from protem.reviews.queries import DealRow, DemandRow, QuestionRow, ReviewRow

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)
"""The start of week 0."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KNOWN = MONDAY - WEEK


def at(week: int, day: int = 0, hour: float = 9.0) -> datetime:
    return MONDAY + week * WEEK + day * DAY + hour * HOUR


def sunday(week: int) -> datetime:
    """The moment at which a week is looked at."""
    return end_of_week((MONDAY + week * WEEK + 6 * DAY).date())


def meeting(starts_at: datetime, hours: float = 1.0, **given: Any) -> MeetingFact:
    fields: dict[str, Any] = {
        "run_id": 1,
        "known_at": KNOWN,
        "uid": f"m{starts_at:%Y%m%d%H%M}{given.get('title', '')}",
        "person": "cto@acme.example",
        "title": "Roadmap",
        "organizer": "",
        "attendees": (),
        "ends_at": starts_at + hours * HOUR,
        "is_all_day": False,
        "is_cancelled": False,
        "is_declined": False,
        "is_free": False,
    }
    return MeetingFact(starts_at=starts_at, **{**fields, **given})


def busy_week(week: int, security_hours: float, **given: Any) -> list[MeetingFact]:
    """Five days of 5 h other meetings, and the security hours over the days after them."""
    rows = [meeting(at(week, day), 5.0, **given) for day in range(5)]
    each = security_hours / 5
    if each:
        rows += [
            meeting(at(week, day, 15), each, title="SOC 2 audit", **given) for day in range(5)
        ]
    return rows


def calendar(hours: Sequence[float], **given: Any) -> list[MeetingFact]:
    return [m for week, h in enumerate(hours) for m in busy_week(week, h, **given)]


def item(number: int, resolved_at: datetime | None, **given: Any) -> WorkItemFact:
    started = given.pop("started_at", resolved_at - DAY if resolved_at else None)
    fields: dict[str, Any] = {
        "run_id": 1,
        "known_at": KNOWN,
        "external_id": f"T-{number}",
        "title": "",
        "assignee": "dev@acme.example",
        "is_security": True,
        "is_planned": True,
        "created_at": (started or MONDAY) - 10 * DAY,
        "due_on": None,
        "hours": 2.0,
    }
    return WorkItemFact(started_at=started, resolved_at=resolved_at, **{**fields, **given})


def review(number: int, received_at: datetime | None, **given: Any) -> ReviewRow:
    took = given.pop("hours_to_answer", 24.0)
    answered = received_at + took * HOUR if received_at and took is not None else None
    fields: dict[str, Any] = {
        "run_id": 1,
        "known_at": KNOWN,
        "external_id": f"R-{number}",
        "customer": f"Customer {number}",
        "deal": "",
        "answered_at": answered,
        "due_at": None,
        "questions": None,
        "hours": None,
        "paused_hours": 0.0,
    }
    return ReviewRow(received_at=received_at, **{**fields, **given})


def deal(number: int, *demands: DemandRow, **given: Any) -> DealRow:
    fields: dict[str, Any] = {
        "run_id": 1,
        "known_at": KNOWN,
        "external_id": f"D-{number}",
        "customer": f"Customer {number}",
        "name": "",
        "stage": "Proposal",
        "is_late_stage": True,
        "is_open": True,
        "amount": 100.0,
        "close_on": None,
        "previous_close_on": None,
    }
    return DealRow(demands=demands, **{**fields, **given})


def demand(framework: str = "HITRUST", level: str = "i1", **given: Any) -> DemandRow:
    fields: dict[str, Any] = {"binding": "preferred", "needed_on": None, "is_confirmed": True}
    return DemandRow(framework=framework, level=level, **{**fields, **given})


def certificate(
    framework: str = "SOC 2", level: str = "Type 2", **given: Any
) -> CertificateFact:
    fields: dict[str, Any] = {
        "external_id": f"{framework} {level}",
        "scope": "",
        "auditor": "",
        "stage": "issued",
        "is_required": True,
        "period_start": None,
        "period_end": None,
        "issued_on": date(2025, 1, 1),
        "expires_on": None,
        "bridge_until": None,
        "next_due_on": None,
        "opinion": "",
        "is_removed": False,
        "known_at": KNOWN,
    }
    return CertificateFact(framework=framework, level=level, **{**fields, **given})


def questions(
    review_id: str, answered_at: datetime, count: int, **given: Any
) -> list[QuestionRow]:
    """``low`` and ``new`` say how many of them were rated 1, and how many were new."""
    low, new = given.pop("low", 0), given.pop("new", 0)
    rated = given.pop("rated", count)
    fields: dict[str, Any] = {"run_id": 1, "known_at": KNOWN, "domain": "access", **given}
    return [
        QuestionRow(
            review=review_id,
            external_id=str(place),
            source="new" if place < new else "library",
            confidence=None if place >= rated else 1 if place < low else 5,
            answered_at=answered_at,
            **fields,
        )
        for place in range(count)
    ]


def number(value: float | None) -> float:
    """A number that has to be there."""
    assert value is not None
    return value


def reading(name: str, facts: HandoffFacts, week: int) -> SignalReading:
    return SIGNALS.get(name).compute(facts, sunday(week))


def states(name: str, facts: HandoffFacts, week: int) -> list[str]:
    return [r.state.value for r in SIGNALS.get(name).history(facts, sunday(week))]
