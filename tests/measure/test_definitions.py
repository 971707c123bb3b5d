"""What can be chosen of the definitions, and what a choice changes."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure import make

from protem.ledger.definition import Definition
from protem.ledger.facts import Facts
from protem.measure.definitions import (
    DEADLINES,
    PRESETS,
    SETTINGS,
    DefinitionError,
    changed,
    completed,
    in_force,
    of_preset,
    preset_of,
    redefined,
    touched,
)
from protem.measure.metric import METRICS

pytestmark = pytest.mark.pure


def test_every_part_can_be_chosen_and_touches_known_metrics() -> None:
    assert list(SETTINGS) == [field.name for field in fields(Definition)]
    for setting in SETTINGS.values():
        assert set(setting.metrics) <= set(METRICS.names())
        setting.check(float(getattr(Definition(), setting.name)))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_definition(name: str) -> None:
    made = redefined(Definition(), of_preset(name))
    same = [key for key, one in PRESETS.items() if one.days == PRESETS[name].days]
    assert preset_of(made) in same
    assert made.exploited_days <= made.critical_days


@pytest.mark.parametrize(
    ("stored", "exposed"),
    [({}, 14), ({"critical_days": 30.0}, 14),
     ({"critical_days": 10.0, "exploited_days": 5.0}, 10),
     ({"critical_days": 30.0, "exploited_days": 30.0}, 30), ({"exposed_days": 20.0}, 20)],
)  # fmt: skip
def test_a_definition_stored_before_the_exposed_had_a_deadline_keeps_their_order(
    stored: dict[str, float], exposed: float
) -> None:
    made = Definition(**completed(stored))
    assert made.exposed_days == exposed
    redefined(made, {"high_days": made.high_days})


def test_own_deadlines_are_no_preset() -> None:
    assert preset_of(redefined(Definition(), {"critical_days": 21})) == ""
    assert preset_of(Definition()) == "default"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"critical_days": 0}, "out of range"),
        ({"critical_days": float("nan")}, "out of range"),
        ({"critical_days": 40}, "graver"),
        ({"window_days": 45}, "60 days, 90 days"),
        ({"material_share": 0.9}, "10"),
        ({"shoe_size": 42}, "no definition"),
    ],
)
def test_what_makes_no_sense_is_refused(values: dict[str, float], told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        redefined(Definition(), values)
    with pytest.raises(DefinitionError, match="default, fedramp"):
        of_preset("vibes")


@given(st.lists(st.integers(1, 365), min_size=6, max_size=6))
def test_deadlines_that_rise_are_taken_and_told(days: list[int]) -> None:
    values = dict(zip(DEADLINES, sorted(days), strict=True))
    made = redefined(Definition(), values)
    changes = changed(Definition(), made)
    assert {one.name: one.after for one in changes}.items() <= values.items()
    assert redefined(Definition(), {one.name: one.after for one in changes}) == made
    assert redefined(made, {one.name: one.before for one in changes}) == Definition()


def test_a_change_reads_well_and_names_what_it_touches() -> None:
    made = redefined(
        Definition(),
        {
            "critical_days": 21,
            "is_exploited_critical": 0,
            "material_share": 0.25,
            "significance": 0.005,
            "material_points": 3,
        },
    )
    changes = changed(Definition(), made)
    assert [one.text for one in changes] == [
        "Critical: 30 days → 21 days",
        "Known to be exploited counts as critical: yes → no",
        "A duration has changed when it moved by: 20\xa0% → 25\xa0%",
        "Coverage has changed when it moved by: 2 points → 3 points",
        "A change is believed when chance alone is below: 0.01 → 0.005",
    ]
    assert touched(changes) == ["edr-coverage", "mttr-critical", "patch-cadence"]
    assert ("Critical", "21 days") in in_force(made, "mttr-critical")
    assert made.is_exploited_critical is False


def facts(definition: Definition) -> Facts:
    rows = [make.episode(n, 40 + n, 10 if n % 2 else None) for n in range(1, 41)]
    late = make.episode(99, 20, None, is_exploited=True, severity=3, critical_at=None)
    return replace(make.facts(episodes=[*rows, late]), definition=definition)


def companion(definition: Definition, name: str) -> float | None:
    reading = METRICS.get("mttr-critical").compute(facts(definition), make.AS_OF)
    return next(one.value for one in reading.companions if one.name == name)


def test_shorter_deadlines_put_more_past_them() -> None:
    assert companion(Definition(), "open_past_deadline") == 21
    strict = redefined(Definition(), {"exploited_days": 14, "critical_days": 30})
    lax = redefined(Definition(), dict.fromkeys(DEADLINES, 100.0))
    assert companion(strict, "open_past_deadline") == 21
    assert companion(lax, "open_past_deadline") == 0


def test_what_is_exploited_counts_only_while_the_definition_says_so() -> None:
    without = redefined(Definition(), {"is_exploited_critical": 0})
    assert companion(Definition(), "open_findings") == 21
    assert companion(without, "open_findings") == 20


def test_the_window_is_as_long_as_the_definition_says() -> None:
    wide = redefined(Definition(), {"window_days": 180})
    reading = METRICS.get("mttr-critical").compute(facts(wide), make.AS_OF)
    (start, end), (again, _) = reading.windows[1], reading.windows[0]
    assert (end - start).days == 180
    assert (start - again).days == 180
    assert "180 days to 22 Nov 2026" in reading.sentence
