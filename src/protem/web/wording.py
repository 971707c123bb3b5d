"""Numbers of signals and sizes of files in words."""

from protem.ui.wording import percent, quantity

UNITS = {"h/wk": "hours a week", "h": "hours"}
STEPS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def amount(value: float | None, unit: str) -> str:
    """A signal's quantity: a share as per cent, hours a week written out."""
    if unit == "share":
        return percent(value)
    return quantity(value, UNITS.get(unit, unit))


def file_size(size: int) -> str:
    """A number of bytes as “3.2 MB”."""
    for unit, bytes_each in STEPS:
        if size >= bytes_each:
            return quantity(size / bytes_each, unit)
    return quantity(size, "bytes")
