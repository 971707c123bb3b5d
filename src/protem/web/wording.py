"""Numbers of signals and sizes of files in words."""

from protem.ui.wording import percent, quantity

UNITS = {"h/wk": "hours a week", "h": "hours"}
STEPS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def amount(value: float | None, unit: str) -> str:
    """A signal's quantity: a share as per cent, hours a week written out."""
    if unit == "share":
        return percent(value)
    return quantity(value, UNITS.get(unit, unit))


def in_short(value: float | None, unit: str) -> str:
    """The same where there is little room: “14 h/wk”."""
    return percent(value) if unit == "share" else quantity(value, unit)


def number_of(value: float | None, unit: str) -> str:
    """The same beside another one of its unit: the number alone, a share as per cent."""
    return percent(value) if unit == "share" else quantity(value)


def file_size(size: int) -> str:
    """A number of bytes as “3.2 MB”."""
    for unit, bytes_each in STEPS:
        if size >= bytes_each:
            return quantity(size / bytes_each, unit)
    return quantity(size, "bytes")
