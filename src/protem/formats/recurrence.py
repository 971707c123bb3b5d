"""Which recurrence rules of a calendar are safe to expand.

The arithmetic beneath steps through a rule's candidates one by one until the year 9999 if
none ever fits: ``FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`` takes ten seconds, a rule by the
second takes for ever. So rules are tried out first on a stretch of 28 to 55 years (after
which weekdays and leap days repeat), and the steps of a whole file are budgeted.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from dateutil.rrule import rrulestr  # type: ignore[import-untyped] # no stubs in the lock

_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
_FILTERS = frozenset({"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"})
_SINGLE = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_PARTS = _FILTERS | _SINGLE | {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
_LONGEST = 500
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_MOST_INTERVAL = 10_000
_MOST_STEPS = 2_000_000
_STEPS_PER_RULE = 200
_MOST_BARREN = 100
_CYCLE = 28

Rule = Mapping[str, Sequence[object]]


class Rules:
    """The judge of all rules of one calendar, which matter from ``start`` to ``last``."""

    def __init__(self, start: date, last: date) -> None:
        self._start = start
        self._last = last
        self._steps = _MOST_STEPS
        self._barren = 0

    def refusal(self, rule: Rule, first: date) -> str:
        """Why a rule whose series starts on ``first`` is not expanded; empty when it is."""
        parts = {name.upper(): list(values) for name, values in rule.items()}
        first = date(first.year, first.month, first.day)
        return _oddity(parts, first) or self._waste(parts, first)

    def _waste(self, parts: Rule, first: date) -> str:
        end = self._end(parts)
        if end < self._start:
            return "series that ended before the time looked at"
        frequency, interval = _frequency(parts), _interval(parts) or 1
        days = max((end - first).days, 0)
        self._steps -= days // (_DAYS[frequency] * interval) + _STEPS_PER_RULE
        if self._steps < 0:
            return "series beyond what one calendar may recur"
        if parts.keys() & _FILTERS and not self._happens(_spelled(parts), first):
            return "series that never happens"
        return ""

    def _end(self, parts: Rule) -> date:
        until = next(iter(parts.get("UNTIL", [])), None)
        if isinstance(until, datetime):
            until = until.date()
        return min(self._last, until) if isinstance(until, date) else self._last

    def _happens(self, rule: str, first: date) -> bool:
        """Whether the rule fits any day: tried just before the calendar's end of time.

        Eight thousand years on, the calendar is the same; 28 years on too, between 1901
        and 2099. So a rule that never fits is found out after at most 55 years' steps.
        """
        if self._barren >= _MOST_BARREN:
            return False  # a hundred of these were no accident
        year = first.year + 8000
        year -= -(-(year - 9971) // _CYCLE) * _CYCLE
        try:
            start = datetime(year, first.month, first.day)  # noqa: DTZ001 # no zone needed
            happens = next(iter(rrulestr(rule, dtstart=start)), None) is not None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            happens = False
        self._barren += not happens
        return happens


def _oddity(parts: Rule, first: date) -> str:
    if _frequency(parts) not in _DAYS:
        return "series that recurs more often than daily"
    if not _is_usual(parts) or _interval(parts) is None:
        return "series with an unusual recurrence rule"
    if not _FIRST_YEAR <= first.year <= _LAST_YEAR:
        return "series with an impossible first date"
    return ""


def _frequency(parts: Rule) -> str:
    return str(next(iter(parts.get("FREQ", [])), "")).upper()


def _interval(parts: Rule) -> int | None:
    interval = next(iter(parts.get("INTERVAL", [1])), None)
    if isinstance(interval, int) and 1 <= interval <= _MOST_INTERVAL:
        return interval
    return None


def _is_usual(parts: Rule) -> bool:
    return (
        parts.keys() <= _PARTS
        and all(len(parts.get(name, ())) <= 1 for name in _SINGLE)
        and len(_spelled(parts)) <= _LONGEST
    )


def _spelled(parts: Rule) -> str:
    """The rule as text, without its end."""
    return ";".join(
        f"{name}={','.join(str(value) for value in values)}"
        for name, values in parts.items()
        if name not in {"COUNT", "UNTIL"}
    )
