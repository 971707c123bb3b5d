"""The stretches of calendar a metric looks at."""

from dataclasses import dataclass
from datetime import date, datetime

from protem.measure.days import date_of, day_number

WINDOW_DAYS = 90
"""The trailing window of the duration metrics, and the one before it, in days."""

HORIZON_DAYS = 180.0
"""Where the restricted mean stops counting, in days."""

LOOK_BACK_DAYS = 91
"""Coverage and certifications are compared with 13 weeks ago."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A stretch of time between two day numbers, its start left out."""

    start: float
    end: float

    def dates(self) -> tuple[date, date]:
        """Its first and last date, for shading."""
        return date_of(self.start), date_of(self.end)


def trailing(as_of: datetime) -> Window:
    """The last 90 days."""
    end = day_number(as_of)
    return Window(start=end - WINDOW_DAYS, end=end)


def before(window: Window) -> Window:
    """The stretch of the same length that ends where the window starts."""
    return Window(start=2 * window.start - window.end, end=window.start)
