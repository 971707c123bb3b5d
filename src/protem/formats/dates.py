"""Dates and instants as exports write them, read into UTC.

Spelling is settled here; whether a date can be true is ``plausible``'s question, asked by
each format so that it can count what it left out.
"""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

FIRST_YEAR = 1990
LAST_YEAR = 2100

_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ]\s?(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?"
    r"\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?(?::\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d{1,17}(?:\.\d{1,12})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SMALLEST_MILLISECONDS = 100_000_000_000
"""As seconds this is the year 5138; as milliseconds, March 1973."""
_SMALLEST_EPOCH_DIGITS = 9
_LONGEST_OFFSET = timedelta(hours=24)


def parse_instant(text: str | float | None) -> datetime | None:
    """The instant in UTC, or ``None`` when ``text`` is not one.

    Reads ISO 8601 and RFC 3339 with any number of fractional digits (cut to
    microseconds), a date alone as midnight, and epoch seconds or milliseconds as numbers
    or digits. Without an offset the time is taken as UTC. Nothing is refused for being
    unlikely: year 1 and 9999 come back as they are, see ``plausible``.
    """
    if text is None or isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return _from_epoch(text)
    trimmed = text.strip()
    if _NUMBER.fullmatch(trimmed):
        digits = len(trimmed.partition(".")[0].lstrip("-"))
        return _from_epoch(float(trimmed)) if digits >= _SMALLEST_EPOCH_DIGITS else None
    return _from_iso(trimmed)


def parse_day(text: str | float | None) -> date | None:
    """The day in UTC, or ``None``: everything that ``parse_instant`` reads."""
    moment = parse_instant(text)
    return None if moment is None else moment.date()


def plausible(moment: date | datetime) -> bool:
    """Whether a security tool can have meant it: no sentinel such as 0001, 1970 or 9999."""
    if (moment.year, moment.month, moment.day) == (1970, 1, 1):
        return False
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def _from_epoch(number: float) -> datetime | None:
    if not math.isfinite(number):
        return None
    seconds = number / 1000 if abs(number) >= _SMALLEST_MILLISECONDS else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


@lru_cache(maxsize=16_384)
def _from_iso(text: str) -> datetime | None:
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            microsecond,
            tzinfo=_zone_of(zone),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone_of(zone: str | None) -> timezone:
    if zone is None or zone.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = zone[1:].replace(":", "").ljust(6, "0")
    offset = timedelta(
        hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:6])
    )
    if offset >= _LONGEST_OFFSET:
        raise ValueError(zone)
    return timezone(-offset if zone[0] == "-" else offset)
