"""The log-rank test, against lifelines and against a plain count."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from scipy import stats

from protem.stats.survival import log_rank


def sample(rng: np.random.Generator, mean: float, *, tied: bool):
    size = int(rng.integers(15, 120))
    durations = rng.exponential(mean, size) + 0.01
    if tied:
        durations = np.ceil(durations / 5)
    entry = np.where(rng.random(size) < 0.5, durations * rng.random(size) * 0.9, 0.0)
    return durations, rng.random(size) < 0.7, entry


def counted(a, b) -> tuple[float, float, float]:
    """Observed, expected and variance, one table at a time and one subject at a time."""
    subjects = [(*row, 0) for row in zip(*a, strict=True)]
    subjects += [(*row, 1) for row in zip(*b, strict=True)]
    observed = expected = variance = 0.0
    for t in sorted({duration for duration, event, _, _ in subjects if event}):
        here = [s for s in subjects if s[2] < t <= s[0]]
        n, n_a = len(here), sum(1 for s in here if s[3] == 0)
        d = sum(1 for s in here if s[0] == t and s[1])
        observed += sum(1 for s in here if s[0] == t and s[1] and s[3] == 0)
        chances = stats.hypergeom(n, n_a, d).pmf(range(d + 1))
        mean = sum(k * p for k, p in enumerate(chances))
        expected += mean
        variance += sum((k - mean) ** 2 * p for k, p in enumerate(chances))
    return observed, expected, variance


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_log_rank_agrees_with_lifelines(seed: int, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    a, b = sample(rng, 60, tied=tied), sample(rng, 30 + 3 * seed, tied=tied)
    theirs = logrank_test(a[0], b[0], a[1], b[1])
    ours = log_rank(a[0], a[1], b[0], b[1])
    assert ours.statistic == pytest.approx(theirs.test_statistic, abs=1e-9)
    assert ours.p_value == pytest.approx(theirs.p_value, abs=1e-9)


@pytest.mark.parametrize("rho", [0.5, 1.0])
@pytest.mark.parametrize("seed", range(8))
def test_a_weighted_log_rank_agrees_with_lifelines(seed: int, rho: float) -> None:
    rng = np.random.default_rng(200 + seed)
    a, b = sample(rng, 60, tied=seed % 2 == 0), sample(rng, 40, tied=seed % 2 == 0)
    theirs = logrank_test(a[0], b[0], a[1], b[1], weightings="fleming-harrington", p=rho, q=0)
    ours = log_rank(a[0], a[1], b[0], b[1], rho=rho)
    assert ours.statistic == pytest.approx(theirs.test_statistic, rel=1e-6)
    swapped = log_rank(b[0], b[1], a[0], a[1], rho=rho)
    assert swapped.excess == pytest.approx(-ours.excess)
    assert swapped.p_value == pytest.approx(ours.p_value)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_log_rank_with_late_entry_agrees_with_a_plain_count(seed: int, tied: bool) -> None:
    rng = np.random.default_rng(100 + seed)
    a, b = sample(rng, 60, tied=tied), sample(rng, 40, tied=tied)
    observed, expected, variance = counted(a, b)
    ours = log_rank(a[0], a[1], b[0], b[1], entry_a=a[2], entry_b=b[2])
    assert ours.observed == observed
    assert ours.expected == pytest.approx(expected, abs=1e-9)
    assert ours.variance == pytest.approx(variance, abs=1e-9)
    statistic = (observed - expected) ** 2 / variance
    assert ours.statistic == pytest.approx(statistic, abs=1e-9)
    assert ours.p_value == pytest.approx(stats.chi2.sf(statistic, 1), abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (([], []), ([], [])),
        (([], []), ([3, 4], [True, True])),
        (([3, 4], [False, False]), ([3, 4], [False, False])),
        (([3], [True]), ([1], [False])),
    ],
)
def test_samples_never_at_risk_together_tell_nothing(a, b) -> None:
    result = log_rank(*a, *b)
    assert (result.statistic, result.p_value, result.variance) == (0.0, 1.0, 0.0)


def test_impossible_entry_is_refused_in_either_sample() -> None:
    with pytest.raises(ValueError, match="enters"):
        log_rank([5], [True], [5], [True], entry_a=[5])
    with pytest.raises(ValueError, match="enters"):
        log_rank([5], [True], [5], [True], entry_b=[7])


def test_false_alarms_are_as_rare_as_the_p_value_says() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(1000):
        lived = rng.exponential(40, (2, 50))
        entry = rng.uniform(0, 30, (2, 50)) * (rng.random((2, 50)) < 0.5)
        seen = lived > entry
        samples = [(lived[i][seen[i]], np.ones(seen[i].sum(), dtype=bool)) for i in (0, 1)]
        entries = [entry[i][seen[i]] for i in (0, 1)]
        result = log_rank(*samples[0], *samples[1], entry_a=entries[0], entry_b=entries[1])
        alarms += result.p_value < 0.05
    assert 0.03 <= alarms / 1000 <= 0.07


lives = st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=25)


@given(lives, lives, st.floats(0.01, 100))
def test_neither_unit_nor_order_nor_which_comes_first_matters(one, other, scale) -> None:
    a = np.array([r[0] for r in one], dtype=float), [r[1] for r in one]
    b = np.array([r[0] for r in other], dtype=float), [r[1] for r in other]
    result = log_rank(*a, *b)
    swapped = log_rank(*b, *a)
    scaled = log_rank(a[0] * scale, a[1], b[0] * scale, b[1])
    backwards = log_rank(a[0][::-1], a[1][::-1], b[0][::-1], b[1][::-1])
    assert scaled == result
    assert backwards == result
    assert swapped.statistic == pytest.approx(result.statistic, abs=1e-9)
    assert swapped.observed + result.observed == pytest.approx(
        swapped.expected + result.expected
    )
    assert 0 <= result.p_value <= 1
    assert math.isfinite(result.statistic)
