"""Business time: every hour of Monday to Friday in UTC, so that two business days are 48 h."""

from datetime import UTC, datetime, timedelta

HOUR_SECONDS = 3600.0
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_WEEK_SECONDS, _BUSINESS_SECONDS = 7 * 86_400.0, 5 * 86_400.0


def hours_between(start: datetime, end: datetime) -> float:
    """The hours of working days from ``start`` to ``end``; 0 when it does not lie after."""
    return max(_position(end) - _position(start), 0.0) / HOUR_SECONDS


def after_hours(start: datetime, hours: float) -> datetime:
    """The first moment by which ``hours`` of working days have passed since ``start``."""
    weeks, rest = divmod(_position(start) + hours * HOUR_SECONDS, _BUSINESS_SECONDS)
    if rest == 0 and hours > 0:
        weeks, rest = weeks - 1, _BUSINESS_SECONDS
    return max(_MONDAY + timedelta(seconds=weeks * _WEEK_SECONDS + rest), start)


def _position(moment: datetime) -> float:
    """Business seconds since the first Monday of 1970."""
    weeks, rest = divmod((moment - _MONDAY).total_seconds(), _WEEK_SECONDS)
    return weeks * _BUSINESS_SECONDS + min(rest, _BUSINESS_SECONDS)
