"""Clusters, the unit of statistics: one vulnerability in one owner group, and its windows.

One upgrade closes many instances at once, so instances are no independent trials. A cluster
lasts from its first instance seen to its last closed; when every instance was over before the
next was seen, the next begins a new cluster with its own clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from protem.measure.critical import CriticalEpisodes, Spells, allowed_at
from protem.measure.days import Bools, Floats, Ints
from protem.measure.windows import HORIZON_DAYS, Window
from protem.stats.survival import Curve, kaplan_meier

FAR = 1e5
"""More days than any clock reads: keeps the clusters apart in one ascending column."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Clusters:
    """Days, whether remediated, the episode it began with, days allowed; shape (clusters,)."""

    start: Floats
    end: Floats
    event: Bools
    row: Ints
    deadline: Floats

    def alive(self, window: Window) -> Bools:
        """Which were open at some time in the window."""
        return (self.end > window.start) & (self.start <= window.end)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Clusters under observation in a window, shape (n,): ages in days at entry and exit."""

    entry: Floats
    exit: Floats
    event: Bools
    deadline: Floats

    @cached_property
    def curve(self) -> Curve:
        """The share still open by age."""
        return kaplan_meier(self.exit, self.event, self.entry)

    def within_deadline(self) -> float | None:
        """The share remediated by its own deadline, with age counted in deadlines; or None."""
        return 1 - self._curve_of_deadlines.at(1.0) if self.exit.size else None

    @cached_property
    def _curve_of_deadlines(self) -> Curve:
        scale = self.deadline
        return kaplan_meier(self.exit / scale, self.event, self.entry / scale)

    @property
    def size(self) -> int:
        """How many clusters were at risk."""
        return int(self.exit.size)

    @property
    def closed(self) -> int:
        """How many were remediated in the window."""
        return int(self.event.sum())


def clusters_of(
    episodes: CriticalEpisodes, spells: Spells, moment: float, *, start: Floats | None = None
) -> Clusters:
    """The clusters of the spells whose start is known, accepted ones censored.

    ``start`` is another clock, such as the day a fix came out, NaN where it never began.
    """
    if start is None:
        return _once(spells, "clusters", lambda: _clusters(episodes, spells, moment, None))
    return _clusters(episodes, spells, moment, start)


def _clusters(
    episodes: CriticalEpisodes, spells: Spells, moment: float, start: Floats | None
) -> Clusters:
    clock = episodes.start if start is None else start
    keep = spells.exists & ~episodes.is_baseline & (clock <= moment) & (clock <= spells.end)
    return _merge(
        episodes,
        keep,
        clock=clock,
        outcome=(spells.end, spells.is_fixed, spells.is_stale),
        deadline=allowed_at(episodes, moment),
    )


def with_accepted_as(
    episodes: CriticalEpisodes, spells: Spells, moment: float, *, remediated: bool
) -> Clusters:
    """The bounds for accepted risk: counted as remediated then, or as open to this day."""
    return _once(
        spells,
        f"accepted as remediated: {remediated}",
        lambda: _with_accepted_as(episodes, spells, moment, remediated=remediated),
    )


def _with_accepted_as(
    episodes: CriticalEpisodes, spells: Spells, moment: float, *, remediated: bool
) -> Clusters:
    keep = spells.exists & ~episodes.is_baseline
    end = spells.end if remediated else np.where(spells.is_accepted, moment, spells.end)
    event = spells.is_fixed | spells.is_accepted if remediated else spells.is_fixed
    return _merge(
        episodes,
        keep,
        clock=episodes.start,
        outcome=(end, event, spells.is_stale),
        deadline=allowed_at(episodes, moment),
    )


def within(clusters: Clusters, window: Window) -> Sample:
    """Those alive in it: from age max(T0 - start, 0) to min(end, T1) - start."""
    alive = clusters.alive(window)
    start, end = clusters.start[alive], clusters.end[alive]
    return Sample(
        entry=np.maximum(window.start - start, 0.0),
        exit=np.minimum(end, window.end) - start,
        event=clusters.event[alive] & (end <= window.end),
        deadline=clusters.deadline[alive],
    )


def restricted_mean(sample: Sample) -> tuple[float | None, float | None, float | None]:
    """The restricted mean over 180 days and its interval, in days; all None without clusters.

    Without a closing the mean is the horizon and there is no interval.
    """
    if not sample.size:
        return None, None, None
    curve = sample.curve
    low, high = curve.restricted_mean_interval(HORIZON_DAYS)
    value = curve.restricted_mean(HORIZON_DAYS)
    return (value, low, high) if sample.closed else (value, None, None)


def _once(spells: Spells, name: str, work_out: Callable[[], Clusters]) -> Clusters:
    """Clusters as of the moment of the spells, worked out once for all who ask."""
    if name not in spells.memo:
        spells.memo[name] = work_out()
    known: Clusters = spells.memo[name]
    return known


def _merge(
    episodes: CriticalEpisodes,
    keep: Bools,
    *,
    clock: Floats,
    outcome: tuple[Floats, Bools, Bools],
    deadline: Floats,
) -> Clusters:
    """Join overlapping spells of one cluster; it is remediated when the last to end is.

    Nothing is known of a cluster beyond the last scan of a stale instance but that the rest
    of it is gone, so it is censored at its end.
    """
    rows = np.flatnonzero(keep)
    if clock is not episodes.start:  # those are in order already
        rows = rows[np.lexsort((clock[rows], episodes.cluster[rows]))]
    if not rows.size:
        none = np.zeros(0)
        return Clusters(
            start=none, end=none, event=none.astype(np.bool_), row=none.astype(np.int64),
            deadline=none,
        )  # fmt: skip
    end, event, stale = (column[rows] for column in outcome)
    code, start = episodes.cluster[rows] * FAR, clock[rows]
    reach = np.maximum.accumulate(code + end)
    first = np.concatenate(([True], code[1:] + start[1:] > reach[:-1]))
    at = np.flatnonzero(first)
    last = np.maximum.reduceat(end, at)
    of_run = np.cumsum(first) - 1
    over = np.logical_and.reduceat(event | (end < last[of_run]), at)
    if stale.any():
        over &= ~np.logical_or.reduceat(stale, at)
    return Clusters(
        start=start[at],
        end=last,
        event=over,
        row=rows[at],
        deadline=np.minimum.reduceat(deadline[rows], at),
    )
