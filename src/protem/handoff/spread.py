"""Hours of work laid over the weeks in which it was done."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Generic, TypeVar

from protem.handoff.worktime import hours_between
from protem.kit.versions import Versioned, histories
from protem.kit.weeks import end_of_week, weeks_between

LONGEST_WEEKS = 260
"""Work said to have run for longer than five years is laid over its last five."""

Row = TypeVar("Row", bound=Versioned)


class Spread(Generic[Row]):
    """Rows with versions, each laid over weeks by ``lay``; summed per week as of a moment."""

    def __init__(
        self,
        rows: Iterable[Row],
        key: Callable[[Row], Hashable],
        lay: Callable[[Row], Mapping[date, float]],
    ) -> None:
        self._settled: dict[date, float] = {}
        self._moving: dict[date, list[tuple[list[datetime], list[float]]]] = {}
        for versions in histories(rows, key):
            laid = [lay(version) for version in versions]
            moments = [version.known_at for version in versions]
            for week in {week for weeks in laid for week in weeks}:
                self._add(week, moments, [weeks.get(week, 0.0) for weeks in laid])

    def hours(self, week: date, as_of: datetime) -> float:
        """The hours in ``week`` by the versions known at ``as_of``."""
        total = self._settled.get(week, 0.0)
        for moments, hours in self._moving.get(week, ()):
            total += hours[max(bisect_right(moments, as_of) - 1, 0)]
        return total

    def _add(self, week: date, moments: list[datetime], hours: list[float]) -> None:
        if len(set(hours)) == 1:
            self._settled[week] = self._settled.get(week, 0.0) + hours[0]
        else:
            self._moving.setdefault(week, []).append((moments, hours))


def lay_evenly(start: datetime, end: datetime, hours: float) -> dict[date, float]:
    """``hours`` over the weeks from ``start`` to ``end`` by their share of business time."""
    active = dict(active_hours(start, end))
    whole = sum(active.values())
    if not whole:
        return {next(weeks_between(end, end)): hours}
    return {week: hours * part / whole for week, part in active.items() if part}


def active_hours(start: datetime, end: datetime) -> Iterator[tuple[date, float]]:
    """Each week from ``start`` to ``end`` with the business hours between that fall in it."""
    edge = start
    for week in list(weeks_between(start, end))[-LONGEST_WEEKS:]:
        stop = min(end_of_week(week), end)
        yield week, hours_between(max(edge, start), stop)
        edge = end_of_week(week)
