"""How numbers, dates and lists read in the sentences of a metric."""

from collections.abc import Sequence
from datetime import date, datetime

NO_BREAK = "\N{NO-BREAK SPACE}"


def number(value: float, digits: int = 1) -> str:
    """A number without a needless fraction: 30, 19.4, 1,204."""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def days(value: float) -> str:
    """A span: “1 day”, “19.4 days”."""
    text = number(value)
    return f"{text} day" if text == "1" else f"{text} days"


def percent(share: float) -> str:
    """A share of 0 to 1 as “94.2 %”."""
    return f"{number(100 * share)}{NO_BREAK}%"


def day(moment: date | datetime) -> str:
    """A date as “12 Mar 2026”."""
    return f"{moment.day} {moment:%b %Y}"


def count(amount: int, one: str, many: str = "") -> str:
    """How many of something: “1 server”, “2 servers”."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def join(parts: Sequence[str]) -> str:
    """A list in a sentence: “a”, “a and b”, “a, b and c”."""
    if len(parts) < 2:  # noqa: PLR2004 -- one has no “and”
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval in brackets, or nothing where there is none."""
    if low is None or high is None:
        return ""
    return f" (95{NO_BREAK}% interval {number(low)} to {number(high)} {unit})"


def sentence(text: str) -> str:
    """The text with its first letter a capital."""
    return text[:1].upper() + text[1:]
