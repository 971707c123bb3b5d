"""The signals as last refreshed, their history, and the facts they are computed from."""

from datetime import date, datetime
from typing import Any

import msgspec
from django.db.models import Count, F
from django.db.models.functions import TruncDate

from protem.comply.queries import certificate_facts
from protem.formats.records import Severity
from protem.handoff.classify import same_person_key
from protem.handoff.facts import FoundCount, HandoffFacts
from protem.handoff.leaders import LeaderFact
from protem.handoff.models import Leader, SignalSnapshot
from protem.handoff.signal import SIGNALS, SignalReading, SignalState
from protem.handoff.verdict import HandoffVerdict, judge
from protem.kit.weeks import WEEK, week_of
from protem.ledger.models import Episode
from protem.ledger.queries import calendar_owners, meetings, work_items
from protem.reviews.queries import customer_reviews, deals, question_outcomes


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a week with the readings it rests on, in the order of the signals."""

    week: date
    verdict: HandoffVerdict
    readings: list[SignalReading]


class LeaderView(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of time of a leader, with who entered it."""

    id: int
    address: str
    name: str
    since: date | None
    until: date | None
    added_by: str
    added_at: datetime | None
    ended_by: str
    ended_at: datetime | None
    is_mistake: bool
    """It never was to count."""

    @property
    def key(self) -> str:
        """The person in one form, as in ``CalendarPerson``."""
        return same_person_key(self.address)


class CalendarPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Someone whose calendar was imported."""

    person: str
    entries: int
    last_on: date

    @property
    def key(self) -> str:
        """The person in one form: address and name agree."""
        return same_person_key(self.person)


class SignalWeek(msgspec.Struct, frozen=True, kw_only=True):
    """One signal in one week, without its evidence."""

    signal: str
    week: date
    state: SignalState
    since: date | None
    value: float | None
    threshold: float | None
    unit: str
    confidence: float


def current(as_of: datetime | None = None) -> Current | None:
    """The newest week's verdict, or that of the week of ``as_of`` or the last one before.

    None before the first refresh.
    """
    rows = SignalSnapshot.objects.order_by("-week")
    if as_of is not None:
        rows = rows.filter(week__lte=week_of(as_of))
    week = rows.values_list("week", flat=True).first()
    if week is None:
        return None
    before, now = _readings(week - WEEK), _readings(week)
    return Current(week=week, verdict=judge([before, now] if before else [now]), readings=now)


def history() -> dict[str, list[SignalWeek]]:
    """Every signal's weeks, oldest first."""
    fields = SignalWeek.__struct_fields__
    found: dict[str, list[SignalWeek]] = {}
    for row in SignalSnapshot.objects.order_by("signal", "week").values(*fields):
        point = SignalWeek(**{**row, "state": SignalState(row["state"])})
        found.setdefault(point.signal, []).append(point)
    return found


def handoff_facts() -> HandoffFacts:
    """Everything the signals may look at, from the database."""
    return HandoffFacts(
        meetings=meetings(),
        work_items=work_items(),
        reviews=customer_reviews(),
        questions=question_outcomes(),
        deals=deals(),
        certificates=certificate_facts(),
        found=_found_counts(),
        leaders=leaders(),
    )


def leaders() -> list[LeaderFact]:
    """The people marked as engineering leadership, each with the time it holds."""
    rows = Leader.objects.filter(is_mistake=False).order_by("address", "pk")
    return [LeaderFact(**row) for row in rows.values("address", "name", "since", "until")]


def leader_history() -> list[LeaderView]:
    """Everyone ever marked, those in force first, then by address."""
    views = [
        LeaderView(
            id=row.pk, address=row.address, name=row.name, since=row.since, until=row.until,
            added_by=row.added_by, added_at=row.added_at,
            ended_by=row.ended_by, ended_at=row.ended_at, is_mistake=row.is_mistake,
        )
        for row in Leader.objects.order_by("address", "pk")
    ]  # fmt: skip
    return sorted(views, key=lambda view: (view.until is not None, view.address))


def calendar_people() -> list[CalendarPerson]:
    """Whose calendars were imported, by name; the same person only once."""
    found: dict[str, CalendarPerson] = {}
    for person, entries, last_at in calendar_owners():
        key = same_person_key(person)
        known = found.get(key)
        found[key] = CalendarPerson(
            person=max(person, known.person if known else "", key=len),
            entries=entries + (known.entries if known else 0),
            last_on=max(last_at.date(), known.last_on if known else date.min),
        )
    return [found[key] for key in sorted(found)]


def _readings(week: date) -> list[SignalReading]:
    details: dict[str, dict[str, Any]] = dict(
        SignalSnapshot.objects.filter(week=week).values_list("signal", "detail")
    )
    return [
        msgspec.convert(details[name], SignalReading)
        for name in SIGNALS.names()
        if name in details
    ]


def _found_counts() -> list[FoundCount]:
    """Findings of high severity or above whose file says who found them, by day."""
    rows = (
        Episode.objects.filter(number=1, severity__gte=Severity.HIGH)
        .exclude(finding__found_by="")
        .values(opened_on=TruncDate("opened_at"), found_by=F("finding__found_by"))
        .annotate(count=Count("id"))
        .order_by("opened_on", "found_by")
    )
    return [FoundCount(**row) for row in rows]
