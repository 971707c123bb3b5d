"""Moments of many places in order: which of them had come by any other, found at once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from protem.measure.days import Floats, Ints

BUCKETS = 128
"""Into how many equally full stretches of time the moments are sorted beforehand."""

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """Moments by place and then time.

    Attributes:
        at: When each was, in days; shape (n,).
        start: Where those of each place begin, and last where all end; shape (places + 1,).
        edges: Moments that split them into equally full stretches; shape (e,).
        by_edge: Where those of each place up to each edge end, first before any;
            shape (e + 1, places).
    """

    at: Floats
    start: Ints
    edges: Floats
    by_edge: npt.NDArray[np.int32]

    def until(self, moment: float) -> Ints:
        """Where the moments of each place up to this one end; shape (places,).

        From the last edge before it on, step by step while there are any.
        """
        edge = int(np.searchsorted(self.edges, moment, "right"))
        place: Ints = self.by_edge[edge].astype(np.int64)
        rows = np.arange(place.size)
        while rows.size:
            rows = rows[place[rows] < self.start[rows + 1]]
            rows = rows[self.at[place[rows]] <= moment]
            place[rows] += 1
        return place

    def last(self, moment: float, values: Floats, *, missing: float) -> Floats:
        """Each place's value, one a moment, at its last moment by then; shape (places,)."""
        if not self.at.size:
            return np.full(self.start.size - 1, missing)
        end = self.until(moment)
        return np.where(end > self.start[:-1], values[np.maximum(end - 1, 0)], missing)


def moments_of(place: Ints, at: Floats, *, places: int) -> Moments:
    """The moments of so many places; both columns by place and then time."""
    start = np.searchsorted(place, np.arange(places + 1)).astype(np.int64)
    edges = np.unique(np.sort(at)[:: max(1, at.size // BUCKETS)])
    first = np.searchsorted(edges, at, "left") + 1
    is_edged = first < edges.size + 1
    counts = np.bincount(
        (first * places + place)[is_edged], minlength=(edges.size + 1) * places
    ).reshape(edges.size + 1, places)
    counts[0] = start[:-1]
    by_edge = np.cumsum(counts, axis=0, dtype=np.int32)
    return Moments(at=at, start=start, edges=edges, by_edge=by_edge)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Extremes:
    """Of each place the greatest (or least) value known by any moment."""

    moments: Moments
    values: Floats

    def at(self, moment: float, *, missing: float) -> Floats:
        """The extreme of each place by then, ``missing`` where there is none."""
        return self.moments.last(moment, self.values, missing=missing)


def greatest(place: Ints, known: Floats, value: Floats, *, places: int) -> Extremes:
    """The greatest ``value`` of each place among those ``known`` by a moment."""
    return _extremes(place, known, value, pl.col("value").cum_max(), places=places)


def least(place: Ints, known: Floats, value: Floats, *, places: int) -> Extremes:
    """The least ``value`` of each place among those ``known`` by a moment."""
    return _extremes(place, known, value, pl.col("value").cum_min(), places=places)


def _extremes(
    place: Ints, known: Floats, value: Floats, reached: pl.Expr, *, places: int
) -> Extremes:
    """As ``reached`` says, over the values of each place in the order they were known."""
    frame = (
        pl.DataFrame({"place": place, "known": known, "value": value})
        .sort("place", "known")
        .with_columns(reached.over("place"))
    )
    return Extremes(
        moments=moments_of(frame["place"].to_numpy(), frame["known"].to_numpy(), places=places),
        values=frame["value"].to_numpy(),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Remembered(Generic[K, T]):
    """What was worked out for the keys asked last, so many of them; threads may share it."""

    most: int
    known: "OrderedDict[K, T]" = field(default_factory=OrderedDict)

    def at(self, key: K, work_out: Callable[[K], T]) -> T:
        """The answer for a key, worked out if it is not known."""
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = work_out(key)
            if len(self.known) > self.most:
                self.known.popitem(last=False)
        return found
