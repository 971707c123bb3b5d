"""Spans of time, against pairwise comparison."""

import math
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.stats.activity import ALWAYS, SLACK, follows, is_one_machine, overlapping_runs, span

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)

ends = st.one_of(st.none(), st.integers(0, 20))
spans = st.tuples(ends, ends).map(
    lambda pair: (
        -math.inf if pair[0] is None else float(pair[0]),
        math.inf if pair[1] is None else float(pair[1] + (pair[0] or 0)),
    )
)


def overlap(one, other) -> bool:
    return bool(one[0] <= other[1] and other[0] <= one[1])


def test_unknown_ends_are_infinite() -> None:
    assert span(None, None) == ALWAYS
    assert span(MONDAY, None) == (MONDAY.timestamp(), math.inf)
    assert span(None, MONDAY) == (-math.inf, MONDAY.timestamp())


def test_impossible_span_is_unknown() -> None:
    assert span(MONDAY, MONDAY - timedelta(days=1)) == ALWAYS


def test_instant_without_a_zone_is_refused() -> None:
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        span(naive, None)
    with pytest.raises(ValueError, match="zone"):
        span(None, naive)


@given(st.lists(spans, max_size=12))
def test_runs_part_exactly_what_does_not_overlap(items) -> None:
    runs = overlapping_runs(items, lambda item: item)
    assert sorted(item for run in runs for item in run) == sorted(items)
    for one, other in combinations(runs, 2):
        assert not any(overlap(a, b) for a in one for b in other)
    for run in runs:
        for place in range(1, len(run)):
            assert any(overlap(run[place], earlier) for earlier in run[:place])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), spans), max_size=8))
def test_re_images_are_told_as_by_comparing_each_pair(lives) -> None:
    expected = all(
        (one[0] == other[0] and one[0] is not None) or follows(*sorted([one[1], other[1]]))
        for one, other in combinations(lives, 2)
    )
    assert is_one_machine(lives) is expected


@pytest.mark.parametrize(
    ("earlier", "later", "is_so"),
    [
        ((0.0, 10.0), (11.0, 20.0), True),
        ((0.0, 10.0), (10.0, 20.0), True),
        ((0.0, 10 * SLACK), (9.5 * SLACK, 20 * SLACK), True),
        ((0.0, 10 * SLACK), (8.5 * SLACK, 20 * SLACK), False),
        ((0.0, 10.0), (8.0, 10.0), False),
        ((0.0, 10.0), (2.0, 30.0), False),
        ((0.0, 100.0), (95.0, 99.0), False),
        ((5.0, 5.0), (5.0, 5.0), False),
        (ALWAYS, (5.0, 10.0), False),
        ((-math.inf, 6.0), (5.0, math.inf), True),
    ],
)
def test_a_life_follows_another_with_little_overlap(earlier, later, is_so) -> None:
    assert follows(earlier, later) is is_so
