"""How far an observation can be relied on: coverage times freshness times label quality."""

from datetime import datetime

SECONDS_A_DAY = 86_400


def freshness(newest_at: datetime | None, as_of: datetime, *, full_days: float) -> float:
    """1 while the newest data is at most ``full_days`` old, falling to 0 at five times that.

    None, no data at all, is 0.
    """
    if newest_at is None:
        return 0.0
    age_days = max((as_of - newest_at).total_seconds() / SECONDS_A_DAY, 0.0)
    return share(1 - (age_days - full_days) / (4 * full_days))


def share(value: float) -> float:
    """``value`` kept within 0 and 1."""
    return min(max(value, 0.0), 1.0)


def confidence(*, coverage: float, fresh: float, labels: float) -> float:
    """The product of the three, each 0 to 1."""
    return share(coverage) * share(fresh) * share(labels)
