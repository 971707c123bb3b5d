"""Improving, steady or degrading: when a difference between two windows is believed.

A difference counts only when it is both unlikely by chance and large enough to matter; a ±5 %
arrow would call a change in nine of ten steady months.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from protem.ledger.definition import Definition
from protem.measure.clusters import Sample
from protem.measure.metric import Verdict
from protem.measure.windows import HORIZON_DAYS, Window
from protem.measure.wording import day, days, join, number, percent, sentence
from protem.stats.survival import Curve, TestResult, log_rank

LEAST_AT_RISK = 20
LEAST_CLOSED = 10
LEAST_LEFT = 0.25
"""A gap in observation matters when more than this share was still open before it."""
REACH = 1.959964
RHO = 1.0
"""The weight of the log-rank test: early ages count more, the long tail less."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A verdict with its sentence."""

    verdict: Verdict
    sentence: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Two windows side by side, restricted means in days and shares from 0 to 1.

    What only a change or its sentence needs is worked out when it is asked for.
    """

    earlier: Sample
    later: Sample
    test: TestResult
    definition: Definition

    @cached_property
    def was(self) -> float:
        """The restricted mean of the earlier window."""
        return self.earlier.curve.restricted_mean(HORIZON_DAYS)

    @cached_property
    def now(self) -> float:
        """The restricted mean of the later window."""
        return self.later.curve.restricted_mean(HORIZON_DAYS)

    @property
    def change(self) -> tuple[float, float]:
        """The 95 % interval of the change of the restricted mean."""
        curves = (self.earlier.curve, self.later.curve)
        spread = math.sqrt(sum(c.restricted_mean_variance(HORIZON_DAYS) for c in curves))
        return self.now - self.was - REACH * spread, self.now - self.was + REACH * spread

    @property
    def share_was(self) -> float:
        """The share within deadline in the earlier window."""
        return self.earlier.within_deadline() or 0.0

    @property
    def share_now(self) -> float:
        """The share within deadline in the later window."""
        return self.later.within_deadline() or 0.0

    @property
    def verdict(self) -> Verdict:
        """Which way it went, if it is both significant and material."""
        if self.test.p_value >= self.definition.significance:
            return Verdict.STEADY
        is_faster = self.test.excess > 0
        if is_faster != (self.now < self.was):
            return Verdict.STEADY
        moved = abs(self.now - self.was) >= self.definition.material_share * self.was
        if not moved and not self._share_moved():
            return Verdict.STEADY
        return Verdict.IMPROVING if is_faster else Verdict.DEGRADING

    def _share_moved(self) -> bool:
        gap = self.share_now - self.share_was
        is_same_way = (gap > 0) == (self.now < self.was)
        return is_same_way and abs(gap) >= self.definition.material_share * max(
            self.share_was, 1e-9
        )


def compare(earlier: Sample, later: Sample, definition: Definition) -> Comparison:
    """Both windows and the log-rank test with delayed entry; neither may be empty."""
    test = log_rank(
        later.exit, later.event, earlier.exit, earlier.event,
        entry_a=later.entry, entry_b=earlier.entry, rho=RHO,
    )  # fmt: skip
    return Comparison(earlier=earlier, later=later, test=test, definition=definition)


def missing_data(
    samples: tuple[Sample, Sample], windows: tuple[Window, Window], what: str
) -> str:
    """What is missing for a verdict on durations, as a sentence; empty when enough."""
    parts = []
    names = (f"the {windows[0].told} before", f"the last {windows[1].told}")
    for sample, name in zip(samples, names, strict=True):
        if sample.size < LEAST_AT_RISK or sample.closed < LEAST_CLOSED:
            parts.append(
                f"{name} had {sample.size:,} {what} at risk and {sample.closed:,} closed"
            )
    if parts:
        needed = f"a verdict needs {LEAST_AT_RISK} at risk and {LEAST_CLOSED} closed in each"
        return f"Not enough data: {join(parts)}; {needed}."
    if any(has_gap(sample.curve) for sample in samples):
        return (
            f"Not enough data: too few new {what} came in to tell how the first days went "
            "in both windows."
        )
    return ""


def has_gap(curve: Curve) -> bool:
    """Whether nobody was under observation at an age that many still had before them.

    Gaps in the tail, where few are left to be counted, do no harm.
    """
    gap = curve.first_risk_gap
    if gap is None or not curve.times.size or gap >= float(curve.times[-1]):
        return False
    return gap < HORIZON_DAYS and curve.at(math.nextafter(gap, -1.0)) > LEAST_LEFT


def judge_durations(
    samples: tuple[Sample, Sample],
    windows: tuple[Window, Window],
    what: str,
    *,
    reasons: list[str],
    definition: Definition,
) -> Judgement:
    """The verdict on two windows of clusters (earlier, later).

    Args:
        samples: The clusters at risk in each.
        windows: For the dates and lengths in the sentence.
        what: What a cluster is, in the plural.
        reasons: Why the windows cannot be compared, if they cannot.
        definition: What counts as a change.
    """
    if reasons:
        return Judgement(
            verdict=Verdict.NOT_COMPARABLE,
            sentence=f"Not comparable with the {windows[0].told} before: {'; '.join(reasons)}.",
        )
    missing = missing_data(samples, windows, what)
    if missing:
        return Judgement(verdict=Verdict.INSUFFICIENT, sentence=missing)
    result = compare(*samples, definition)
    return Judgement(verdict=result.verdict, sentence=_tell(result, windows))


def _tell(result: Comparison, windows: tuple[Window, Window]) -> str:
    change, (low, high) = result.now - result.was, result.change
    span = f"95 % interval {number(low)} to {number(high)}"
    since, before = day(windows[1].dates()[0]), f"in the {windows[0].told} before"
    if result.verdict is Verdict.STEADY:
        return sentence(
            f"no change that can be told from chance since {since}: {days(result.now)} against "
            f"{days(result.was)} {before} (change {number(change)} days, {span}; "
            f"p = {result.test.p_value:.2g})."
        )
    shares = f"{percent(result.share_now)} against {percent(result.share_was)} within deadline"
    way = "faster" if result.verdict is Verdict.IMPROVING else "slower"
    return sentence(
        f"{way} by {days(abs(change))} since {since}: {days(result.now)} against "
        f"{days(result.was)} {before} (change {number(change)} days, {span}; "
        f"p = {result.test.p_value:.2g}), {shares}."
    )
