"""Why a metric moved: parts with names that add up to what the readings say."""

from datetime import date, datetime, timedelta

import pytest
from tests.measure import make

from protem.ledger.facts import Facts
from protem.measure import breakdown, queries, services
from protem.measure.metric import METRICS, Breakdown


def before(days: float) -> datetime:
    return make.AS_OF - timedelta(days=days)


def assert_adds_up(one: Breakdown, was: float | None, now: float | None) -> None:
    assert one.was == pytest.approx(was)
    assert one.now == pytest.approx(now)
    assert sum(part.change for part in one.parts) == pytest.approx(one.now - one.was, abs=1e-9)
    for part in one.parts:
        assert part.change == pytest.approx(part.own + part.mix, abs=1e-9)


def slower_platform() -> Facts:
    """Two owners; the platform's take three times as long in the last quarter."""
    rows = []
    for number in range(120):
        opened = 360 - 3 * number
        owner = ("platform", "payments")[number % 2]
        took = 20 * (0.4 + 0.3 * (number % 5))
        took *= 3 if owner == "platform" and opened < 90 else 1
        closed = opened - took if opened > took else None
        rows.append(make.episode(number, opened, closed, owner=owner))
    return make.facts(episodes=rows)


def test_the_owner_who_became_slower_accounts_for_it() -> None:
    facts, metric = slower_platform(), METRICS.get("mttr-critical")
    now = metric.compute(facts, make.AS_OF)
    was = metric.compute(facts, before(90))
    by_owner = metric.explain(facts, make.AS_OF)[0]
    assert_adds_up(by_owner, was.value, now.value)
    assert [part.name for part in by_owner.parts] == ["platform", "payments"]
    assert by_owner.parts[0].own > 0.8 * (by_owner.now - by_owner.was)
    assert by_owner.sentence.startswith("By owner: of +")
    assert "platform accounts for +" in by_owner.sentence


def test_cover_lost_is_told_by_owner_and_kind() -> None:
    facts = make.fleet(200, covered=170, was_covered=190)
    metric = METRICS.get("edr-coverage")
    (one,) = metric.explain(facts, make.AS_OF)
    was = metric.compute(facts, before(91))
    assert_adds_up(one, was.value, metric.compute(facts, make.AS_OF).value)
    assert "\N{MINUS SIGN}10" in one.sentence


def test_each_certificate_is_a_part_with_its_event() -> None:
    lapsed = make.certificate("soc2", period_end=date(2025, 10, 31), issued_on=None)
    kept = make.certificate("iso", framework="ISO 27001", level="", issued_on=date(2026, 1, 1))
    facts = make.facts(certificates=[lapsed, kept])
    (one,) = METRICS.get("certifications").explain(facts, make.AS_OF)
    assert (one.was, one.now) == (100, 50)
    assert one.parts[0].name == "SOC 2 Type II (current → lapsed)"
    assert one.parts[0].own == pytest.approx(-50)


def test_without_anything_there_is_nothing_to_take_apart() -> None:
    for metric in METRICS:
        assert metric.explain(make.facts(), make.AS_OF) == []


def test_small_groups_beyond_a_dozen_are_told_as_one() -> None:
    labels = [f"team {n}" for n in range(20) for _ in range(20 - n)]
    names, (places,) = breakdown.numbered(labels)
    assert len(names) == breakdown.MOST_PARTS
    assert names[0] == "team 0"
    assert names[-1] == breakdown.OTHERS
    assert (places == len(names) - 1).sum() == sum(range(1, 10))


@pytest.mark.django_db
def test_the_newest_week_keeps_its_breakdowns() -> None:
    services.refresh_snapshots(
        slower_platform, first_week=date(2026, 11, 9), last_as_of=make.AS_OF
    )
    newest = next(one for one in queries.current() if one.metric == "mttr-critical")
    assert queries.breakdowns(newest)[0].parts[0].name == "platform"
    older = queries.current(make.ago(7))
    assert all(one.reading.breakdowns == [] for one in older)
    assert queries.breakdowns(older[0]) == []  # the ledger itself is empty
