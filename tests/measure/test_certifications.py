from datetime import date

import pytest
from tests.measure import make

from protem.measure.certificate_states import (
    State,
    add_months,
    bridged_until,
    state_on,
    uncovered_days,
    valid_until,
)
from protem.measure.metric import Verdict
from protem.measure.metrics.certifications import compute, tables


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2026, 7, 1), State.OBSERVATION),
        (date(2026, 7, 31), State.CURRENT),
        (date(2027, 6, 30), State.CURRENT),
        (date(2027, 7, 1), State.BRIDGED),
        (date(2027, 9, 30), State.BRIDGED),
        (date(2027, 10, 1), State.LAPSED),
    ],
)
def test_soc_2_is_stale_a_year_after_its_period_and_bridged_three_months(
    day: date, state: State
) -> None:
    assert state_on(make.certificate(bridge_until=date(2028, 6, 30)), day) is state


@pytest.mark.parametrize(
    ("framework", "level", "until"),
    [
        ("ISO 27001", "", date(2029, 7, 31)),
        ("HITRUST", "e1", date(2027, 7, 31)),
        ("HITRUST", "i1", date(2027, 7, 31)),
        ("HITRUST", "r2", date(2028, 7, 31)),
        ("PCI DSS", "", date(2027, 7, 31)),
        ("FedRAMP", "Moderate", date(2027, 7, 31)),
        ("SOC 2", "Type I", date(2027, 7, 31)),
        ("TISAX", "", None),
    ],
)
def test_each_scheme_has_its_validity(framework: str, level: str, until: date | None) -> None:
    assert valid_until(make.certificate(framework=framework, level=level)) == until


def test_custom_ones_hold_until_they_expire() -> None:
    custom = make.certificate(framework="TISAX", level="", expires_on=date(2026, 10, 1))
    assert state_on(custom, date(2026, 10, 2)) is State.LAPSED
    assert bridged_until(custom) is None


def test_stages_before_issue() -> None:
    planned = make.certificate(stage="planned", issued_on=None, period_start=None)
    assert state_on(planned, date(2026, 1, 1)) is State.PLANNED
    adverse = make.certificate(opinion="adverse")
    assert state_on(adverse, date(2026, 8, 1)) is State.LAPSED
    assert state_on(make.certificate(level="Type I"), date(2026, 8, 1)) is State.TYPE_ONE


def test_gaps_between_periods_are_counted() -> None:
    next_one = make.certificate(
        "next", period_start=date(2026, 7, 11), period_end=date(2026, 9, 30),
        issued_on=date(2026, 10, 31),
    )  # fmt: skip
    assert uncovered_days([make.certificate(), next_one], date(2026, 11, 1)) == 10


def test_held_of_required() -> None:
    facts = make.facts(
        certificates=[
            make.certificate(),
            make.certificate("iso", framework="ISO 27001", stage="readiness", issued_on=None,
                             period_start=None, period_end=None),
            make.certificate("own", framework="TISAX", is_required=False),
            make.certificate("gone", framework="PCI", is_removed=True),
        ]
    )  # fmt: skip
    reading = compute(facts, make.AS_OF)
    assert reading.value == 50
    assert reading.n == 2
    assert reading.exclusions[0].count == 1
    deadline = next(c for c in reading.companions if c.name == "next_deadline")
    assert deadline.value == (date(2027, 6, 30) - make.AS_OF.date()).days
    assert len(tables(facts, make.AS_OF)[0].rows) == 3


def test_a_lapse_is_degrading_and_a_new_one_improving() -> None:
    facts = make.facts(
        certificates=[make.certificate(known_at=make.ago(500), expires_on=make.ago(30).date())]
    )
    assert compute(facts, make.AS_OF).verdict is Verdict.DEGRADING
    assert compute(facts, make.ago(60)).verdict is Verdict.IMPROVING
    assert compute(facts, make.ago(-200)).verdict is Verdict.STEADY


def test_a_qualified_opinion_is_an_open_exception() -> None:
    reading = compute(
        make.facts(certificates=[make.certificate(opinion="qualified")]), make.AS_OF
    )
    assert next(c.value for c in reading.companions if c.name == "open_exceptions") == 1


def test_without_certificates_there_is_no_number() -> None:
    reading = compute(make.facts(), make.AS_OF)
    assert reading.value is None
    assert reading.verdict is Verdict.INSUFFICIENT


def test_a_version_known_later_is_not_seen() -> None:
    facts = make.facts(certificates=[make.certificate(known_at=make.ago(5))])
    assert compute(facts, make.ago(10)).value is None


def test_the_last_of_the_month_stays_in_the_month() -> None:
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
