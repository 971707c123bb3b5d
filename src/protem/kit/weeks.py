"""ISO weeks: they end on Sunday at 23:59:59 UTC, and a week is named by that Sunday."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

WEEK = timedelta(days=7)


def week_of(moment: datetime | date) -> date:
    """The Sunday that ends the ISO week containing ``moment``."""
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return day + timedelta(days=7 - day.isoweekday())


def end_of_week(week: date) -> datetime:
    """The last second of the week named by the Sunday ``week``."""
    return datetime.combine(week, time(23, 59, 59), tzinfo=UTC)


def end_of_day(day: date) -> datetime:
    """The last second of ``day`` in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def weeks_between(first: date, last: date) -> Iterator[date]:
    """Every week (as its Sunday) from the one containing ``first`` to that of ``last``."""
    week, end = week_of(first), week_of(last)
    while week <= end:
        yield week
        week += WEEK


def as_of_week(week: date, newest: datetime) -> datetime:
    """When the week is looked at: its end, or ``newest`` while the week still runs."""
    return min(end_of_week(week), newest)
