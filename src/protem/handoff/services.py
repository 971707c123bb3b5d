"""Writing the weekly state of each signal."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from django.db import transaction

from protem.handoff.facts import HandoffFacts
from protem.handoff.models import SignalSnapshot
from protem.handoff.signal import SIGNALS, SignalReading
from protem.kit.weeks import week_of

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
