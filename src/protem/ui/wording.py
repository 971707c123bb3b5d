"""Values in the words of the page: dates, ages, quantities and verdicts."""

import math
from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOT_ENOUGH = "not enough data"
NO_BREAK = "\N{NO-BREAK SPACE}"
DAYS_PER_MONTH = 30.44
WEEKS_FROM, MONTHS_FROM, YEARS_FROM = 21, 75, 730

_SHAPES = {
    "better": ("▲", "better", "better"),
    "improving": ("▲", "better", "improving"),
    "worse": ("▼", "worse", "worse"),
    "degrading": ("▼", "worse", "degrading"),
    "steady": ("●", "steady", "steady"),
    "stale": ("◐", "stale", "stale"),
    "not comparable": ("◐", "stale", "not comparable"),
    "off": ("○", "off", "off"),
    "on": ("●", "on", "on"),
    "unknown": ("◐", "stale", "unknown"),
}


def date_plain(value: date | datetime | None) -> SafeString:
    """``12 Mar 2026`` in a ``<time>`` whose title is exact; None is “no date”."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', "no date")
    moment = _local(value)
    exact = format_date(moment, "l j F Y")
    if isinstance(moment, datetime):
        exact = f"{exact}, {format_date(moment, 'H:i T')}".rstrip()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        exact,
        format_date(moment, "j M Y"),
    )


def ago(value: date | datetime | None, as_of: date | datetime) -> str:
    """How far ``value`` lies from ``as_of``: “3 days ago”, “today”, “in 7 weeks”."""
    if value is None:
        return "never"
    days = (_day(as_of) - _day(value)).days
    if not days:
        return "today"
    if abs(days) == 1:
        return "yesterday" if days > 0 else "tomorrow"
    return f"{_span(abs(days))} ago" if days > 0 else f"in {_span(abs(days))}"


def quantity(value: float | None, unit: str = "") -> str:
    """A number as one would say it, with its unit: ``19.4 days``, ``1 day``, ``1,240``."""
    if value is None or not math.isfinite(value):
        return NOT_ENOUGH
    figure = _rounded(float(value))
    if not unit:
        return figure
    if figure == "1":
        unit = _singular(unit)
    return f"{figure}{NO_BREAK}{unit}"


def percent(share: float | None) -> str:
    """A share between 0 and 1 as ``94.2 %``, never rounded up to 100 or down to 0."""
    if share is None or not math.isfinite(share):
        return NOT_ENOUGH
    figure = round(share * 100, 1)
    if figure >= 100 and share < 1:  # noqa: PLR2004 - a hundred per cent
        figure = 99.9
    if figure == 0 and share > 0:
        figure = 0.1
    return quantity(figure, "%")


def verdict_badge(word: str) -> SafeString:
    """A verdict as shape and word; a word it does not know means not enough data."""
    shape, kind, said = _SHAPES.get(
        str(word).lower().replace("_", " "), ("○", "off", NOT_ENOUGH)
    )
    return format_html(
        '<span class="verdict verdict-{}"><span class="shape" aria-hidden="true">{}</span>'
        " {}</span>",
        kind,
        shape,
        said,
    )


def shape_of(state: str) -> tuple[str, str]:
    """The shape and CSS kind of a verdict or of a signal's state."""
    shape, kind, _ = _SHAPES.get(str(state).lower(), ("○", "off", ""))
    return shape, kind


def _rounded(value: float) -> str:
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 1 else 2  # noqa: PLR2004 - three digits
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return "0" if text == "-0" else text


def _singular(unit: str) -> str:
    head, _, tail = unit.partition(" ")
    is_plural = len(head) > 2 and head.endswith("s") and not head.endswith("ss")  # noqa: PLR2004
    return f"{head[:-1] if is_plural else head} {tail}".strip()


def _span(days: int) -> str:
    if days < WEEKS_FROM:
        return f"{days} days"
    if days < MONTHS_FROM:
        return f"{round(days / 7)} weeks"
    if days < YEARS_FROM:
        return f"{round(days / DAYS_PER_MONTH)} months"
    return f"{round(days / 365.25)} years"


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def _day(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local
