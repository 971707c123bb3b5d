"""Shares and their comparison, against SciPy and by their properties."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from protem.stats.proportions import mcnemar_exact, two_proportions, wilson

counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


@given(counts.filter(lambda pair: pair[1] > 0), st.floats(0.5, 0.999))
def test_wilson_agrees_with_scipy(pair, level) -> None:
    k, n = pair
    theirs = stats.binomtest(k, n).proportion_ci(confidence_level=level, method="wilson")
    assert wilson(k, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(counts)
def test_wilson_holds_the_share_and_mirrors(pair) -> None:
    k, n = pair
    low, high = wilson(k, n)
    assert 0 <= low <= high <= 1
    assert n == 0 or low <= k / n <= high
    mirrored = wilson(n - k, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_wilson_of_nothing_is_everything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(k, n)
    with pytest.raises(ValueError, match="successes"):
        two_proportions(k, n, 1, 2)
    with pytest.raises(ValueError, match="successes"):
        two_proportions(1, 2, k, n)


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan])
def test_impossible_levels_are_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level)


@given(counts, counts)
def test_small_tables_agree_with_fisher_in_scipy(one, other) -> None:
    (k1, n1), (k2, n2) = one, other
    total, hits = n1 + n2, k1 + k2
    assume(n1 and n2 and min(n1, n2) * min(hits, total - hits) / total < 5)
    theirs = stats.fisher_exact(np.array([[k1, n1 - k1], [k2, n2 - k2]])).pvalue
    assert two_proportions(k1, n1, k2, n2) == pytest.approx(theirs, abs=1e-9)


def test_rare_losses_in_large_fleets_agree_with_fisher_in_scipy() -> None:
    theirs = stats.fisher_exact(np.array([[3, 49_997], [0, 50_000]])).pvalue
    assert two_proportions(3, 50_000, 0, 50_000) == pytest.approx(theirs, rel=1e-6)


def test_large_tables_agree_with_chi_squared_in_scipy() -> None:
    table = [[180, 20], [150, 50]]
    theirs = stats.chi2_contingency(table, correction=False).pvalue
    assert two_proportions(180, 200, 150, 200) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("table", [(0, 0, 3, 5), (3, 5, 0, 0), (5, 5, 9, 9), (0, 5, 0, 9)])
def test_where_nothing_can_differ_nothing_does(table) -> None:
    assert two_proportions(*table) == 1.0


@given(counts, counts)
def test_which_share_comes_first_does_not_matter(one, other) -> None:
    forth, back = two_proportions(*one, *other), two_proportions(*other, *one)
    assert forth == pytest.approx(back)
    assert 0 <= forth <= 1


@given(st.integers(0, 200), st.integers(0, 200))
def test_paired_test_agrees_with_the_binomial_in_scipy(lost, gained) -> None:
    flips = lost + gained
    theirs = stats.binomtest(lost, flips).pvalue if flips else 1.0
    assert mcnemar_exact(lost, gained) == pytest.approx(theirs, abs=1e-9)


def test_paired_test_bears_a_whole_fleet() -> None:
    assert mcnemar_exact(40_000, 40_000) == 1.0
    assert mcnemar_exact(0, 5_000) == 0.0


@pytest.mark.parametrize("pair", [(-1, 2), (2, -1)])
def test_negative_flips_are_refused(pair) -> None:
    with pytest.raises(ValueError, match="counts"):
        mcnemar_exact(*pair)
