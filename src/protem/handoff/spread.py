"""Hours of work laid over the weeks in which it was done."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Generic, TypeVar

from protem.handoff.worktime import hours_between
from protem.kit.versions import Versioned, histories, known_version
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
        self._moving: dict[date, list[list[tuple[Row, Mapping[date, float]]]]] = {}
        for versions in histories(rows, key):
            laid = [(version, lay(version)) for version in versions]
            if len(laid) == 1:
                for week, hours in laid[0][1].items():
                    self._settled[week] = self._settled.get(week, 0.0) + hours
                continue
            for week in {week for _, weeks in laid for week in weeks}:
                self._moving.setdefault(week, []).append(laid)

    def hours(self, week: date, as_of: datetime) -> float:
        """The hours in ``week`` by the versions known at ``as_of``."""
        total = self._settled.get(week, 0.0)
        for laid in self._moving.get(week, ()):
            chosen = known_version([version for version, _ in laid], as_of)
            total += next(weeks for row, weeks in laid if row is chosen).get(week, 0.0)
        return total


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
