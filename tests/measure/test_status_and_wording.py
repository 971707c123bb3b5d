from datetime import date

import pytest
from tests.measure import make

from protem.measure import wording
from protem.measure.metric import METRICS, Reading, Verdict
from protem.measure.status import status_parts, status_sentence
from protem.measure.targets import target_on


def reading(metric: str, verdict: Verdict, **given: object) -> Reading:
    fields = {
        "metric": metric, "as_of": make.AS_OF, "value": 1.0, "unit": "days", "verdict": verdict,
        "sentence": "", "verdict_sentence": "",
    }  # fmt: skip
    return Reading(**(fields | given))  # type: ignore[arg-type]


def test_the_weeks_sentence_names_each_metric_and_the_red_flag() -> None:
    told = status_sentence(
        [
            reading("patch-cadence", Verdict.IMPROVING),
            reading(
                "mttr-critical", Verdict.STEADY, is_red_flag=True, red_flag="fix it first."
            ),
            reading("certifications", Verdict.INSUFFICIENT, value=None),
        ]
    )
    assert told == (
        "Patching is improving; critical remediation is steady; "
        "certifications cannot be measured yet. Fix it first."
    )


def test_a_plug_ins_metric_goes_by_its_own_name() -> None:
    assert status_parts([reading("own", Verdict.STEADY)]) == ["own is steady"]
    assert status_sentence([]) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1 day"), (19.44, "19.4 days"), (1204.0, "1,204 days")]
)
def test_spans_read_well(value: float, text: str) -> None:
    assert wording.days(value) == text


def test_lists_and_dates_read_well() -> None:
    assert wording.join(["a", "b", "c"]) == "a, b and c"
    assert wording.join([]) == ""
    assert wording.day(date(2026, 3, 12)) == "12 Mar 2026"
    assert wording.interval(None, 3, "days") == ""


def test_a_target_holds_from_its_day_on() -> None:
    metric = METRICS.get("mttr-critical")
    history = [(date(2026, 1, 1), 20.0), (date(2026, 6, 1), 10.0)]
    assert target_on(history, date(2025, 12, 31), metric) == metric.default_target
    assert target_on([], date(2026, 5, 31), METRICS.get("patch-cadence"), label="latency") == 14
    assert target_on([], date(2026, 5, 31), METRICS.get("patch-cadence"), label="cadence") == 30
    assert target_on(history, date(2026, 5, 31), metric, label="latency") == 20
    assert target_on(history, date(2026, 5, 31), metric) == 20
    assert target_on(history, date(2026, 6, 1), metric) == 10


def test_there_are_four_metrics() -> None:
    assert METRICS.names() == [
        "patch-cadence", "mttr-critical", "edr-coverage", "certifications",
    ]  # fmt: skip
