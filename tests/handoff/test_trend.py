import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from protem.handoff.trend import kendall_p, slope

SERIES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=30)


@given(st.permutations(range(12)), st.permutations(range(12)))
def test_the_slope_agrees_with_scipy(times, values):
    if times != values:
        assert slope(times, values) == pytest.approx(stats.theilslopes(values, times).slope)


@pytest.mark.parametrize("n", [8, 12, 20])
@given(data=st.data())
def test_the_p_value_is_near_the_exact_one(n, data):
    values = data.draw(st.permutations(range(n)))
    exact = stats.kendalltau(range(n), values, method="exact").pvalue
    assert kendall_p(range(n), values) == pytest.approx(exact, abs=0.02)


@given(SERIES)
def test_turning_the_values_round_turns_the_slope_and_keeps_the_p_value(series):
    times, values = zip(*series, strict=True)
    turned = [-value for value in values]
    assert slope(times, turned) == pytest.approx(-slope(times, values))
    assert kendall_p(times, turned) == pytest.approx(kendall_p(times, values))


def test_nothing_can_be_told_from_ties_or_two_points():
    assert kendall_p([1, 2, 3, 4], [5, 5, 5, 5]) == 1
    assert kendall_p([1, 2], [1, 2]) == 1
    assert slope([1, 1], [1, 2]) == 0


def test_ties_widen_the_variance_as_in_scipy_without_continuity():
    times, values = [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 3, 3, 4, 5, 5]
    loose = stats.kendalltau(times, values, method="asymptotic").pvalue
    assert loose < kendall_p(times, values) < 2 * loose
