"""What the signals are computed from: rows with all their versions, loaded once.

Nothing here has been looked at from a moment yet. A signal picks the versions known at its
moment (``protem.kit.versions``) and masks what happened after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from protem.handoff.leaders import LeaderFact
from protem.kit.weeks import as_of_week, weeks_between
from protem.ledger.facts import CertificateFact
from protem.reviews.queries import DealRow, QuestionRow, ReviewRow

DIARY_FACTOR = 1.3
"""Hours in a diary for one hour in the calendar: an assumption until two weeks are kept."""
FIRST_DAY = date(2000, 1, 1)
"""Events before it are taken for mistyped dates and do not start the replay."""


class MeetingFact(Protocol):
    """One version of one calendar entry of one person."""

    @property
    def known_at(self) -> datetime: ...  # noqa: D102
    @property
    def uid(self) -> str: ...  # noqa: D102
    @property
    def person(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def organizer(self) -> str: ...  # noqa: D102
    @property
    def attendees(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def starts_at(self) -> datetime: ...  # noqa: D102
    @property
    def ends_at(self) -> datetime: ...  # noqa: D102
    @property
    def is_all_day(self) -> bool: ...  # noqa: D102
    @property
    def is_cancelled(self) -> bool: ...  # noqa: D102
    @property
    def is_declined(self) -> bool: ...  # noqa: D102
    @property
    def is_free(self) -> bool: ...  # noqa: D102


class WorkItemFact(Protocol):
    """One version of one ticket."""

    @property
    def known_at(self) -> datetime: ...  # noqa: D102
    @property
    def external_id(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def assignee(self) -> str: ...  # noqa: D102
    @property
    def is_security(self) -> bool: ...  # noqa: D102
    @property
    def is_planned(self) -> bool | None: ...  # noqa: D102
    @property
    def created_at(self) -> datetime: ...  # noqa: D102
    @property
    def started_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def resolved_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def due_on(self) -> date | None: ...  # noqa: D102
    @property
    def hours(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundCount:
    """How many findings of high severity or above were opened on a day, by who found them."""

    opened_on: date
    found_by: str
    """``internal``, ``commissioned`` or ``outside``."""
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeRatio:
    """Systems in scope today ÷ systems in the last report's description, from a moment on."""

    known_at: datetime
    ratio: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoffFacts:
    """Everything the signals may look at; empty means that nothing was imported."""

    meetings: Sequence[MeetingFact] = ()
    work_items: Sequence[WorkItemFact] = ()
    reviews: Sequence[ReviewRow] = ()
    questions: Sequence[QuestionRow] = ()
    deals: Sequence[DealRow] = ()
    certificates: Sequence[CertificateFact] = ()
    found: Sequence[FoundCount] = ()
    scope_ratios: Sequence[ScopeRatio] = ()
    leaders: Sequence[LeaderFact] = ()
    """Empty: every calendar imported counts as a leader's."""
    diary_factor: float = DIARY_FACTOR

    def first_event(self) -> datetime | None:
        """The earliest moment any row speaks of; None without rows."""
        plausible = (moment for moment in self._moments() if moment.date() >= FIRST_DAY)
        return min(plausible, default=None)

    def moments(self, as_of: datetime) -> list[datetime]:
        """When each week is looked at, from the first event's to the one of ``as_of``.

        The week that still runs at ``as_of`` is looked at then; without earlier events it is
        the only one.
        """
        first = min(self.first_event() or as_of, as_of)
        return [as_of_week(week, as_of) for week in weeks_between(first, as_of)]

    def _moments(self) -> Iterator[datetime]:
        yield from (meeting.starts_at for meeting in self.meetings)
        yield from (item.created_at for item in self.work_items)
        yield from (review.received_at for review in self.reviews if review.received_at)
        yield from (row.answered_at or row.known_at for row in self.questions)
        yield from (deal.known_at for deal in self.deals)
        yield from (fact.known_at for fact in self.certificates)
        for found in self.found:
            yield datetime.combine(found.opened_on, datetime.min.time(), tzinfo=UTC)
