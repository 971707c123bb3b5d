"""Remediation month by month, and which newest month is out of the usual."""

from typing import Any

import numpy as np
from tests.measure import make

from protem.measure.metric import Table
from protem.measure.metrics.mttr_critical import tables


def months(rows: list[dict[str, Any]]) -> Table:
    (found,) = [
        one for one in tables(make.facts(episodes=rows), make.AS_OF) if one.name == "months"
    ]
    return found


def closings(last_month_days: float) -> list[dict[str, Any]]:
    """Four remediated every five days for two years, after about 20 days; lately after more."""
    rng = np.random.default_rng(3)
    rows = []
    for number, ago in enumerate(np.arange(2, 720, 1.25)):
        usual = last_month_days if ago < 60 else 20
        age = usual * float(rng.lognormal(0, 0.4))
        rows.append(make.episode(number, float(ago) + age, float(ago)))
    return rows


def test_each_whole_month_has_its_median() -> None:
    table = months(closings(20))
    assert len(table.rows) == 24
    newest = table.rows[0]
    assert newest["month"] < make.AS_OF.date().replace(day=1)
    assert 15 < newest["median_days"] < 26
    assert 20 <= newest["remediated"] <= 28
    assert newest["usual_from"] < newest["median_days"] < newest["usual_to"]
    assert not any(row["is_unusual"] for row in table.rows)


def test_only_the_newest_month_can_be_out_of_the_usual() -> None:
    table = months(closings(80))
    assert [row["is_unusual"] for row in table.rows] == ["yes", *[""] * 23]
    assert table.plot is not None


def test_without_closings_there_is_nothing_to_draw() -> None:
    table = months([make.episode(1, 40)])
    assert all(row["median_days"] is None for row in table.rows)
    assert table.plot is None
