"""The ledger that speed is measured on is one that can be measured; and how growth is told."""

import pytest
from bench import big_ledger
from bench.scale import exponent

from protem.kit.weeks import week_of
from protem.ledger.packed.services import pack_rows
from protem.measure import queries, services


@pytest.mark.django_db
def test_every_metric_but_certifications_has_a_value_and_packing_changes_none() -> None:
    big_ledger.write(5_000)
    newest = big_ledger.NEWEST
    found = []
    for _ in range(2):
        services.refresh_snapshots(queries.facts, first_week=week_of(newest), last_as_of=newest)
        found.append({view.metric: view.reading for view in queries.current()})
        assert pack_rows(fewest=1) or len(found) == 2
    assert found[0] == found[1]
    values = {name: reading.value for name, reading in found[0].items()}
    assert values.pop("certifications") is None
    assert None not in values.values()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [({10: 1.0, 1000: 100.0}, 1.0), ({10: 1.0, 100: 100.0, 1000: 10_000.0}, 2.0)],
)
def test_growth_is_the_slope_between_logarithms(
    seconds: dict[int, float], expected: float
) -> None:
    assert exponent(seconds) == pytest.approx(expected)


def test_one_size_tells_no_growth() -> None:
    assert exponent({10: 1.0}) is None
