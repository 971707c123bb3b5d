"""Instants as numbers: days since 1970 in UTC, as the arithmetic of durations wants them."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS_A_DAY = 86_400_000_000
SECONDS_A_DAY = 86_400


def day_number(moment: datetime | date) -> float:
    """Days since 1970; a date counts from its first instant in UTC."""
    if isinstance(moment, datetime):
        return (moment - EPOCH) / timedelta(days=1)
    return float(moment.toordinal() - EPOCH.toordinal())


def date_of(number: float) -> date:
    """The UTC date that a day number lies on."""
    return (EPOCH + timedelta(days=number)).date()


def from_instants(column: pl.Series, *, missing: float) -> Floats:
    """A column of instants as day numbers, shape (n,); nulls become ``missing``."""
    counts = column.cast(pl.Datetime("us", "UTC")).to_physical().cast(pl.Float64)
    return (counts / MICROSECONDS_A_DAY).fill_null(missing).to_numpy().astype(np.float64)


def from_dates(column: pl.Series, *, missing: float) -> Floats:
    """A column of dates as day numbers, shape (n,); nulls become ``missing``."""
    counts = column.cast(pl.Date).to_physical().cast(pl.Float64)
    return counts.fill_null(missing).to_numpy().astype(np.float64)


def flags(column: pl.Series, *, missing: bool = False) -> Bools:
    """A column of truth values, shape (n,); nulls become ``missing``."""
    return column.fill_null(missing).to_numpy().astype(np.bool_)


def codes(column: pl.Series) -> tuple[Ints, list[str]]:
    """A column of text as numbers into the sorted list of its distinct values."""
    filled = column.cast(pl.String).fill_null("")
    names = filled.unique().sort()
    places = filled.replace_strict(names, pl.int_range(names.len(), eager=True))
    return places.to_numpy().astype(np.int64), names.to_list()


def positions(wanted: Ints, ids: Ints) -> Ints:
    """Where each wanted id stands in the ascending ``ids``; -1 where it does not."""
    if ids.size == 0:
        return np.full(wanted.shape, -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where(ids[place] == wanted, place, -1).astype(np.int64)
