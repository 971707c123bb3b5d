"""Axes: from values and days to coordinates, with round numbers and dates that never touch."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

LARGEST = 1e15  # beyond any figure worth drawing, and where floats stop being exact
SMALLEST_SPAN = 1e-9
HUNDRED = 100.0
DAYS_PER_MONTH = 30.44
MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120, 300, 600, 1200, 6000, 12000, 60000, 240000)
DAY_STEPS = (1, 2, 7, 14)
SHORT_SPAN_DAYS = 62
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Scale:
    """A straight line from ``low..high`` to ``start..end``; without a span, the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high - self.low < SMALLEST_SPAN:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def drawable(value: float | None) -> float | None:
    """The value as a float, or None where it is missing, not finite or absurd."""
    if value is None or not math.isfinite(value) or abs(value) > LARGEST:
        return None
    return float(value)


def nice_step(span: float, count: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that cuts ``span`` into about ``count``."""
    rough = max(span, SMALLEST_SPAN) / count
    magnitude: float = 10.0 ** math.floor(math.log10(rough))
    return next(
        step * magnitude for step in (1, 2, 5, 10) if rough <= step * magnitude * 1.0001
    )


def value_ticks(values: Iterable[float], *, count: int, ceiling: float | None) -> list[float]:
    """Round numbers from below the lowest value to above the highest.

    The axis starts at zero when the values come anywhere near it; ``ceiling`` is where it may
    not go beyond (100 for a percentage) unless a value does.
    """
    known = list(values)
    low, high = min(known), max(known)
    is_capped = ceiling is not None and high <= ceiling
    if 0 <= low <= high * 0.5:
        low = 0.0
    if high - low < max(SMALLEST_SPAN, abs(high) * SMALLEST_SPAN):
        room = abs(high) * 0.1 if abs(high) > SMALLEST_SPAN else 1.0
        low, high = low - room if low else low, high + room
    step = nice_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [index * step for index in range(first, last + 1)]
    if ceiling is not None and is_capped:
        ticks = [tick for tick in ticks if tick <= ceiling + SMALLEST_SPAN]
    return ticks


def tick_text(tick: float, step: float) -> str:
    """The tick with as many decimals as its step needs, thousands apart."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{tick:,.{min(decimals, 9)}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def figure_text(value: float) -> str:
    """A value in words: one decimal below a hundred, none above, three for small shares."""
    size = abs(value)
    step = 1.0 if size >= HUNDRED else 0.1 if size >= 1 or not size else 0.001
    text = tick_text(value, step)
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_text(day: date) -> str:
    """A day as people here read it: 12 Mar 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def date_ticks(first: date, last: date, *, width: float, label_width: float) -> list[date]:
    """Days at which to label an axis of ``width`` so that labels of that width keep apart."""
    room = max(1, int(width // label_width))
    days = (last - first).days
    if days <= SHORT_SPAN_DAYS:
        step = next((step for step in DAY_STEPS if days / step < room), SHORT_SPAN_DAYS)
        return [date.fromordinal(first.toordinal() + at) for at in range(0, days + 1, step)]
    months = days / DAYS_PER_MONTH
    step = next((step for step in MONTH_STEPS if months / step < room), MONTH_STEPS[-1])
    return _month_starts(first, last, step)


def date_tick_text(day: date, *, is_first: bool, days: int) -> str:
    """``12 Mar`` on short axes; on long ones ``Apr``, and the year where it begins."""
    if days <= SHORT_SPAN_DAYS:
        return f"{day.day} {MONTHS[day.month - 1]}"
    month = MONTHS[day.month - 1]
    return f"{month} {day.year}" if is_first or day.month == 1 else month


def _month_starts(first: date, last: date, step: int) -> list[date]:
    start = first.year * 12 + first.month - 1 + (first.day > 1)
    start += -start % step
    end = last.year * 12 + last.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(start, end + 1, step)]
