"""Limits of individuals charts, against their definition worked another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.stats.xmr import FEWEST, limits

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=FEWEST, max_size=60)


@given(VALUES)
def test_the_limits_are_three_sigmas_of_the_moving_range(values: list[float]) -> None:
    found = limits(values)
    assert found is not None
    sigma = np.abs(np.diff(values)).mean() / 1.128
    assert found.centre == pytest.approx(np.mean(values), abs=1e-6)
    assert found.high - found.centre == pytest.approx(3 * sigma, rel=1e-3, abs=1e-6)
    assert found.centre - found.low == pytest.approx(3 * sigma, rel=1e-3, abs=1e-6)


@given(st.floats(-1e6, 1e6), st.integers(FEWEST, 30))
def test_equal_values_leave_no_room(value: float, count: int) -> None:
    found = limits([value] * count)
    assert found is not None
    assert found.low == pytest.approx(value)
    assert found.high == pytest.approx(value)


def test_a_few_values_have_no_limits() -> None:
    assert limits([1.0] * (FEWEST - 1)) is None


def test_a_steady_process_seldom_leaves_them() -> None:
    rng = np.random.default_rng(7)
    outside = 0
    for _ in range(400):
        *known, newest = rng.normal(size=25).tolist()
        found = limits(known)
        assert found is not None
        outside += not found.hold(newest)
    assert outside / 400 < 0.02
