"""Security work as planned or unplanned, and the hours it took."""

import statistics
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from protem.handoff.facts import WorkItemFact
from protem.handoff.worktime import hours_between
from protem.kit.versions import histories, known_version

SOON_HOURS = 5 * 24.0
"""Five working days: started within them of being written, work came from outside the plan."""
PLANNED_AHEAD = timedelta(days=7)
UNPLANNED_WORDS = ("incident", "escalation", "audit finding", "emergency", "hotfix", "breach")


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One item of security work as of one moment."""

    external_id: str
    title: str
    at: datetime
    """When it was resolved, else when it was started."""
    hours: float | None
    is_unplanned: bool | None
    """None: neither the source nor the dates tell."""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """One planned item with a day it was due."""

    external_id: str
    due_on: date
    resolved_at: datetime | None


class Labour:
    """All security work items, with their versions."""

    def __init__(self, items: Iterable[WorkItemFact]) -> None:
        security = [item for item in items if item.is_security]
        found = histories(security, lambda item: item.external_id)
        self._by_work = [(_last_work(versions), versions) for versions in found]
        self._by_due = [(_last_due(versions), versions) for versions in found]

    def done(self, begin: datetime, as_of: datetime) -> list[Done]:
        """The work resolved, or started and still open, after ``begin`` and by ``as_of``."""
        near = (versions for last, versions in self._by_work if last and last > begin)
        seen = (known_version(versions, as_of) for versions in near)
        found = (_done(item, as_of) for item in seen if item.created_at <= as_of)
        return [done for done in found if done and done.at > begin]

    def promises(self, begin: date, as_of: datetime) -> list[Promise]:
        """The planned items due after ``begin`` and before the day of ``as_of``."""
        near = (versions for last, versions in self._by_due if last and last > begin)
        seen = (known_version(versions, as_of) for versions in near)
        return [
            Promise(
                external_id=item.external_id,
                due_on=item.due_on,
                resolved_at=_by(item.resolved_at, as_of),
            )
            for item in seen
            if item.due_on
            and begin < item.due_on < as_of.date()
            and item.created_at <= as_of
            and _is_unplanned(item, as_of) is False
        ]


def imputed_hours(done: Sequence[Done]) -> list[float]:
    """Each item's hours; those without a log get the median of the others, else one each."""
    usual = statistics.median([d.hours for d in done if d.hours is not None] or [1.0])
    return [usual if item.hours is None else item.hours for item in done]


def _last_work(versions: Iterable[WorkItemFact]) -> datetime | None:
    moments = (when for item in versions for when in (item.started_at, item.resolved_at))
    return max((when for when in moments if when), default=None)


def _last_due(versions: Iterable[WorkItemFact]) -> date | None:
    return max((item.due_on for item in versions if item.due_on), default=None)


def _by(moment: datetime | None, as_of: datetime) -> datetime | None:
    return moment if moment and moment <= as_of else None


def _done(item: WorkItemFact, as_of: datetime) -> Done | None:
    at = _by(item.resolved_at, as_of) or _by(item.started_at, as_of)
    if at is None:
        return None
    return Done(
        external_id=item.external_id,
        title=item.title,
        at=at,
        hours=item.hours,
        is_unplanned=_is_unplanned(item, as_of),
    )


def _is_unplanned(item: WorkItemFact, as_of: datetime) -> bool | None:
    """As the source says; else by words, then by how soon work began after writing it down."""
    if item.is_planned is not None:
        return not item.is_planned
    title = item.title.casefold()
    if any(word in title for word in UNPLANNED_WORDS):
        return True
    started = _by(item.started_at, as_of)
    if started and hours_between(item.created_at, started) <= SOON_HOURS:
        return True
    if item.due_on and (started or as_of) - item.created_at >= PLANNED_AHEAD:
        return False
    return None
