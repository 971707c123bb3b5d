"""How long things stay open: product-limit curves, restricted means and the log-rank test.

The words are those of survival analysis. A *duration* is the age, in days, at which a subject
left observation; ``event_observed`` says whether it left by the event (remediated) or is
*censored* (still open, accepted, retired). *Entry* is the age at which it came under
observation: a finding already 40 days old when the window opens has entry 40 and says nothing
about the first 40 days (left truncation). A subject is at risk at age t while entry < t ≤
duration; one with entry 0 is at risk from the start, age 0 included.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]

ROUNDING = 1e-12
"""Slack when a product of fractions is compared with a share, so that ½ reached is ½."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Curve:
    """The share not yet remediated by age: a step function, 1 before the first event.

    Attributes:
        times: Distinct ages with an event, ascending, in days; shape (k,).
        survival: The share still open just after each of them, 0 to 1; shape (k,).
        greenwood: d / (n (n - d)) at each (Greenwood, 1926), for d events among n at risk;
            0 where the whole risk set left, since no curve is left to vary; shape (k,).
        at_risk: n at each; shape (k,).
        events: d at each; shape (k,).
        subjects: How many rows the curve was made from.
        observed_until: The greatest duration, in days (0 without rows). Beyond it the curve
            is carried on flat, so open ones count as open to any horizon.
        first_risk_gap: The earliest age from which nobody was under observation although
            somebody entered later, else None. Only delayed entry makes such gaps. At 0 the
            curve is conditional on having reached the youngest entry. Where the last at risk
            left by the event, survival is 0 from there on, and those who enter later cannot
            raise it again: the standard product limit, but not to be believed.
    """

    times: Floats
    survival: Floats
    greenwood: Floats
    at_risk: Counts
    events: Counts
    subjects: int
    observed_until: float
    first_risk_gap: float | None

    def at(self, t: float) -> float:
        """The share still open just after age ``t`` in days, 0 to 1."""
        steps = int(np.searchsorted(self.times, t, side="right"))
        return float(self.survival[steps - 1]) if steps else 1.0

    def quantile(self, p: float) -> float | None:
        """The age in days by which a share ``p`` was remediated; None when not reached.

        The smallest t with S(t) ≤ 1 - p (Klein and Moeschberger, 2003, eq. 4.5.3).

        Raises:
            ValueError: ``p`` is not strictly between 0 and 1.
        """
        if not 0 < p < 1:
            raise ValueError("a quantile lies strictly between 0 and 1")
        reached = np.flatnonzero(self.survival <= 1 - p + ROUNDING)
        return float(self.times[reached[0]]) if reached.size else None

    def median(self) -> float | None:
        """The age in days by which half were remediated; None when not reached."""
        return self.quantile(0.5)

    def restricted_mean(self, horizon: float) -> float:
        """The mean age at remediation in days, counting nothing beyond ``horizon`` days.

        RMST(h) = ∫₀ʰ S(t) dt (Irwin, 1949). Without events it is the horizon itself.

        Raises:
            ValueError: The horizon is negative or not finite.
        """
        return float(self._areas(horizon).sum())

    def restricted_mean_variance(self, horizon: float) -> float:
        """The variance of the restricted mean, in days squared.

        Σ [∫ₜᵢʰ S(t) dt]² dᵢ / (nᵢ (nᵢ - dᵢ)) over the events at tᵢ up to the horizon (Klein
        and Moeschberger, 2003, eq. 4.5.2). It is 0 without events, or when all fall on one
        age: that is the estimator's limit, not certainty.

        Raises:
            ValueError: The horizon is negative or not finite.
        """
        after = self._areas(horizon)[::-1].cumsum()[::-1][1:]
        return float((after**2 * self.greenwood[: after.size]).sum())

    def restricted_mean_interval(
        self, horizon: float, level: float = 0.95
    ) -> tuple[float, float]:
        """The normal interval of the restricted mean in days, kept within 0 and the horizon.

        Raises:
            ValueError: The horizon is negative or not finite, or the level not in (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError("a confidence level lies strictly between 0 and 1")
        mean = self.restricted_mean(horizon)
        reach = NormalDist().inv_cdf((1 + level) / 2)
        margin = reach * math.sqrt(self.restricted_mean_variance(horizon))
        return max(mean - margin, 0.0), min(mean + margin, horizon)

    def _areas(self, horizon: float) -> Floats:
        """The area under each step up to the horizon, the one before any event first."""
        if not (math.isfinite(horizon) and horizon >= 0):
            raise ValueError("a horizon is a number of days, zero or more")
        steps = int(np.searchsorted(self.times, horizon, side="right"))
        edges = np.concatenate(([0.0], self.times[:steps], [horizon]))
        return np.diff(edges) * np.concatenate(([1.0], self.survival[:steps]))


@dataclass(frozen=True, kw_only=True, slots=True)
class TestResult:
    """The outcome of a two-sample log-rank test, told for the first sample.

    Attributes:
        statistic: excess² / variance; chi-squared with one degree of freedom
            when both samples leave at the same rate.
        p_value: The chance of a statistic at least this large in that case, 0 to 1.
        observed: Events in the first sample.
        expected: Events it would have had at the pooled rates.
        excess: Observed less expected, each age by its weight; positive means that the first
            sample is remediated faster.
        variance: The hypergeometric variance of the excess; 0 when the samples are never at
            risk together, and then nothing can be told and ``p_value`` is 1.
    """

    statistic: float
    p_value: float
    observed: float
    expected: float
    excess: float
    variance: float


def kaplan_meier(
    durations: npt.ArrayLike,
    event_observed: npt.ArrayLike,
    entry: npt.ArrayLike | None = None,
) -> Curve:
    """The product-limit curve, with delayed entry.

    S(t) = ∏ (1 - dᵢ / nᵢ) over the event ages tᵢ ≤ t (Kaplan and Meier, 1958), with nᵢ
    counting those under observation at tᵢ (Tsai, Jewell and Wang, 1987).

    Args:
        durations: Age at exit in days, zero or more; shape (n,). Empty is allowed.
        event_observed: True where the exit was the event; shape (n,).
        entry: Age in days at which each came under observation; shape (n,). None: all from 0.

    Raises:
        ValueError: Lengths differ, a value is negative or not finite, or somebody enters late
            at or after the exit.
    """
    leaving, happened, entering = _sample(durations, event_observed, entry)
    order = np.argsort(leaving)
    leaving, ages = leaving[order], leaving[order][happened[order]]
    entering.sort()
    is_new = np.append(True, ages[1:] != ages[:-1])[: ages.size]
    times, events = ages[is_new], np.diff(np.append(np.flatnonzero(is_new), ages.size))
    at_risk = _at_risk(times, leaving, entering)
    staying = at_risk - events
    return Curve(
        times=times,
        survival=np.cumprod(staying / at_risk, dtype=np.float64),
        greenwood=np.where(staying > 0, events / (at_risk * np.maximum(staying, 1)), 0.0),
        at_risk=at_risk,
        events=events,
        subjects=leaving.size,
        observed_until=float(leaving[-1]) if leaving.size else 0.0,
        first_risk_gap=_first_risk_gap(leaving, entering),
    )


def log_rank(  # noqa: PLR0913 -- two samples of three columns, and the weight
    durations_a: npt.ArrayLike,
    events_a: npt.ArrayLike,
    durations_b: npt.ArrayLike,
    events_b: npt.ArrayLike,
    *,
    entry_a: npt.ArrayLike | None = None,
    entry_b: npt.ArrayLike | None = None,
    rho: float = 0.0,
) -> TestResult:
    """Whether two samples leave at the same rate: log-rank with delayed entry.

    At every event age the events in the first sample are compared with dᵢ nₐᵢ / nᵢ, their
    hypergeometric mean (Mantel, 1966; Peto and Peto, 1972), weighted by S(tᵢ-)^rho of both
    samples together (Harrington and Fleming, 1982): 0 weighs all ages alike, 1 the early ones
    more, which is nearly the best where times are heavy-tailed and change in proportion (it is
    for the logistic of log t) or where some never leave. Arguments are as for
    ``kaplan_meier``; swapping the samples changes neither statistic nor p-value.

    Raises:
        ValueError: As ``kaplan_meier``, for either sample.
    """
    leaving_a, happened_a, entering_a = _sample(durations_a, events_a, entry_a)
    leaving_b, happened_b, entering_b = _sample(durations_b, events_b, entry_b)
    times, events = np.unique(
        np.concatenate((leaving_a[happened_a], leaving_b[happened_b])), return_counts=True
    )
    at_risk_a = _at_risk(times, np.sort(leaving_a), np.sort(entering_a))
    at_risk = at_risk_a + _at_risk(times, np.sort(leaving_b), np.sort(entering_b))
    share = at_risk_a / at_risk
    spread = (at_risk - events) / np.maximum(at_risk - 1, 1)
    left = np.concatenate(([1.0], np.cumprod(1 - events / at_risk)[:-1]))[: times.size]
    weight = left**rho
    excess = float(weight[np.searchsorted(times, leaving_a[happened_a])].sum())
    excess -= float((weight * events * share).sum())
    variance = float((weight**2 * events * share * (1 - share) * spread).sum())
    statistic = excess**2 / variance if variance > 0 else 0.0
    return TestResult(
        statistic=statistic,
        p_value=math.erfc(math.sqrt(statistic / 2)),
        observed=float(happened_a.sum()),
        expected=float((events * share).sum()),
        excess=excess,
        variance=variance,
    )


def share_within(curve: Curve, days: float) -> float:
    """The share remediated by age ``days``, 0 to 1: one minus survival."""
    return 1.0 - curve.at(days)


def _sample(
    durations: npt.ArrayLike, event_observed: npt.ArrayLike, entry: npt.ArrayLike | None
) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """Copies of the columns, checked; the ages of entry only of those who entered late."""
    leaving = np.array(durations, dtype=np.float64).ravel()
    happened = np.array(event_observed).ravel().astype(np.bool_)
    entering = np.zeros_like(leaving) if entry is None else np.array(entry, dtype=np.float64)
    if not leaving.size == happened.size == entering.size:
        raise ValueError("durations, events and entries differ in number")
    for ages in (leaving, entering):
        if not (np.isfinite(ages) & (ages >= 0)).all():
            raise ValueError("an age is a number of days, zero or more")
    late = entering > 0
    if (entering[late] >= leaving[late]).any():
        raise ValueError("somebody enters at or after the exit")
    return leaving, happened, entering[late]


def _at_risk(times: Floats, leaving: Floats, entering: Floats) -> Counts:
    """How many are under observation at each time; both columns sorted."""
    gone = np.searchsorted(leaving, times, side="left")
    not_yet = entering.size - np.searchsorted(entering, times, side="left")
    return (leaving.size - gone - not_yet).astype(np.int64)


def _first_risk_gap(leaving: Floats, entering: Floats) -> float | None:
    """The first moment when those who have come have all gone, and others are yet to come.

    Before the j-th late entry all have gone when as many have left as had come: those who were
    there from the start and the j before it. The last of them left at ``gone[j]``.
    """
    from_start = leaving.size - entering.size
    gone = np.concatenate(([0.0], leaving))[from_start : from_start + entering.size]
    empty = gone < entering
    return float(gone[empty.argmax()]) if empty.any() else None
