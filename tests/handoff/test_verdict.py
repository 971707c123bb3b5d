import pytest
from tests.handoff import make

from protem.handoff.signal import Missing, SignalReading, SignalState
from protem.handoff.verdict import Stand, judge


def week(
    on: int, unknown: int = 0, *, number: int = 0, minutes: int = 10
) -> list[SignalReading]:
    kinds = ["on"] * on + ["unknown"] * unknown + ["off"] * (5 - on - unknown)
    return [
        SignalReading(
            signal=f"s{place}", as_of=make.sunday(number), state=SignalState(kind), value=None,
            unit="", threshold=1, since=make.sunday(0).date(), confidence=1, sentence="",
            missing=[Missing(what=f"Import file {place}.", minutes=minutes - place)]
            if kind == "unknown" else [],
        )
        for place, kind in enumerate(kinds)
    ]  # fmt: skip


def test_three_on_for_two_weeks_are_past_the_point():
    verdict = judge([week(3), week(3, number=1)])
    assert verdict.stand is Stand.PAST
    assert verdict.sentence == (
        "Three of five handoff signals are on: start looking for a security leader."
    )
    assert verdict.weeks_on == 2
    assert verdict.start_looking_by is None


@pytest.mark.parametrize("before", [[week(2)], []])
def test_three_on_for_the_first_week_wait_for_the_next(before):
    verdict = judge([*before, week(3)])
    assert verdict.stand is Stand.PLAN
    assert "if it stays so next week" in verdict.sentence


@pytest.mark.parametrize("on", [1, 2])
def test_one_or_two_on_mean_plan(on):
    assert judge([week(on)]).stand is Stand.PLAN


def test_none_on_is_not_yet_while_unknown_ones_could_not_make_three():
    assert judge([week(0)]).stand is Stand.NOT_YET
    verdict = judge([week(0, unknown=2)])
    assert verdict.stand is Stand.NOT_YET
    assert verdict.sentence == (
        "None of five handoff signals is on and two are unknown: "
        "no security leader is needed yet."
    )


@pytest.mark.parametrize(("on", "unknown"), [(0, 3), (1, 2), (2, 1), (0, 5)])
def test_unknown_ones_that_could_make_three_leave_it_undetermined(on, unknown):
    verdict = judge([week(on, unknown)])
    assert verdict.stand is Stand.UNDETERMINED
    assert verdict.cheapest is not None
    assert verdict.cheapest.minutes == 10 - (on + unknown - 1)
    assert verdict.cheapest.what in verdict.sentence


def test_unknown_ones_change_nothing_once_three_are_on():
    assert judge([week(3, 2), week(4, 1)]).stand is Stand.PAST


def test_a_break_starts_the_count_again():
    assert judge([week(3), week(2), week(3)]).weeks_on == 1


def test_a_verdict_needs_readings():
    with pytest.raises(ValueError, match="at least one week"):
        judge([])
    with pytest.raises(ValueError, match="at least one week"):
        judge([[]])
