"""Why a number moved: its change taken apart by groups, exactly; the parts add up to it.

Every change is a group's own change (*rate*: it got better or worse) or a change in how much
of the whole it is (*mix*: there is more of what is better or worse than the rest). Both are
weighted by the middle of the two periods (Kitagawa, 1955; for two factors the Shapley value),
so swapping the periods turns every sign and changes nothing else.
"""

from dataclasses import dataclass

import numpy as np

from protem.measure.days import Bools, Floats, Ints
from protem.stats.survival import Curve, kaplan_meier

DEEPEST = 200.0
"""Products of remaining shares are carried on in stretches no smaller than e to minus this."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Parts:
    """What each group adds to a change, in the unit of the number; shape (groups,).

    Attributes:
        rate: By its own change.
        mix: By being more or less of the whole.
    """

    rate: Floats
    mix: Floats

    @property
    def total(self) -> Floats:
        """Both together; they add up to the change of the whole."""
        return self.rate + self.mix


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Observed:
    """Ages at entry and exit of subjects, whether by the event, and their groups; shape (n,).

    ``group`` numbers the groups from 0, the same in both periods compared.
    """

    entry: Floats
    exit: Floats
    event: Bools
    group: Ints

    @property
    def curve(self) -> Curve:
        """The share still open by age, all groups together."""
        return kaplan_meier(self.exit, self.event, self.entry)


def of_share(was: tuple[Ints, Ints], now: tuple[Ints, Ints]) -> Parts:
    """The change of a share k / n, each period as (k by group, n by group).

    A group that is there in one period only has no rate of its own to change: all it adds is
    mix.

    Raises:
        ValueError: One of the periods has nothing to take a share of.
    """
    (k_was, n_was), (k_now, n_now) = (
        (np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64))
        for k, n in (was, now)
    )
    if not n_was.sum() or not n_now.sum():
        raise ValueError("a share of nothing has no parts")
    rate, mix = _rate_and_mix(
        n_was / n_was.sum(), k_was / n_was.sum(), n_now / n_now.sum(), k_now / n_now.sum()
    )
    return Parts(rate=rate, mix=mix)


def of_restricted_mean(was: Observed, now: Observed, *, groups: int, horizon: float) -> Parts:
    """The change of ∫₀ʰ S(t) dt in days, S the product-limit curve with delayed entry."""
    steps = _steps(was, now, groups=groups)
    edges = np.append(np.minimum(steps.ages, horizon), horizon)
    widths = np.diff(edges)[:, None]
    return Parts(rate=(steps.rate * widths).sum(axis=0), mix=(steps.mix * widths).sum(axis=0))


def of_median(was: Observed, now: Observed, *, groups: int) -> Parts | None:
    """The change of the product-limit median in days; None where one of them is not reached.

    At each age between the two medians one curve is above one half and the other is not.
    The age is shared out as the difference of the curves there is.
    """
    before, after = was.curve.median(), now.curve.median()
    if before is None or after is None:
        return None
    low, high = sorted((before, after))
    steps = _steps(was, now, groups=groups)
    widths = np.diff(np.clip(np.append(steps.ages, np.inf), low, high))
    within = widths > 0
    gap = (steps.rate + steps.mix)[within].sum(axis=1)
    share = (np.sign(after - before) * widths[within] / gap)[:, None]
    return Parts(
        rate=(steps.rate[within] * share).sum(axis=0),
        mix=(steps.mix[within] * share).sum(axis=0),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Steps:
    """What each group adds to the difference of two curves from each age on.

    ``ages`` has shape (k,), in days, from the first event on; ``rate`` and ``mix`` have shape
    (k, groups), and their sum over the groups is the later curve less the earlier one.
    """

    ages: Floats
    rate: Floats
    mix: Floats


def _steps(was: Observed, now: Observed, *, groups: int) -> _Steps:
    """The difference of the curves by Duhamel's equation for product integrals.

    S₂(t) - S₁(t) = -Σ S₁(s-) (h₂(s) - h₁(s)) ∏(1 - h₂(u)), over the event ages s ≤ t and s < u
    ≤ t (Gill and Johansen, 1990); the same holds with the periods swapped, and the mean of the
    two is taken. A hazard is the sum over groups of their share at risk times their own.
    """
    ages = np.unique(np.concatenate([one.exit[one.event] for one in (was, now)]))
    (n_was, d_was), (n_now, d_now) = (_counts(one, ages, groups) for one in (was, now))
    risk_was, risk_now = n_was.sum(axis=1), n_now.sum(axis=1)
    w_was, w_now = _shares(n_was, risk_was), _shares(n_now, risk_now)
    w_was[risk_was == 0] = w_now[risk_was == 0]
    w_now[risk_now == 0] = w_was[risk_now == 0]
    h_was, h_now = _shares(d_was, risk_was), _shares(d_now, risk_now)
    total_was, total_now = h_was.sum(axis=1), h_now.sum(axis=1)
    left_was, left_now = _left_before(total_was)[:, None], _left_before(total_now)[:, None]
    rate, mix = (
        -0.5 * (_carried(left_was * part, total_now) + _carried(left_now * part, total_was))
        for part in _rate_and_mix(w_was, h_was, w_now, h_now)
    )
    return _Steps(ages=ages, rate=rate, mix=mix)


def _rate_and_mix(
    w_was: Floats, part_was: Floats, w_now: Floats, part_now: Floats
) -> tuple[Floats, Floats]:
    """The change of each part = weight x rate, groups along the last axis.

    Weights add up to one in each period, so mix is told against the middle of the whole.
    """
    r_was, r_now = _shares(part_was, w_was), _shares(part_now, w_now)
    r_was, r_now = np.where(w_was > 0, r_was, r_now), np.where(w_now > 0, r_now, r_was)
    middle = (part_was + part_now).sum(axis=-1, keepdims=True) / 2
    rate = (w_was + w_now) / 2 * (r_now - r_was)
    mix = ((r_was + r_now) / 2 - middle) * (w_now - w_was)
    return rate, mix


def _counts(one: Observed, ages: Floats, groups: int) -> tuple[Floats, Floats]:
    """At risk just before each age and events at it, by group; shape (ages, groups) each."""
    shape = (ages.size + 1, groups)
    change, events = np.zeros(shape), np.zeros(shape)
    entering = np.searchsorted(ages, one.entry, side="right")
    np.add.at(change, (np.where(one.entry > 0, entering, 0), one.group), 1.0)
    np.add.at(change, (np.searchsorted(ages, one.exit, side="right"), one.group), -1.0)
    at = np.searchsorted(ages, one.exit[one.event])
    np.add.at(events, (at, one.group[one.event]), 1.0)
    return change.cumsum(axis=0)[:-1], events[:-1]


def _shares(part: Floats, whole: Floats) -> Floats:
    """Part ÷ whole, 0 where there is no whole; a whole of one axis less goes along groups."""
    below = whole if whole.ndim == part.ndim else whole[:, None]
    return np.divide(part, below, out=np.zeros_like(part), where=below > 0)


def _left_before(hazard: Floats) -> Floats:
    """The share left just before each age: ∏(1 - h) over the ages before it."""
    return np.concatenate(([1.0], np.cumprod(1 - hazard)[:-1])) if hazard.size else hazard


def _carried(terms: Floats, hazard: Floats) -> Floats:
    """Each age's terms and those before it, less what leaves between: p ← p (1 - h) + term.

    Done in stretches, each begun anew where everything left or little is left.
    """
    stay = 1 - hazard
    gone = stay <= 0
    fall = np.cumsum(-np.log(np.where(gone, 1.0, stay)))
    stretch = np.cumsum(gone) + np.floor(fall / DEEPEST)
    starts = np.flatnonzero(np.diff(stretch, prepend=-1.0))
    carried = np.empty_like(terms)
    before = np.zeros(terms.shape[1])
    for start, end in zip(starts, np.append(starts, stay.size)[1:], strict=True):
        rows = terms[start:end].copy()
        rows[0] += stay[start] * before
        left = np.concatenate(([1.0], np.cumprod(stay[start + 1 : end])))[:, None]
        carried[start:end] = left * np.cumsum(rows / left, axis=0)
        before = carried[end - 1]
    return carried
