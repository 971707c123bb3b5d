from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.handoff import make

from protem.handoff.facts import HandoffFacts
from protem.handoff.signal import (
    Missing,
    Observation,
    Signal,
    SignalReading,
    SignalState,
    Threshold,
    states,
)

VALUES = st.lists(st.one_of(st.none(), st.floats(0, 20)), min_size=1, max_size=40)


def observations(values: Sequence[float | None]) -> list[Observation]:
    """None is a week without enough data."""
    return [
        Observation(
            as_of=make.sunday(week),
            value=value,
            confidence=1.0,
            missing=[] if value is not None else [Missing(what="Import it.", minutes=1)],
            sentence=f"It is {value}.",
        )
        for week, value in enumerate(values)
    ]


def signal_of(values: Sequence[float | None]) -> Signal:
    """On over 10, off again under 5 for two weeks."""

    def watch(_facts: HandoffFacts, moments: Sequence[datetime]) -> list[Observation]:
        return observations(values)[: len(moments)]

    return Signal(
        name="made-up",
        title="Made up",
        place=1,
        unit="h",
        question="Is it?",
        definition="",
        needs=(),
        thresholds=(Threshold(name="high", value=10.0, unit="h", meaning="the limit"),),
        watch=watch,
        enter=lambda seen, limits: "over" if (seen[-1].value or 0) > limits["high"] else "",
        leave=lambda seen, _limits: all((o.value or 0) < 5 for o in seen[-2:]),
    )


def run(values: Sequence[float | None]) -> str:
    signal = signal_of(values)
    found, _ = states(signal, observations(values), signal.limits)
    return "".join({"on": "x", "off": ".", "unknown": "?"}[state] for state in found)


def history(values: Sequence[float | None]) -> list[SignalReading]:
    facts = HandoffFacts(meetings=[make.meeting(make.at(0))])
    return signal_of(values).history(facts, make.sunday(len(values) - 1))


def test_enter_and_leave_rules_apply_by_the_state_before():
    assert run([1, 11, 7, 7, 4, 4, 7, 11]) == ".xxxx..x"


def test_unknown_weeks_leave_the_memory_alone():
    assert run([11, None, None, 7, 1, 1]) == "x??xx."
    assert run([None, 7, None, 11]) == "?.?x"


def test_low_confidence_is_unknown_and_says_what_to_do():
    weak = Observation(as_of=make.sunday(0), value=12.0, confidence=0.49)
    assert not weak.is_known


def test_since_begins_with_the_run_of_the_state():
    since = [reading.since for reading in history([1, 11, 7, None, 7])]
    weeks = [make.sunday(week).date() for week in range(5)]
    assert since == [weeks[0], weeks[1], weeks[1], weeks[3], weeks[4]]


def test_an_unknown_reading_names_the_cheapest_input_in_its_sentence():
    reading = history([None])[0]
    assert reading.sentence == "Not enough data. Import it."
    assert reading.sensitivity == []


def test_it_says_by_which_threshold_the_state_would_flip():
    assert history([11])[0].sensitivity == ["Flips if the limit were 12 h (20 % higher)."]
    assert history([9])[0].sensitivity == ["Flips if the limit were 8 h (20 % lower)."]
    assert history([20])[0].sensitivity == []


@given(VALUES, st.integers(1, 40))
def test_a_shorter_replay_is_the_beginning_of_a_longer_one(values, cut):
    assert run(values)[: len(values[:cut])] == run(values[:cut])


@given(VALUES)
def test_it_is_unknown_exactly_where_data_is_missing(values):
    assert [c == "?" for c in run(values)] == [value is None for value in values]


@given(VALUES)
def test_on_begins_over_the_limit_and_ends_under_the_exit(values):
    path = run(values)
    known = [(c, v) for c, v in zip(path, values, strict=True) if c != "?"]
    for (before, _), (after, value) in zip([(".", 0.0), *known], known, strict=False):
        if (before, after) == (".", "x"):
            assert value > 10
        if (before, after) == ("x", "."):
            assert value < 5


@pytest.mark.parametrize("name", make.SIGNALS.names())
def test_every_signal_is_unknown_without_facts_and_says_what_to_import(name):
    reading = make.reading(name, HandoffFacts(), 0)
    assert reading.state is SignalState.UNKNOWN
    assert reading.missing
    assert reading.sentence.startswith("Not enough data.")
    assert reading.confidence == 0
