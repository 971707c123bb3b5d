"""Writing the weekly state of each signal, and who counts as engineering leadership."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from django.db import transaction

from protem.handoff.classify import same_person_key
from protem.handoff.facts import HandoffFacts
from protem.handoff.models import Leader, SignalSnapshot
from protem.handoff.signal import SIGNALS, SignalReading
from protem.kit.errors import ProtemError
from protem.kit.weeks import week_of
from protem.people.access import Act, Actor, authorise

LONGEST_NAME = 200


class LeaderError(ProtemError):
    """Someone who cannot be marked or unmarked."""


_UPDATED = ("as_of", "state", "since", "value", "threshold", "unit", "confidence", "detail")


@transaction.atomic
def refresh_signals(facts: HandoffFacts, *, first_week: date, last_as_of: datetime) -> int:
    """Replay every signal and keep the weeks from ``first_week`` to that of ``last_as_of``.

    Snapshots of later weeks, and of weeks before the first event, are deleted. How many were
    written.
    """
    first = week_of(first_week)
    readings = [
        reading
        for signal in SIGNALS
        for reading in signal.history(facts, last_as_of)
        if week_of(reading.as_of) >= first
    ]
    weeks = {week_of(reading.as_of) for reading in readings}
    touched = SignalSnapshot.objects.filter(week__gte=first)
    touched.exclude(week__range=(min(weeks, default=first), week_of(last_as_of))).delete()
    touched.exclude(signal__in=SIGNALS.names()).delete()
    SignalSnapshot.objects.bulk_create(
        _snapshots(readings),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["signal", "week"],
        update_fields=_UPDATED,
    )
    return len(readings)


def clear_signals() -> None:
    """Forget every signal's weeks: there are no facts any more."""
    SignalSnapshot.objects.all().delete()


@transaction.atomic
def add_leader(
    *, by: Actor, address: str, name: str = "", since: date | None = None, at: datetime
) -> Leader:
    """Mark someone as engineering leadership from a day on (None: always).

    Raises:
        Refused: The person asking may not.
        LeaderError: There is no address, or that person is marked already.
    """
    authorise(by, Act.SET_LEADERS)
    address, name = " ".join(address.split()), " ".join(name.split())
    if not same_person_key(address) or max(len(address), len(name)) > LONGEST_NAME:
        raise LeaderError("who is it?", remedy="give the address or name of the calendar")
    marked = Leader.objects.select_for_update().filter(until=None)
    if any(same_person_key(one.address) == same_person_key(address) for one in marked):
        raise LeaderError(f"{address} is marked already", remedy="nothing needs doing")
    return Leader.objects.create(
        address=address, name=name, since=since, added_by=str(by), added_at=at
    )


@transaction.atomic
def end_leader(
    *, by: Actor, leader_id: int, until: date, at: datetime, is_mistake: bool = False
) -> Leader:
    """No longer count someone after a day or, after a mistake, at no time.

    The entry stays as history, and ``restore_leader`` undoes it.

    Raises:
        Refused: The person asking may not.
        LeaderError: There is no such entry, or it begins later.
    """
    authorise(by, Act.SET_LEADERS)
    leader = _leader(leader_id)
    if leader.since is not None and until < leader.since and not is_mistake:
        raise LeaderError(f"{leader} counts from {leader.since} on", remedy="end it later")
    leader.until, leader.is_mistake = until, is_mistake
    leader.ended_by, leader.ended_at = str(by), at
    leader.save(update_fields=["until", "is_mistake", "ended_by", "ended_at"])
    return leader


@transaction.atomic
def restore_leader(*, by: Actor, leader_id: int) -> Leader:
    """Let someone count again as before they were ended.

    Raises:
        Refused: The person asking may not.
        LeaderError: There is no such entry.
    """
    authorise(by, Act.SET_LEADERS)
    leader = _leader(leader_id)
    leader.until, leader.is_mistake = None, False
    leader.ended_by, leader.ended_at = "", None
    leader.save(update_fields=["until", "is_mistake", "ended_by", "ended_at"])
    return leader


def _leader(leader_id: int) -> Leader:
    leader = Leader.objects.select_for_update().filter(pk=leader_id).first()
    if leader is None:
        raise LeaderError(f"there is no leader {leader_id}", remedy="see: protem leaders list")
    return leader


def _snapshots(readings: Iterable[SignalReading]) -> list[SignalSnapshot]:
    return [
        SignalSnapshot(
            signal=reading.signal,
            week=week_of(reading.as_of),
            as_of=reading.as_of,
            state=reading.state.value,
            since=reading.since,
            value=reading.value,
            threshold=reading.threshold,
            unit=reading.unit,
            confidence=reading.confidence,
            detail=msgspec.to_builtins(reading),
        )
        for reading in readings
    ]
