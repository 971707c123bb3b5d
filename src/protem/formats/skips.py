"""Counting what a file holds but cannot be used: one ``Skipped`` per reason, at the end."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from protem.formats.dates import plausible
from protem.formats.records import Skipped

IMPOSSIBLE = "impossible date"
_MOST_REASONS = 200
CLOCK_SKEW = timedelta(days=1)


class Skips:
    """A tally of reasons, kept small however strange the file is."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, reason: str, count: int = 1) -> None:
        """Count ``count`` more things left out for ``reason``."""
        if reason not in self._counts and len(self._counts) >= _MOST_REASONS:
            reason = "other reasons"
        self._counts[reason] = self._counts.get(reason, 0) + count

    def add_all(self, others: "Skips") -> None:
        """Take over everything that ``others`` counted."""
        for skipped in others.records():
            self.add(skipped.reason, skipped.count)

    def instant(self, moment: datetime | None, field: str) -> datetime | None:
        """``moment``, or ``None`` and a count when it cannot be true."""
        if moment is not None and not plausible(moment):
            self.add(f"{IMPOSSIBLE} in {field}")
            return None
        return moment

    def day(self, day: date | None, field: str) -> date | None:
        """``day``, or ``None`` and a count when it cannot be true."""
        if day is not None and not plausible(day):
            self.add(f"{IMPOSSIBLE} in {field}")
            return None
        return day

    def records(self) -> Iterator[Skipped]:
        """One record per reason, in the order they were met."""
        for reason, count in self._counts.items():
            yield Skipped(reason=reason, count=count)


class Newest:
    """The newest instant among many, wary of clocks that run ahead.

    An instant more than a day after the file itself was written only counts when there is
    no other: one laptop with its clock in 2097 must not make all others look silent.
    """

    def __init__(self, written_at: datetime) -> None:
        self._limit = written_at + CLOCK_SKEW
        self._within: datetime | None = None
        self._any: datetime | None = None

    def add(self, moment: datetime | None) -> None:
        """Take ``moment`` into account; ``None`` and impossible ones are ignored."""
        if moment is None or not plausible(moment):
            return
        if self._any is None or moment > self._any:
            self._any = moment
        if moment <= self._limit and (self._within is None or moment > self._within):
            self._within = moment

    @property
    def moment(self) -> datetime | None:
        """The newest one, or ``None`` when there was none."""
        return self._within or self._any
