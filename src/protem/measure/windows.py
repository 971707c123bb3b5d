"""The stretches of calendar a metric looks at."""

from dataclasses import dataclass
from datetime import date, datetime

from protem.ledger.definition import Definition
from protem.measure.days import date_of, day_number
from protem.measure.wording import days

HORIZON_DAYS = 180.0
"""Where the restricted mean stops counting, in days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A stretch of time between two day numbers, its start left out."""

    start: float
    end: float

    @property
    def told(self) -> str:
        """Its length in words: “90 days”."""
        return days(self.end - self.start)

    def dates(self) -> tuple[date, date]:
        """Its first and last date, for shading."""
        return date_of(self.start), date_of(self.end)


def trailing(definition: Definition, as_of: datetime) -> Window:
    """The window that ends then, as long as the definition says."""
    end = day_number(as_of)
    return Window(start=end - definition.window_days, end=end)


def before(window: Window) -> Window:
    """The stretch of the same length that ends where the window starts."""
    return Window(start=2 * window.start - window.end, end=window.start)
