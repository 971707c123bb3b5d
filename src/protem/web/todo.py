"""What waits for a person: decisions, and what is late or due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from protem.comply import queries as comply
from protem.handoff.signal import SIGNALS, SignalReading, SignalState
from protem.measure.certificate_states import IN_WORDS, Standing, State, standings
from protem.measure.queries import SnapshotView
from protem.measure.wording import count, day, sentence
from protem.people.access import Actor
from protem.web import queries

CRITICAL = ("critical vulnerability", "critical vulnerabilities")
DUE_WITHIN = timedelta(days=90)
"""Renewing a certificate takes about a quarter: longer ahead it is not yet due."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Todo:
    """One row that asks for something."""

    text: str
    href: str = ""
    action: str = "Review"
    meta: str = ""
    late: str = ""


def gather(
    by: Actor,
    views: Sequence[SnapshotView],
    signals: Sequence[SignalReading],
    *,
    as_of: datetime,
) -> tuple[list[Todo], list[Todo]]:
    """Decisions waiting, and what is late or due, as of a moment."""
    found = standings(comply.certificate_facts(), as_of)
    decisions = [
        *_flags(views),
        *_asking(by, as_of),
        *_missing(signals),
        *_renewals(found, as_of),
    ]
    return decisions, [*_past_deadline(views), *_lapsed(found), *_due(found, as_of)]


def _flags(views: Iterable[SnapshotView]) -> list[Todo]:
    return [
        Todo(text=view.reading.red_flag, href=_metric(view), action="See them", late="red flag")
        for view in views
        if view.reading.is_red_flag
    ]


def _asking(by: Actor, as_of: datetime) -> list[Todo]:
    return [
        Todo(
            text=f"Is the drop in “{one.name}” real?",
            href=reverse("web:import", args=(one.run_id,)),
            action="Decide",
            meta=sentence(one.doubt),
        )
        for one in queries.asking_imports(by)
        if one.at <= as_of
    ]


def _missing(signals: Iterable[SignalReading]) -> list[Todo]:
    """The cheapest missing input of every unknown signal, the quickest first."""
    unknown = [one for one in signals if one.state is SignalState.UNKNOWN and one.missing]
    unknown.sort(key=lambda one: one.missing[0].minutes)
    return [
        Todo(
            text=one.missing[0].what,
            href=f"{reverse('web:handoff')}#{one.signal}",
            action="Why",
            meta=f"{SIGNALS.get(one.signal).title} is unknown, about "
            f"{count(one.missing[0].minutes, 'minute')}",
        )
        for one in unknown
    ]


def _renewals(found: Iterable[Standing], as_of: datetime) -> list[Todo]:
    return [
        Todo(
            text=f"Renew {one.name}, or plan a bridge letter?",
            href=reverse("web:compliance"),
            meta=f"{sentence(one.next_what)} on {day(one.next_on)}.",
        )
        for one in found
        if one.is_required and one.next_on and one.state in (State.CURRENT, State.BRIDGED)
        if one.next_on == one.current_until
        if one.next_on <= as_of.date() + DUE_WITHIN
    ]


def _past_deadline(views: Iterable[SnapshotView]) -> list[Todo]:
    return [
        Todo(
            text=f"{count(int(beside.value), *CRITICAL)} open past the deadline",
            href=_metric(view),
            action="See them",
        )
        for view in views
        for beside in view.reading.companions
        if beside.name == "open_past_deadline" and beside.value
    ]


def _lapsed(found: Iterable[Standing]) -> list[Todo]:
    return [
        Todo(
            text=f"{one.name} is {IN_WORDS[one.state]}",
            href=reverse("web:compliance"),
            late=f"since {day(one.current_until)}" if one.current_until else "",
        )
        for one in found
        if one.is_required and one.state is State.LAPSED
    ]


def _due(found: Iterable[Standing], as_of: datetime) -> list[Todo]:
    """Steps of certificates that fall due within the quarter, the nearest first."""
    today = as_of.date()
    coming = [(one.next_on, one) for one in found if one.next_on and one.next_on >= today]
    coming = [(on, one) for on, one in coming if on <= today + DUE_WITHIN]
    return [
        Todo(
            text=f"{one.name}: {one.next_what}",
            href=reverse("web:compliance"),
            meta=f"{day(on)}, in {count((on - today).days, 'day')}",
        )
        for on, one in sorted(coming, key=lambda pair: pair[0])
    ]


def _metric(view: SnapshotView) -> str:
    return reverse("web:metric", args=(view.metric,))
