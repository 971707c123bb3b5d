"""Days given on the command line."""

from datetime import date, datetime

from protem.kit.errors import ProtemError
from protem.kit.weeks import end_of_day


def day_of(text: str | None, *, where: str) -> date | None:
    """A day written like 2026-03-01; None stays None. ``where`` names the option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProtemError(
            f"“{text}” is not a date", where=where, remedy="write it like 2026-03-01"
        ) from None


def moment_of(text: str | None, *, where: str) -> datetime | None:
    """The end of a day written like 2026-03-01; None stays None."""
    day = day_of(text, where=where)
    return None if day is None else end_of_day(day)
