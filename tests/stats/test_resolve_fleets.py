"""The resolver on generated fleets of known truth; ``make bench-resolve`` is the large run."""

import pytest
from bench.fleets import generate
from bench.resolve import LEAST_PRECISION, LEAST_RECALL, measure, pairwise

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("seed", [11, 12])
def test_fleets_with_every_trap_resolve_as_well_as_promised(seed: int) -> None:
    ours, by_hostname, by_serial = measure(6_000, seed)
    assert ours["precision"] >= LEAST_PRECISION
    assert ours["recall"] >= LEAST_RECALL
    for naive in (by_hostname, by_serial):
        assert naive["precision"] < LEAST_PRECISION
        assert naive["recall"] < ours["recall"]


def test_a_fleet_is_the_same_for_one_seed_and_another_for_the_next() -> None:
    assert generate(500, seed=1) == generate(500, seed=1)
    assert generate(500, seed=1) != generate(500, seed=2)


def test_precision_and_recall_count_pairs() -> None:
    truth = {1: 0, 2: 0, 3: 0, 4: 1}
    assert pairwise([[1, 2, 3], [4]], truth) == (1.0, 1.0)
    assert pairwise([[1, 2], [3, 4]], truth) == (0.5, 1 / 3)
    assert pairwise([[1], [2], [3], [4]], truth) == (0.0, 0.0)
