"""Hours of security work by engineering leadership, week by week.

H = (diary factor x calendar hours + ticket hours + review effort) x 5 / days at work, the days
at work being each leader's mean. Logged hours are laid evenly over a ticket's working time;
without a log a ticket in work counts 0.35 of its business hours, at most 4 h a week before.
"""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from protem.handoff.diary import WORKDAY_HOURS, WORKING_DAYS, CalendarWeek, Diary
from protem.handoff.facts import HandoffFacts, WorkItemFact
from protem.handoff.spread import Spread, active_hours, lay_evenly
from protem.reviews.queries import ReviewRow

LEAST_DAYS = 3
LEAST_COVERAGE = 0.4
TICKET_CAP_HOURS = 4.0
TICKET_SHARE = 0.35
WORKDAYS_A_CLOCK_DAY = WORKDAY_HOURS / 24


class WeekHours(msgspec.Struct, frozen=True, kw_only=True):
    """One week of leadership's security work, in hours, scaled to a full week."""

    week: date
    hours: float
    calendar_hours: float
    ticket_hours: float
    review_hours: float
    is_valid: bool
    """At least three days at work, and calendars cover at least 40 % of the work hours."""
    calendar: CalendarWeek


class LeadershipHours:
    """Everything that takes leadership's time, indexed by week."""

    def __init__(self, facts: HandoffFacts) -> None:
        self._factor = facts.diary_factor
        self.diary = Diary(facts)
        self._tickets: dict[str, Spread[WorkItemFact]] = _tickets(facts)
        self._reviews = Spread(facts.reviews, lambda row: row.external_id, _lay_review)

    def week(self, week: date, as_of: datetime) -> WeekHours:
        """The hours of a week that ended by ``as_of``, by what was known then."""
        people = self.diary.active_people(week, as_of)
        calendar = self.diary.week(week, as_of)
        away = sum(person in people for person, _ in calendar.away_days)
        days = WORKING_DAYS - away / len(people) if people else 0.0
        covered = (
            calendar.booked_hours / (WORKDAY_HOURS * days * len(people)) if days > 0 else 0.0
        )
        tickets = self._ticket_hours(week, as_of)
        reviews = self._reviews.hours(week, as_of)
        scale = WORKING_DAYS / days if days >= LEAST_DAYS else 1.0
        total = self._factor * calendar.security_hours + tickets + reviews
        return WeekHours(
            week=week,
            hours=total * scale,
            calendar_hours=self._factor * calendar.security_hours * scale,
            ticket_hours=tickets * scale,
            review_hours=reviews * scale,
            is_valid=days >= LEAST_DAYS and covered >= LEAST_COVERAGE,
            calendar=calendar,
        )

    def _ticket_hours(self, week: date, as_of: datetime) -> float:
        return sum(
            spread.hours(week, as_of)
            for assignee, spread in self._tickets.items()
            if self.diary.is_known_leader(assignee, week)
        )


def _tickets(facts: HandoffFacts) -> dict[str, Spread[WorkItemFact]]:
    """Per assignee, so that whether they count can be told week by week."""
    found: dict[str, list[WorkItemFact]] = {}
    for item in facts.work_items:
        if item.assignee:
            found.setdefault(item.assignee, []).append(item)
    return {
        assignee: Spread(items, lambda item: item.external_id, _lay_ticket)
        for assignee, items in found.items()
    }


def _lay_ticket(item: WorkItemFact) -> Mapping[date, float]:
    start = item.started_at or (item.created_at if item.hours else None)
    if not item.is_security or start is None:
        return {}
    end = max(item.resolved_at or item.known_at, start)
    if item.hours is not None:
        return lay_evenly(start, end, item.hours)
    return {
        week: min(hours * WORKDAYS_A_CLOCK_DAY, TICKET_CAP_HOURS) * TICKET_SHARE
        for week, hours in active_hours(start, end)
        if hours
    }


def _lay_review(review: ReviewRow) -> Mapping[date, float]:
    if review.received_at is None or not review.hours:
        return {}
    end = max(review.answered_at or review.known_at, review.received_at)
    return lay_evenly(review.received_at, end, review.hours)
