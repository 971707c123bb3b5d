from typing import Any

import pytest
from tests.measure import make

from protem.ledger.facts import Facts
from protem.measure.metric import Reading, Verdict
from protem.measure.metrics.patch_cadence import compute, tables


def servers(size: int, patches: list[dict[str, Any]], **given: Any) -> Facts:
    return make.facts(
        scan_rows=make.scans(10, tool="aws", target="inventory:acme")
        + make.scans(20, tool="windows", target="log:servers"),
        assets=[
            make.asset(n, kind="server", os_family="windows", **given) for n in range(size)
        ],
        records=[make.record(n, n, "inventory") for n in range(size)],
        presences=[make.presence(n, 10) for n in range(size)],
        patches=patches,
    )


def companion(reading: Reading, name: str) -> float | None:
    return next(c.value for c in reading.companions if c.name == name)


def monthly(size: int, delay: float, **given: Any) -> list[dict[str, Any]]:
    return [
        make.patch(
            n, max(released - delay, 0.5), released=released, name=f"KB{released}", **given
        )
        for n in range(size)
        for released in range(20, 380, 30)
    ]


def test_latency_is_the_headline_where_release_dates_are_known() -> None:
    reading = compute(servers(10, monthly(10, 12)), make.AS_OF)
    assert reading.label == "latency"
    assert reading.value == pytest.approx(13, abs=1.0)
    assert companion(reading, "cadence") == pytest.approx(30, abs=1)


def test_cadence_is_the_headline_where_only_logs_exist() -> None:
    rows = [make.patch(n, float(day)) for n in range(10) for day in range(1, 200, 10)]
    reading = compute(servers(10, rows), make.AS_OF)
    assert reading.label == "cadence"
    assert reading.value == pytest.approx(10)
    assert "cadence, not latency" in reading.sentence


def test_systems_that_report_nothing_count_too() -> None:
    rows = [make.patch(n, float(day)) for n in range(4) for day in range(1, 200, 10)]
    facts = servers(10, rows)
    reading = compute(facts, make.AS_OF)
    assert reading.n == 10
    assert companion(reading, "unpatched_35") == 0
    assert companion(reading, "unknown") == 6
    assert "Whether 6 of them had a patch in the last 35 days is not known." in reading.sentence
    named = {table.name: table for table in tables(facts, make.AS_OF)}
    silent = named["unpatched-35-days"].rows
    assert [row["state"] for row in silent] == ["not known: no source tells"] * 6
    assert len(named["longest-unpatched"].rows) == 4


def test_a_pending_reboot_is_not_patched() -> None:
    facts = servers(1, [make.patch(0, 60), make.patch(0, 3, pending=True, name="KB2")])
    reading = compute(facts, make.AS_OF)
    assert companion(reading, "pending_reboot") == 1
    assert companion(reading, "current_30") == 0


def test_the_reboot_is_taken_to_be_between_the_two_exports() -> None:
    rows = [make.patch(0, 20, pending=True, known=18), make.patch(0, 20, known=8)]
    facts = servers(1, rows)
    (row,) = tables(facts, make.AS_OF)[0].rows
    assert row["days"] == pytest.approx(13)


def test_without_inventory_there_is_no_number() -> None:
    reading = compute(make.facts(patches=[make.patch(1, 3)]), make.AS_OF)
    assert reading.value is None
    assert "no inventory" in reading.sentence


def test_without_patches_it_says_so() -> None:
    assert "no patch is known" in compute(servers(3, []), make.AS_OF).sentence


def test_systems_out_of_scope_are_counted() -> None:
    reading = compute(servers(3, [], is_ephemeral=True), make.AS_OF)
    assert reading.n == 0
    assert reading.exclusions[0].count == 3


def test_few_releases_are_insufficient_for_a_verdict() -> None:
    assert compute(servers(10, monthly(10, 12)), make.AS_OF).verdict is Verdict.INSUFFICIENT


def test_a_replay_is_unaffected_by_what_was_known_later() -> None:
    early = [make.patch(n, float(day)) for n in range(5) for day in range(61, 200, 10)]
    late = [make.patch(n, float(day)) for n in range(5) for day in range(1, 60, 5)]
    told_late = [make.patch(0, 65.5, known=10)]
    whole = compute(servers(5, early + late + told_late), make.ago(60))
    assert whole == compute(servers(5, early), make.ago(60))
