"""When what happens at Tidemark: the calendar of exports and the phases of the story.

Days are counted from the first export (day 0.0); everything is relative to ``until``, the
demo's today. Three good years, then an enterprise deal arrives and the security work of the
CTO outgrows the CTO.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

WEEKS_PER_YEAR = 52
WEEKDAYS = 5
HALF_A_WEEK = 3.5
EXPORT_AT = time(5, 30)

DEAL_ARRIVES = 150
"""Days before today on which the Meridian Health deal reaches a late stage."""
BOARD_ASKS = 120
PROMISE_MADE = 105
"""Days before today since which sales promises security reviews within 48 hours."""
UNDERWATER = 60
"""Days before today since which the security meetings take two days of the CTO's week."""
SLOWER_FIXES = 120
"""Days before today since which criticals take longer."""
BETTER_PATCHING = 180
"""Days before today since which servers are patched more often."""
AGENTS_SLIP = 85
"""Days before today since which new laptops come without an agent and agents go stale."""
UNFIXED_SHOWN = 600
"""Days before today since which Trivy runs without ``--ignore-unfixed``: a settings change."""
SCANNER_STOPS = (425, 404)
"""Days before today between which Nessus wrote nothing."""
PARTIAL_IMAGE = 270
"""Days before today at which one image scan shows far too little."""
UNCREDENTIALED = 210
"""Days before today at which two hosts are scanned without credentials."""
EXPLOITED_FOUND = 24
"""Days before today at which the exploited flaw was found that is past its deadline now."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """The demo's time: ``weeks`` weekly exports, the last one the day before ``until``."""

    until: date
    weeks: int

    @cached_property
    def last_at(self) -> datetime:
        """The moment of the newest export."""
        return datetime.combine(self.until - timedelta(days=1), EXPORT_AT, tzinfo=UTC)

    @cached_property
    def start_at(self) -> datetime:
        """The moment of the first export: day 0.0."""
        return self.last_at - timedelta(weeks=self.weeks - 1)

    @property
    def end_day(self) -> float:
        """The day number of the newest export."""
        return 7.0 * (self.weeks - 1)

    def at(self, day: float) -> datetime:
        """The instant of a day number, to the second."""
        return self.start_at + timedelta(seconds=round(day * 86400))

    def day_on(self, day: float) -> date:
        """The date of a day number."""
        return self.at(day).date()

    def before_today(self, days: float) -> float:
        """The day number that lies so many days before the newest export."""
        return self.end_day - days

    def days_left(self, day: float) -> float:
        """How many days before the newest export a day number is."""
        return self.end_day - day

    def is_export_of(self, day: float, days_left: float) -> bool:
        """Whether the export of ``day`` is the one so many days before the newest."""
        return abs(self.days_left(day) - days_left) < HALF_A_WEEK

    def week_days(self) -> list[float]:
        """The day number of every weekly export."""
        return [7.0 * week for week in range(self.weeks)]

    def month_days(self) -> list[float]:
        """Every fourth weekly export, the newest one included."""
        return [7.0 * week for week in range((self.weeks - 1) % 4, self.weeks, 4)]

    def register_days(self) -> list[float]:
        """Exports of registers: every quarter, monthly in the last half-year, then weekly."""
        weeks_left = [*range(26, self.weeks, 13), *range(14, 26, 4), *range(13)]
        return sorted(self.end_day - 7.0 * left for left in weeks_left)

    def ticket_days(self) -> list[float]:
        """Exports of tickets: every month, weekly in the last quarter."""
        return sorted({*self.month_days(), *(self.end_day - 7.0 * left for left in range(13))})

    def calendar_days(self) -> list[float]:
        """Exports of calendars: every half-year, monthly in the last year, then weekly."""
        weeks_left = [*range(72, self.weeks, 26), *range(20, 72, 4), *range(20)]
        return sorted(self.end_day - 7.0 * left for left in weeks_left)


def iso(moment: datetime) -> str:
    """An instant as most APIs write it."""
    return moment.isoformat()[:19] + "Z"
