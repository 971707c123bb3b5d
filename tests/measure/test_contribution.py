"""The parts of a change: that they add up, whatever the data."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protem.measure.contribution import (
    Observed,
    Parts,
    of_median,
    of_restricted_mean,
    of_share,
)

GROUPS = 3
HORIZON = 180.0
EXACT = 1e-9

ages = st.integers(min_value=0, max_value=40).map(lambda half: half * 7.0)
subjects = st.tuples(
    st.booleans(), ages, st.floats(0.01, 200), st.booleans(), st.integers(0, GROUPS - 1)
)
periods = st.lists(subjects, max_size=30)
counts = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair))),
    min_size=GROUPS, max_size=GROUPS,
).filter(lambda rows: sum(n for _k, n in rows) > 0)  # fmt: skip


def observed(rows: list[Any]) -> Observed:
    """Some enter late; ages often tie."""
    entry = np.array([age if is_late else 0.0 for is_late, age, *_ in rows])
    stay = np.array([row[2] for row in rows])
    return Observed(
        entry=entry,
        exit=entry + np.where(stay > 100, 7 * np.round(stay / 7), stay),
        event=np.array([row[3] for row in rows], dtype=np.bool_),
        group=np.array([row[4] for row in rows], dtype=np.int64),
    )


def share(rows: list[tuple[int, int]]) -> tuple[Any, Any]:
    return np.array([k for k, _n in rows]), np.array([n for _k, n in rows])


def relabelled(one: Observed, order: list[int]) -> Observed:
    numbers = np.array(order)
    return Observed(entry=one.entry, exit=one.exit, event=one.event, group=numbers[one.group])


def agree(one: Parts, other: Parts, sign: float = 1.0) -> bool:
    return bool(
        np.allclose(one.rate, sign * other.rate, rtol=0, atol=EXACT)
        and np.allclose(one.mix, sign * other.mix, rtol=0, atol=EXACT)
    )


@settings(deadline=None)
@given(periods, periods)
def test_parts_of_a_restricted_mean_add_up_and_turn_with_the_periods(
    was: list[Any], now: list[Any]
) -> None:
    old, new = observed(was), observed(now)
    parts = of_restricted_mean(old, new, groups=GROUPS, horizon=HORIZON)
    change = new.curve.restricted_mean(HORIZON) - old.curve.restricted_mean(HORIZON)
    assert parts.total.sum() == pytest.approx(change, abs=EXACT)
    swapped = of_restricted_mean(new, old, groups=GROUPS, horizon=HORIZON)
    assert agree(swapped, parts, -1.0)


@settings(deadline=None)
@given(periods, periods)
def test_parts_of_a_median_add_up_and_turn_with_the_periods(
    was: list[Any], now: list[Any]
) -> None:
    old, new = observed(was), observed(now)
    parts = of_median(old, new, groups=GROUPS)
    before, after = old.curve.median(), new.curve.median()
    if before is None or after is None:
        assert parts is None
        return
    assert parts is not None
    assert parts.total.sum() == pytest.approx(after - before, abs=EXACT)
    swapped = of_median(new, old, groups=GROUPS)
    assert swapped is not None
    assert agree(swapped, parts, -1.0)


@given(counts, counts)
def test_parts_of_a_share_add_up_and_turn_with_the_periods(
    was: list[tuple[int, int]], now: list[tuple[int, int]]
) -> None:
    old, new = share(was), share(now)
    parts = of_share(old, new)
    change = new[0].sum() / new[1].sum() - old[0].sum() / old[1].sum()
    assert parts.total.sum() == pytest.approx(change, abs=EXACT)
    assert agree(of_share(new, old), parts, -1.0)


@settings(deadline=None)
@given(periods, periods, st.permutations(range(GROUPS)))
def test_numbering_the_groups_otherwise_moves_their_parts_along(
    was: list[Any], now: list[Any], order: list[int]
) -> None:
    old, new = observed(was), observed(now)
    parts = of_restricted_mean(old, new, groups=GROUPS, horizon=HORIZON)
    others = of_restricted_mean(
        relabelled(old, order), relabelled(new, order), groups=GROUPS, horizon=HORIZON
    )
    assert np.allclose(others.total[np.array(order)], parts.total, rtol=0, atol=EXACT)


@settings(deadline=None)
@given(periods)
def test_the_same_period_twice_has_no_parts(rows: list[Any]) -> None:
    one = observed(rows)
    parts = of_restricted_mean(one, one, groups=GROUPS, horizon=HORIZON)
    assert not parts.rate.any()
    assert not parts.mix.any()


def test_a_single_group_moves_by_its_own_rate_alone() -> None:
    slow = observed([(False, 0, 50.0, True, 0)] * 5)
    fast = observed([(False, 0, 20.0, True, 0)] * 5)
    parts = of_restricted_mean(slow, fast, groups=1, horizon=HORIZON)
    assert parts.rate == pytest.approx([-30])
    assert parts.mix == pytest.approx([0])


def test_more_of_a_slow_group_is_mix_not_rate() -> None:
    quick = [(False, 0, 10.0, True, 0)]
    slow = [(False, 0, 90.0, True, 1)]
    parts = of_restricted_mean(
        observed(quick * 20 + slow * 5), observed(quick * 5 + slow * 20),
        groups=2, horizon=HORIZON,
    )  # fmt: skip
    assert parts.rate == pytest.approx([0, 0], abs=EXACT)
    assert parts.total.sum() == pytest.approx(48)
    assert (parts.mix > 0).all()


def test_the_group_that_lost_cover_accounts_for_the_drop() -> None:
    was = share([(90, 100), (95, 100)])
    now = share([(60, 100), (95, 100)])
    parts = of_share(was, now)
    assert parts.rate == pytest.approx([-0.15, 0])
    assert parts.mix == pytest.approx([0, 0])


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="share of nothing"):
        of_share(share([(0, 0)]), share([(1, 2)]))


def test_a_long_tail_does_not_run_out_of_numbers() -> None:
    entry = np.arange(3000, dtype=np.float64)
    rows = [
        Observed(
            entry=entry, exit=entry + late, event=np.ones(entry.size, np.bool_),
            group=(np.arange(entry.size) % 2).astype(np.int64),
        )
        for late in (1.5, 2.5)
    ]  # fmt: skip
    parts = of_restricted_mean(rows[0], rows[1], groups=2, horizon=5000)
    change = rows[1].curve.restricted_mean(5000) - rows[0].curve.restricted_mean(5000)
    assert parts.total.sum() == pytest.approx(change, abs=EXACT)
