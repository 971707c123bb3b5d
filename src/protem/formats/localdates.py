"""Dates in the order of somebody's locale: provable from a whole file, never from one cell.

``03/04/2024`` is March or April depending on whose computer wrote it. A file is written by
one program in one locale, so one ``25/12/2024`` in it settles all the others.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from protem.formats.dates import parse_instant

_LOCAL = re.compile(
    r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})"
    r"(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?)?",
    re.ASCII | re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(.*)", re.ASCII | re.DOTALL)
_NOON = 12


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPOKEN = re.compile(
    r"[A-Za-z]{3},? +(?:(?P<day>\d{1,2}) +(?P<month>[A-Za-z]{3}) +(?P<year>\d{4})"
    r"|(?P<us_month>[A-Za-z]{3}) +(?P<us_day>\d{1,2})),? +"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?: (?P<half>[AP]M))?"
    r"(?: (?P<us_year>\d{4}))?(?: [A-Z]{1,5}| [+-]\d{2,4})?",
    re.ASCII | re.IGNORECASE,
)


class Order(StrEnum):
    """Which comes first in a date that ends in its year."""

    MONTH_FIRST = "month/day/year"
    DAY_FIRST = "day/month/year"


class MixedOrdersError(ValueError):
    """Some dates can only be day first, others only month first."""


def order_of(texts: Iterable[str]) -> Order:
    """The order that all of ``texts`` were written in.

    Dots mean day first, as no locale writes month.day.year. Where nothing is provable the
    answer is month first: it is what the tools write on an English (US) system.

    Raises:
        MixedOrdersError: One date proves one order, another the other.
    """
    proven: set[Order] = set()
    for text in texts:
        if (match := _LOCAL.fullmatch(text.strip())) is None:
            continue
        first, separator, second = int(match[1]), match[2], int(match[3])
        if first > _NOON or separator == ".":
            proven.add(Order.DAY_FIRST)
        elif second > _NOON:
            proven.add(Order.MONTH_FIRST)
    if len(proven) > 1:
        raise MixedOrdersError
    return proven.pop() if proven else Order.MONTH_FIRST


def parse_local(text: str, order: Order) -> datetime | None:
    """The instant, taken as UTC where no offset is given; ``None`` when it is not a date."""
    trimmed = text.replace("\u200e", "").replace("\u202f", " ").strip()
    if match := _LOCAL.fullmatch(trimmed):
        return _from_parts(match, order)
    if match := _YEAR_FIRST.fullmatch(trimmed):
        year, month, day, rest = match.groups()
        trimmed = f"{year}-{month:0>2}-{day:0>2}{rest}"
    return parse_instant(trimmed)


def parse_spoken(text: str) -> datetime | None:
    """The instant of an English ``date``: ``Tue 05 Mar 2024 06:32:14 AM UTC``.

    Also ``Tue Mar  5 06:32:14 2024``. The zone's name is not looked at: the time is read as
    UTC, as in every log of local times.
    """
    match = _SPOKEN.fullmatch(text.strip())
    if match is None:
        return None
    month = (match["month"] or match["us_month"]).lower()
    year = match["year"] or match["us_year"]
    hours = int(match["hour"])
    if month not in _MONTHS or year is None:
        return None
    if match["half"]:
        hours = hours % _NOON + (_NOON if match["half"].upper() == "PM" else 0)
    try:
        return datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(match["day"] or match["us_day"]),
            hours,
            int(match["minute"]),
            int(match["second"]),
            tzinfo=UTC,
        )
    except ValueError:
        return None


def _from_parts(match: re.Match[str], order: Order) -> datetime | None:
    first, _, second, year, hour, minute, rest, half = match.groups()
    month, day = (first, second) if order is Order.MONTH_FIRST else (second, first)
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= _NOON:
            return None
        hours = hours % _NOON + (_NOON if half.lower().startswith("p") else 0)
    try:
        midnight = datetime(int(year), int(month), int(day), tzinfo=UTC)
        time = datetime(1, 1, 1, hours, int(minute or 0), int(rest or 0), tzinfo=UTC)
    except ValueError:
        return None
    return midnight + timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
