"""The product-limit curve, against lifelines and by its properties."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import (
    qth_survival_time,
    restricted_mean_survival_time,
)

from protem.stats.survival import Curve, kaplan_meier, share_within

HORIZONS = (0.0, 0.5, 30.0, 90.0, 180.0, 1000.0)
PROBES = (0.0, 1.0, 7.5, 30.0, 91.0, 180.0, 400.0)


def sample(seed: int, *, tied: bool, late: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ages at exit, whether by the event, and ages at entry, as a 90-day window sees them."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(40, 300))
    durations = rng.exponential(60, size) + 0.01
    if tied:
        durations = np.ceil(durations)
    events = rng.random(size) < 0.7
    entry = np.where(rng.random(size) < 0.4, durations * rng.random(size), 0.0)
    if tied:
        entry = np.floor(entry)
    entry = np.minimum(entry, np.where(durations > 1, durations - 0.5, 0))
    return durations, events, entry if late else np.zeros(size)


def same(left: Curve, right: Curve) -> bool:
    columns = ("times", "survival", "greenwood", "at_risk", "events")
    return all(np.array_equal(getattr(left, c), getattr(right, c)) for c in columns) and (
        (left.subjects, left.observed_until, left.first_risk_gap)
        == (right.subjects, right.observed_until, right.first_risk_gap)
    )


lives = st.lists(
    st.tuples(
        st.integers(1, 60),  # duration
        st.booleans(),  # event
        st.floats(0, 0.99),  # entry as a share of the duration
    ),
    max_size=40,
)


def columns(rows: list[tuple[int, bool, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    durations = np.array([row[0] for row in rows], dtype=float)
    events = np.array([row[1] for row in rows], dtype=bool)
    return durations, events, np.floor(durations * np.array([row[2] for row in rows]))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_curve_agrees_with_lifelines(seed: int, tied: bool, late: bool) -> None:
    durations, events, entry = sample(seed, tied=tied, late=late)
    fitter = KaplanMeierFitter().fit(durations, events, entry=entry if late else None)
    curve = kaplan_meier(durations, events, entry if late else None)

    for t in PROBES:
        assert curve.at(t) == pytest.approx(fitter.predict(t), abs=1e-9)
    for horizon in HORIZONS[1:]:
        expected = restricted_mean_survival_time(fitter, t=horizon)
        assert curve.restricted_mean(horizon) == pytest.approx(expected, abs=1e-9)
    median = fitter.median_survival_time_
    assert curve.median() == (None if math.isinf(median) else median)
    p90 = qth_survival_time(0.1, fitter.survival_function_)
    assert curve.quantile(0.9) == (None if math.isinf(p90) else p90)


@pytest.mark.parametrize("seed", range(6))
def test_greenwood_terms_agree_with_lifelines(seed: int) -> None:
    durations, events, entry = sample(seed, tied=True, late=True)
    fitter = KaplanMeierFitter().fit(durations, events, entry=entry)
    curve = kaplan_meier(durations, events, entry)
    told = curve.survival > 0
    summed = fitter._cumulative_sq_.loc[curve.times].to_numpy()
    assert np.allclose(curve.greenwood.cumsum()[told], summed[told], atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_variance_of_the_restricted_mean_agrees_with_a_plain_double_loop(seed: int) -> None:
    durations, events, entry = sample(seed, tied=True, late=True)
    curve = kaplan_meier(durations, events, entry)
    for horizon in HORIZONS:
        total = 0.0
        for t in sorted({d for d, e in zip(durations, events, strict=True) if e}):
            if t > horizon:
                continue
            n = sum((entry < t) & (durations >= t))
            d = sum((durations == t) & events)
            corners = [t, *(u for u in curve.times if t < u < horizon), horizon]
            area = sum((b - a) * curve.at(a) for a, b in pairwise(corners))
            total += area**2 * d / (n * (n - d)) if n > d else 0.0
        assert curve.restricted_mean_variance(horizon) == pytest.approx(total, abs=1e-9)


def test_interval_of_the_restricted_mean_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    truth = 50 * (1 - math.exp(-180 / 50))
    covered = 0
    for _ in range(500):
        lived = rng.exponential(50, 80)
        censored = rng.uniform(20, 300, 80)
        curve = kaplan_meier(np.minimum(lived, censored), lived <= censored)
        low, high = curve.restricted_mean_interval(180)
        covered += low <= truth <= high
    assert 0.91 <= covered / 500 <= 0.98


def test_interval_widens_with_the_level_and_stays_within_the_horizon() -> None:
    curve = kaplan_meier([1, 2, 100, 300], [True, True, True, False])
    wide = curve.restricted_mean_interval(180, level=0.9999)
    narrow = curve.restricted_mean_interval(180, level=0.5)
    assert wide[0] == 0.0
    assert wide[1] == 180.0
    assert wide[0] < narrow[0] < curve.restricted_mean(180) < narrow[1] < wide[1]


def test_curve_of_nothing_stays_at_one() -> None:
    curve = kaplan_meier([], [])
    assert curve.at(10) == 1.0
    assert curve.median() is None
    assert curve.restricted_mean(180) == 180.0
    assert curve.restricted_mean_variance(180) == 0.0
    assert curve.restricted_mean_interval(180) == (180.0, 180.0)
    assert (curve.subjects, curve.observed_until, curve.first_risk_gap) == (0, 0.0, None)


def test_single_event_drops_to_zero_at_its_age() -> None:
    curve = kaplan_meier([12], [True])
    assert (curve.at(11.999), curve.at(12)) == (1.0, 0.0)
    assert curve.median() == 12.0
    assert curve.restricted_mean(180) == 12.0
    assert curve.restricted_mean(5) == 5.0
    assert curve.restricted_mean_variance(180) == 0.0


def test_single_censored_subject_says_nothing() -> None:
    curve = kaplan_meier([12], [False])
    assert curve.median() is None
    assert curve.restricted_mean(180) == 180.0
    assert curve.observed_until == 12.0


def test_fixed_on_the_day_it_was_found_counts() -> None:
    curve = kaplan_meier([0, 10], [True, True], entry=[0, 0])
    assert curve.at(0) == 0.5
    assert curve.restricted_mean(180) == 5.0


def test_median_is_reached_at_exactly_one_half() -> None:
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).median() == 2.0
    assert kaplan_meier(range(1, 11), [True] * 10).quantile(0.9) == 9.0


def test_median_is_not_reached_when_most_stay_open() -> None:
    assert kaplan_meier([1, 2, 3, 4, 5], [1, 1, 0, 0, 0]).median() is None


def test_share_within_is_what_survival_leaves() -> None:
    curve = kaplan_meier([5, 10, 20, 40], [True, True, True, False])
    assert share_within(curve, 14) == 0.5
    assert share_within(curve, 30) == 0.75


def test_late_entrants_do_not_count_before_they_came() -> None:
    curve = kaplan_meier([10, 50, 50], [True, True, False], entry=[0, 40, 0])
    assert curve.at_risk.tolist() == [2, 2]
    assert curve.at(10) == 0.5
    assert curve.at(50) == 0.25


def test_entering_at_the_age_of_an_event_is_too_late_for_it() -> None:
    curve = kaplan_meier([10, 20], [True, True], entry=[0, 10])
    assert curve.at_risk.tolist() == [1, 1]


def test_risk_set_that_dies_out_early_leaves_zero_and_says_so() -> None:
    curve = kaplan_meier([3, 50, 60], [True, True, True], entry=[0, 20, 20])
    assert curve.at(3) == 0.0
    assert curve.at(55) == 0.0
    assert curve.median() == 3.0
    assert curve.first_risk_gap == 3.0


def test_risk_set_that_leaves_censored_carries_the_curve_over_the_gap() -> None:
    curve = kaplan_meier([3, 50, 60], [False, True, True], entry=[0, 20, 20])
    assert curve.at(49) == 1.0
    assert curve.at(50) == 0.5
    assert curve.first_risk_gap == 3.0


def test_curve_nobody_started_is_conditional_on_the_youngest_entry() -> None:
    assert kaplan_meier([50, 60], [True, False], entry=[20, 30]).first_risk_gap == 0.0


def test_risk_set_handed_over_has_no_gap() -> None:
    curve = kaplan_meier([20, 60], [True, False], entry=[0, 19])
    assert curve.first_risk_gap is None


@pytest.mark.parametrize(
    ("durations", "events", "entry"),
    [
        ([1, 2], [True], None),
        ([1, 2], [True, True], [0]),
        ([-1], [True], None),
        ([math.nan], [True], None),
        ([math.inf], [True], None),
        ([5], [True], [-1]),
        ([5], [True], [math.nan]),
        ([5], [True], [5]),
        ([5], [True], [6]),
    ],
)
def test_impossible_samples_are_refused(durations, events, entry) -> None:
    with pytest.raises(ValueError, match=r"age|differ|enters"):
        kaplan_meier(durations, events, entry)


@pytest.mark.parametrize("horizon", [-1.0, math.nan, math.inf])
def test_impossible_horizons_are_refused(horizon: float) -> None:
    with pytest.raises(ValueError, match="horizon"):
        kaplan_meier([1], [True]).restricted_mean(horizon)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_impossible_shares_are_refused(p: float) -> None:
    curve = kaplan_meier([1], [True])
    with pytest.raises(ValueError, match="quantile"):
        curve.quantile(p)
    with pytest.raises(ValueError, match="level"):
        curve.restricted_mean_interval(180, level=p)


@given(lives)
def test_curve_falls_from_one_and_never_rises(rows) -> None:
    curve = kaplan_meier(*columns(rows))
    heights = [1.0, *curve.survival.tolist()]
    assert all(0 <= later <= earlier for earlier, later in pairwise(heights))
    assert (curve.at_risk >= curve.events).all()
    assert (curve.events > 0).all()
    assert np.isfinite(curve.greenwood).all()


@given(lives, st.randoms(use_true_random=False))
def test_curve_does_not_depend_on_order(rows, random) -> None:
    shuffled = random.sample(rows, len(rows))
    assert same(kaplan_meier(*columns(rows)), kaplan_meier(*columns(shuffled)))


@given(lives)
def test_curve_leaves_its_input_alone(rows) -> None:
    given_columns = columns(rows)
    before = [column.copy() for column in given_columns]
    kaplan_meier(*given_columns)
    assert all(map(np.array_equal, given_columns, before))


@given(lives)
def test_entry_at_zero_is_no_late_entry(rows) -> None:
    durations, events, entry = columns(rows)
    without = kaplan_meier(durations, events)
    assert same(kaplan_meier(durations, events, np.zeros_like(entry)), without)


@given(lives, st.floats(0.01, 100))
def test_ages_in_another_unit_give_the_same_curve(rows, scale) -> None:
    durations, events, entry = columns(rows)
    days = kaplan_meier(durations, events, entry)
    scaled = kaplan_meier(durations * scale, events, entry * scale)
    assert np.array_equal(scaled.survival, days.survival)
    assert scaled.restricted_mean(180 * scale) == pytest.approx(
        days.restricted_mean(180) * scale
    )
    assert scaled.restricted_mean_variance(180 * scale) == pytest.approx(
        days.restricted_mean_variance(180) * scale**2
    )


@given(lives)
def test_when_all_are_censored_the_restricted_mean_is_the_horizon(rows) -> None:
    durations, _, entry = columns(rows)
    curve = kaplan_meier(durations, np.zeros(len(rows), dtype=bool), entry)
    assert curve.restricted_mean(180) == 180.0
    assert curve.median() is None


@given(lives.filter(bool))
def test_without_censoring_the_restricted_mean_is_the_mean_clipped(rows) -> None:
    durations, _, _ = columns(rows)
    curve = kaplan_meier(durations, np.ones(len(rows), dtype=bool))
    expected = np.minimum(durations, 30).mean()
    assert curve.restricted_mean(30) == pytest.approx(expected)
    spread = np.minimum(durations, 30).var()
    assert curve.restricted_mean_variance(30) == pytest.approx(spread / len(rows), abs=1e-9)


@given(lives, st.floats(0, 100), st.floats(0, 100))
def test_restricted_mean_grows_with_the_horizon_but_no_faster(rows, one, other) -> None:
    curve = kaplan_meier(*columns(rows))
    near, far = sorted((one, other))
    grown = curve.restricted_mean(far) - curve.restricted_mean(near)
    assert -1e-9 <= grown <= far - near + 1e-9
    assert curve.restricted_mean(far) <= far + 1e-9


@given(lives)
def test_everything_twice_changes_the_certainty_and_not_the_curve(rows) -> None:
    once, twice = kaplan_meier(*columns(rows)), kaplan_meier(*columns(rows * 2))
    assert np.array_equal(twice.times, once.times)
    assert np.allclose(twice.survival, once.survival)
    assert np.allclose(twice.greenwood, once.greenwood / 2)


@given(lives)
def test_risk_gap_is_where_a_slow_count_finds_it(rows) -> None:
    durations, events, entry = columns(rows)
    slow = None
    for moment in sorted({0.0, *durations}):
        present = ((entry <= moment) & (durations > moment)).any()
        if not present and (entry > moment).any():
            slow = moment
            break
    assert kaplan_meier(durations, events, entry).first_risk_gap == slow
