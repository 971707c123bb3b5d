"""What the signals say together: hand off, plan, not yet, or undetermined.

Three signals on in two consecutive weeks are past the point. Not yet is only said when even
all the unknown ones could not make three; else the cheapest missing input is named.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec

from protem.handoff.signal import Missing, SignalReading, SignalState

POINT = 3
"""How many signals on mean that the role has outgrown its holder."""
WEEKS = 2
"""For how many consecutive weeks before it is announced."""
_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Stand(StrEnum):
    """Where the company stands."""

    PAST = "past the point"
    PLAN = "plan"
    NOT_YET = "not yet"
    UNDETERMINED = "undetermined"


class HandoffVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of the signals as of one moment."""

    as_of: datetime
    stand: Stand
    signals_on: int
    signals_unknown: int
    signals: int
    weeks_on: int
    """For how many consecutive weeks three or more have been on."""
    sentence: str
    """For the first page."""
    cheapest: Missing | None
    """The unknown signals' input that takes least to supply; None when none is unknown."""
    start_looking_by: date | None = None
    """No forecast yet, so never a date."""


def judge(weeks: Sequence[Sequence[SignalReading]]) -> HandoffVerdict:
    """The verdict of the last of the weeks given.

    Args:
        weeks: The readings of all signals in consecutive weeks, oldest first. Two suffice for
            the stand; more let ``weeks_on`` count further.

    Raises:
        ValueError: There is no week, or the last one has no readings.
    """
    if not weeks or not weeks[-1]:
        raise ValueError("a verdict needs the readings of at least one week")
    now = weeks[-1]
    on = _count(now, SignalState.ON)
    unknown = _count(now, SignalState.UNKNOWN)
    weeks_on = _weeks_on(weeks)
    stand = _stand(on, unknown, weeks_on)
    cheapest = _cheapest(now)
    return HandoffVerdict(
        as_of=max(reading.as_of for reading in now),
        stand=stand,
        signals_on=on,
        signals_unknown=unknown,
        signals=len(now),
        weeks_on=weeks_on,
        sentence=f"{_count_words(on, unknown, len(now))}: {_advice(stand, on, cheapest)}",
        cheapest=cheapest,
    )


def _stand(on: int, unknown: int, weeks_on: int) -> Stand:
    if weeks_on >= WEEKS:
        return Stand.PAST
    if on < POINT <= on + unknown:
        return Stand.UNDETERMINED
    return Stand.PLAN if on else Stand.NOT_YET


def _count(readings: Sequence[SignalReading], state: SignalState) -> int:
    return sum(reading.state is state for reading in readings)


def _weeks_on(weeks: Sequence[Sequence[SignalReading]]) -> int:
    count = 0
    for readings in reversed(weeks):
        if _count(readings, SignalState.ON) < POINT:
            break
        count += 1
    return count


def _cheapest(readings: Sequence[SignalReading]) -> Missing | None:
    needs = [
        need
        for reading in readings
        if reading.state is SignalState.UNKNOWN
        for need in reading.missing
    ]
    return min(needs, key=lambda need: (need.minutes, need.what), default=None)


def _count_words(on: int, unknown: int, whole: int) -> str:
    verb = "is" if on < 2 else "are"  # noqa: PLR2004 -- grammar
    text = f"{_number(on).capitalize()} of {_number(whole)} handoff signals {verb} on"
    if unknown:
        text += f" and {_number(unknown)} {'is' if unknown == 1 else 'are'} unknown"
    return text


def _advice(stand: Stand, on: int, cheapest: Missing | None) -> str:
    if stand is Stand.PAST:
        return "start looking for a security leader."
    if stand is Stand.PLAN and on >= POINT:
        return "if it stays so next week, start looking for a security leader."
    if stand is Stand.PLAN:
        return "plan how security will be led later."
    if stand is Stand.NOT_YET:
        return "no security leader is needed yet."
    what = cheapest.what if cheapest else "Import what is missing."
    return f"too little is known to tell. {what}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
