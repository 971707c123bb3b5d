from typing import Any

import pytest
from tests.measure import make

from protem.ledger.facts import Facts
from protem.measure.metric import Reading, Verdict
from protem.measure.metrics.edr_coverage import compute, explain, tables

INVENTORY = make.scans(10, tool="jamf", target="inventory:acme")
CONSOLE = make.scans(11, tool="falcon", target="inventory:")


def one(given: dict[str, object], agent: dict[str, object] | None, **rest: object) -> Facts:
    agents = [] if agent is None else [make.presence(1001, 11, **agent)]  # type: ignore[arg-type]
    # a second machine so that agents are known at all
    return make.facts(
        scan_rows=INVENTORY + CONSOLE,
        assets=[make.asset(1, **given), make.asset(2)],
        records=[make.record(1, 1, "inventory"), make.record(1001, 1, "agent"),
                 make.record(2, 2, "inventory"), make.record(1002, 2, "agent")],
        presences=[make.presence(1, 10, **rest), make.presence(2, 10),  # type: ignore[arg-type]
                   make.presence(1002, 11, state="protecting"), *agents],
    )  # fmt: skip


def listed(facts: Facts, name: str) -> list[dict[str, Any]]:
    return next(one.rows for one in tables(facts, make.AS_OF) if one.name == name)


def companion(reading: Reading, name: str) -> float | None:
    return next(c.value for c in reading.companions if c.name == name)


def test_healthy_of_those_in_inventory() -> None:
    reading = compute(make.fleet(100, covered=90), make.AS_OF)
    assert reading.value == pytest.approx(90)
    assert reading.n == 100
    assert reading.low is not None
    assert reading.low < 90
    assert reading.verdict is Verdict.STEADY


def test_a_laptop_in_a_drawer_is_unknown_not_uncovered() -> None:
    facts = one({}, {"state": "protecting", "silent": 14})
    reading = compute(facts, make.AS_OF)
    assert companion(reading, "unknown") == pytest.approx(50)
    assert companion(reading, "uncovered") == 0
    assert next(t for t in tables(facts, make.AS_OF) if t.name == "unknown").rows


def test_a_server_silent_for_two_weeks_is_not_covered() -> None:
    facts = one({"kind": "server", "os_family": "linux"}, {"state": "protecting", "silent": 14})
    assert companion(compute(facts, make.AS_OF), "uncovered") == 1


@pytest.mark.parametrize("state", ["reduced", "detect_only", "no_policy"])
def test_an_impaired_agent_is_installed_but_not_healthy(state: str) -> None:
    reading = compute(one({}, {"state": state}), make.AS_OF)
    assert reading.value == 50
    assert companion(reading, "installed") == 100


@pytest.mark.parametrize("state", ["hidden", "decommissioned", "discovered"])
def test_a_row_without_a_working_agent_is_not_installed(state: str) -> None:
    assert companion(compute(one({}, {"state": state}), make.AS_OF), "installed") == 50


def test_agents_that_no_inventory_knows_are_apart() -> None:
    facts = one({}, {"state": "protecting"}, last=100)
    reading = compute(facts, make.AS_OF)
    assert reading.n == 1
    assert companion(reading, "only_edr") == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"is_company_owned": False}, "company-owned"),
        ({"kind": "mobile", "os_family": "ios"}, "mobile"),
        ({"os_family": "chromeos"}, "not supported"),
        ({"kind": "repository"}, "not machines"),
        ({"kind": "image"}, "containers count through their node"),
    ],
)
def test_scope_rules_leave_out_and_count(given: dict[str, object], reason: str) -> None:
    reading = compute(one(given, None), make.AS_OF)
    assert reading.n == 1
    assert [(reason in e.reason, e.count) for e in reading.exclusions] == [(True, 1)]


def test_a_machine_younger_than_a_day_is_left_out_and_counted() -> None:
    facts = one({"created_at": make.ago(0.5)}, None, first=0)
    reading = compute(facts, make.AS_OF)
    assert reading.n == 1
    assert [(e.reason, e.count) for e in reading.exclusions] == [("younger than 24 hours", 1)]


def test_a_machine_listed_long_before_it_was_created_is_no_younger() -> None:
    assert compute(one({"created_at": make.ago(0.5)}, None), make.AS_OF).n == 2


def test_a_stopped_cloud_machine_is_not_in_scope() -> None:
    assert compute(one({"kind": "cloud"}, None, state="stopped"), make.AS_OF).n == 1


@pytest.mark.parametrize(
    ("kind", "given", "is_alive"),
    [
        ("laptop", {"silent": 30}, True),
        ("laptop", {"silent": 90}, False),
        ("laptop", {"last": 20}, True),
        ("laptop", {"last": 35}, False),
        ("server", {"silent": 7}, True),
        ("server", {"silent": 14}, False),
        ("server", {"last": 14}, False),
        ("cloud", {"silent": 90}, True),
        ("cloud", {"last": 7}, False),
    ],
)
def test_in_use_is_what_an_inventory_heard_of_in_time(
    kind: str, given: dict[str, object], is_alive: bool
) -> None:
    """30 days for laptops, 7 for servers; what the cloud runs stands in its newest export."""
    assert compute(one({"kind": kind}, None, **given), make.AS_OF).n == 1 + is_alive


@pytest.mark.parametrize(
    ("kind", "silent", "cover"),
    [
        ("laptop", 7, "healthy"),
        ("laptop", 14, "unknown"),
        ("laptop", 30, "unknown"),
        ("laptop", 90, "not covered"),
        ("laptop", None, "unknown"),
        ("server", 2, "healthy"),
        ("server", 7, "unknown"),
        ("server", 14, "not covered"),
    ],
)
def test_an_agent_not_heard_of_in_time_is_listed_as_stale(
    kind: str, silent: int | None, cover: str
) -> None:
    facts = one({"kind": kind}, {"state": "protecting", "silent": silent})
    reading = compute(facts, make.AS_OF)
    assert reading.value == (100 if cover == "healthy" else 50)
    told = [(row["asset"], row["counts_as"]) for row in listed(facts, "stale-agents")]
    assert told == ([] if cover == "healthy" else [("laptop-1", cover)])


def test_stale_agents_say_for_how_long_and_what_is_allowed() -> None:
    (row,) = listed(one({}, {"state": "protecting", "silent": 14}), "stale-agents")
    assert (row["silent"], row["allowed_days"]) == ("7 to 14 days", 7)
    (row,) = listed(one({}, {"state": "protecting", "silent": None}), "stale-agents")
    assert row["silent"] == "not known"
    assert listed(one({}, {"state": "reduced"}), "stale-agents") == []


def test_a_machine_with_two_agents_counts_once_by_the_better_and_is_listed() -> None:
    facts = one({}, {"state": "reduced"})
    again = [make.record(1003, 1, "agent"), *facts.records.to_dicts()]
    facts = make.facts(
        scan_rows=INVENTORY + CONSOLE, assets=facts.assets.to_dicts(), records=again,
        presences=[*facts.presences.to_dicts(), make.presence(1003, 11, state="protecting")],
    )  # fmt: skip
    reading = compute(facts, make.AS_OF)
    assert (reading.n, reading.value) == (2, 100)
    (row,) = listed(facts, "duplicates")
    assert (row["asset"], row["source"], row["list"]) == ("laptop-1", "falcon", "agents")
    assert (row["records"], row["ids"]) == (2, "1001, 1003")


def test_an_agent_replaced_by_another_is_no_duplicate() -> None:
    facts = one({}, {"state": "protecting", "last": 50})
    assert listed(facts, "duplicates") == []


def test_the_band_reaches_to_where_agents_known_to_edr_only_are_unmatched_assets() -> None:
    facts = make.fleet(100, covered=90)
    gone = [{**row, "last_at": make.ago(200)} if row["record_id"] < 8 else row
            for row in facts.presences.to_dicts()]  # fmt: skip
    facts = make.facts(
        scan_rows=INVENTORY + CONSOLE, assets=facts.assets.to_dicts(),
        records=facts.records.to_dicts(), presences=gone,
    )  # fmt: skip
    reading = compute(facts, make.AS_OF)
    assert companion(reading, "only_edr") == 8
    assert reading.value == pytest.approx(100 * 82 / 92)
    assert reading.high == pytest.approx(100 * 90 / 92)


def test_mobiles_are_counted_apart() -> None:
    facts = one({"kind": "mobile", "os_family": "android"}, None)
    assert companion(compute(facts, make.AS_OF), "mobiles") == 1


def test_ephemeral_machines_count_once_a_template() -> None:
    size = 10
    facts = make.facts(
        scan_rows=INVENTORY + CONSOLE,
        assets=[
            make.asset(n, kind="cloud", is_ephemeral=True, template="web") for n in range(size)
        ],
        records=[make.record(n, n, "inventory") for n in range(size)]
        + [make.record(100 + n, n, "agent") for n in range(size)],
        presences=[make.presence(n, 10) for n in range(size)]
        + [make.presence(100 + n, 11, state="protecting") for n in range(7)],
    )
    reading = compute(facts, make.AS_OF)
    assert (reading.n, reading.value) == (1, 100)


def test_losing_twenty_agents_is_degrading_and_names_them() -> None:
    facts = make.fleet(200, covered=170, was_covered=190)
    reading = compute(facts, make.AS_OF)
    assert reading.verdict is Verdict.DEGRADING
    (parts, *_) = explain(facts, make.AS_OF)
    assert [part.name for part in parts.parts] == ["engineering"]
    assert parts.parts[0].change == pytest.approx(-10)
    flipped = next(t for t in tables(facts, make.AS_OF) if t.name == "flipped")
    assert len(flipped.rows) == 20


def test_two_flips_are_steady() -> None:
    assert (
        compute(make.fleet(200, covered=188, was_covered=190), make.AS_OF).verdict
        is Verdict.STEADY
    )


def test_exports_far_apart_are_shown_but_not_compared() -> None:
    facts = make.fleet(100, covered=90)
    old = make.scans(11, tool="falcon", target="inventory:", last=7)
    facts = make.facts(
        scan_rows=INVENTORY + old, assets=facts.assets.to_dicts(),
        records=facts.records.to_dicts(), presences=facts.presences.to_dicts(),
    )  # fmt: skip
    reading = compute(facts, make.AS_OF)
    assert reading.value == pytest.approx(90)
    assert reading.verdict is Verdict.NOT_COMPARABLE
    assert "falcon" in reading.verdict_sentence


def test_a_truncated_export_is_not_compared_and_takes_nobody_away() -> None:
    facts = make.fleet(100, covered=90)
    cut = make.scans(11, tool="falcon", target="inventory:", last=7, partial=[0])
    facts = make.facts(
        scan_rows=INVENTORY + cut, assets=facts.assets.to_dicts(),
        records=facts.records.to_dicts(), presences=facts.presences.to_dicts(),
    )  # fmt: skip
    reading = compute(facts, make.AS_OF)
    assert reading.value == pytest.approx(90)
    assert "falcon of 22 Nov 2026 is truncated" in reading.verdict_sentence


def test_without_inventory_there_is_no_number() -> None:
    reading = compute(make.facts(), make.AS_OF)
    assert reading.value is None
    assert "no inventory" in reading.sentence


def test_a_replay_sees_the_agents_of_then() -> None:
    facts = make.fleet(100, covered=95, was_covered=50)
    assert compute(facts, make.ago(60)).value == pytest.approx(50)
