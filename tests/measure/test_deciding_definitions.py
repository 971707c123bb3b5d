"""Definitions, targets and remarks are changed by people, with a reason and a history."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.dateparse import parse_date

from protem.ledger.definition import Definition
from protem.measure import queries, services
from protem.measure.definitions import DefinitionError
from protem.measure.metric import METRICS
from protem.measure.models import Snapshot
from protem.measure.services import AnnotationError, TargetError
from protem.measure.targets import target_on
from protem.people.access import OPERATOR, Refused

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = AT.date()


class Guest:
    """Someone whose role nobody knows."""

    role = "guest"
    is_active = True


def define(**values: float) -> int | None:
    made = services.set_definition(
        by=OPERATOR, values=values, why="the board asked", since=TODAY, at=AT
    )
    return made.pk if made else None


def test_the_definition_starts_as_delivered_and_keeps_its_changes() -> None:
    assert queries.definition_in_force() == Definition()
    define(critical_days=21)
    define(window_days=120, is_exploited_critical=0)
    assert queries.facts().definition == Definition(
        critical_days=21, window_days=120, is_exploited_critical=False
    )
    newest, first = queries.definition_history()
    assert [one.text for one in first.changes] == ["Critical: 30 days → 21 days"]
    assert newest.metrics == ["mttr-critical", "patch-cadence"]
    assert (newest.by, newest.why, newest.since) == (
        "the command line",
        "the board asked",
        TODAY,
    )


def test_a_version_keeps_what_the_metrics_read_before_it() -> None:
    Snapshot.objects.create(
        metric="mttr-critical", week=TODAY, as_of=AT, value=19.4, unit="days", verdict="steady"
    )
    define(critical_days=21)
    (version,) = queries.definition_history()
    assert version.readings["mttr-critical"].value == 19.4
    assert version.readings["mttr-critical"].as_of == AT
    assert set(version.readings) == {"mttr-critical"}


def test_setting_what_holds_already_changes_nothing() -> None:
    assert define(critical_days=30) is None
    assert queries.definition_history() == []


def test_a_version_is_undone_by_setting_it_back() -> None:
    first = define(critical_days=21)
    define(low_days=200)
    assert first is not None
    services.restore_definition(by=OPERATOR, version_id=first, at=AT)
    assert queries.definition_in_force() == Definition()
    assert len(queries.definition_history()) == 3
    with pytest.raises(DefinitionError, match="no version"):
        services.restore_definition(by=OPERATOR, version_id=first + 99, at=AT)


@pytest.mark.parametrize(
    ("why", "since"), [(" ", TODAY), ("because", TODAY + timedelta(days=1))]
)
def test_a_change_has_a_reason_and_a_day_that_was(why: str, since: date) -> None:
    with pytest.raises(DefinitionError):
        services.set_definition(
            by=OPERATOR, values={"critical_days": 21}, why=why, since=since, at=AT
        )
    assert queries.definition_in_force() == Definition()


def test_a_guest_decides_nothing() -> None:
    guest = Guest()
    with pytest.raises(Refused):
        services.set_definition(
            by=guest, values={"critical_days": 21}, why="x", since=TODAY, at=AT
        )
    with pytest.raises(Refused):
        services.set_target(by=guest, metric="edr-coverage", value=90, since=TODAY)
    with pytest.raises(Refused):
        services.save_annotation(by=guest, text="x", on=TODAY, at=AT)
    with pytest.raises(Refused):
        services.mark_annotation(by=guest, external_id="x", is_removed=True, at=AT)


def test_of_two_targets_for_a_day_the_later_entered_holds_and_both_stay() -> None:
    metric = METRICS.get("edr-coverage")
    for value, since in ((90, "2026-03-01"), (95, "2026-03-01"), (80, "2026-01-01")):
        services.set_target(
            by=OPERATOR,
            metric=metric.name,
            value=value,
            since=parse_date(since) or TODAY,
            why="  board \n pack ",
            at=AT,
        )
    history = queries.facts().targets[metric.name]
    assert target_on(history, date(2026, 2, 1), metric) == 80
    assert target_on(history, date(2026, 3, 1), metric) == 95
    shown = queries.target_history(metric.name)
    assert [one.value for one in shown] == [95, 90, 80]
    assert {one.why for one in shown} == {"board pack"}
    assert queries.target_history("patch-cadence") == []


@pytest.mark.parametrize("value", [-1.0, 101.0, float("nan"), float("inf")])
def test_what_cannot_be_met_is_no_target(value: float) -> None:
    with pytest.raises(TargetError):
        services.set_target(by=OPERATOR, metric="edr-coverage", value=value, since=TODAY)


def annotate(text: str = "moved scanners", metric: str = "", external_id: str = "") -> str:
    return services.save_annotation(
        by=OPERATOR, text=text, on=TODAY, at=AT, metric=metric, external_id=external_id
    )


def test_a_remark_is_corrected_removed_and_put_back() -> None:
    one = annotate("mvoed scanners")
    annotate("moved scanners", external_id=one)
    annotate("new agent", metric="edr-coverage")
    assert [view.text for view in queries.annotations("mttr-critical")] == ["moved scanners"]
    assert len(queries.annotations("edr-coverage")) == 2
    assert len(queries.annotations()) == 2
    services.mark_annotation(by=OPERATOR, external_id=one, is_removed=True, at=AT)
    assert queries.annotations("mttr-critical") == []
    (shown,) = queries.annotation_history("mttr-critical")
    assert shown.is_removed
    assert shown.earlier == ["mvoed scanners (2026-11-22)"]
    services.mark_annotation(by=OPERATOR, external_id=one, is_removed=False, at=AT)
    assert [view.text for view in queries.annotations("mttr-critical")] == ["moved scanners"]


def test_a_remark_says_something_about_what_was() -> None:
    with pytest.raises(AnnotationError):
        annotate("  ")
    with pytest.raises(AnnotationError):
        annotate(external_id="nothing")
    with pytest.raises(AnnotationError):
        services.save_annotation(by=OPERATOR, text="x", on=TODAY + timedelta(days=1), at=AT)
    with pytest.raises(AnnotationError):
        services.mark_annotation(by=OPERATOR, external_id="no", is_removed=True, at=AT)
    assert queries.annotations() == []
