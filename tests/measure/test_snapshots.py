from datetime import date

import pytest
from tests.measure import make

from protem.measure import queries, services
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db


def test_snapshots_are_kept_weekly_and_recomputed_in_place() -> None:
    facts = make.facts(episodes=[make.episode(n, 40 + n, 10) for n in range(30)])
    shares: list[float] = []
    for _ in range(2):
        made = services.refresh_snapshots(
            lambda: facts, first_week=date(2026, 11, 2), last_as_of=make.AS_OF,
            progress=shares.append,
        )  # fmt: skip
        assert made == 12
    assert shares[-1] == 1
    points = queries.history("mttr-critical")
    assert [point.week for point in points] == [
        date(2026, 11, 8), date(2026, 11, 15), date(2026, 11, 22),
    ]  # fmt: skip
    view = next(one for one in queries.current() if one.metric == "mttr-critical")
    assert view.reading.value == points[-1].value
    assert view.target == 30
    assert [one.week for one in queries.current(make.ago(7))] == [date(2026, 11, 15)] * 4
    assert services.remove_snapshots_after(week=date(2026, 11, 8)) == 8


def test_targets_have_a_history_and_reach_the_facts() -> None:
    services.set_target(by=OPERATOR, metric="mttr-critical", value=20, since=date(2026, 1, 1))
    services.set_target(by=OPERATOR, metric="mttr-critical", value=10, since=date(2026, 6, 1))
    assert queries.facts().targets["mttr-critical"] == [
        (date(2026, 1, 1), 20.0), (date(2026, 6, 1), 10.0),
    ]  # fmt: skip
    assert queries.tables("mttr-critical", make.AS_OF)[0].rows == []


@pytest.mark.parametrize("value", [-1.0, 101.0, float("nan")])
def test_an_impossible_target_is_refused(value: float) -> None:
    with pytest.raises(services.TargetError):
        services.set_target(
            by=OPERATOR, metric="edr-coverage", value=value, since=date(2026, 1, 1)
        )
