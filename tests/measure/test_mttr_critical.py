from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from tests.measure import make

from protem.measure.metric import Reading, Verdict
from protem.measure.metrics.mttr_critical import compute, explain, tables


def companion(reading: Reading, name: str) -> float | None:
    return next(one.value for one in reading.companions if one.name == name)


def excluded(reading: Reading, word: str) -> int:
    return sum(one.count for one in reading.exclusions if word in one.reason)


def steady(days: float = 40, since: int = 360, until: int = 0) -> list[dict[str, Any]]:
    """One new vulnerability every other day, each remediated after about so many days."""
    rows = []
    for number, opened in enumerate(range(since, until, -2)):
        closed = opened - days * (0.4 + 0.3 * (number % 5))
        rows.append(make.episode(number, opened, closed if closed > 0 else None))
    return rows


def test_the_headline_agrees_with_lifelines() -> None:
    rows = steady()
    entry, leave, event = [], [], []
    for row in rows:
        start = (make.AS_OF - row["opened_at"]) / timedelta(days=1)
        end = (make.AS_OF - (row["closed_at"] or make.AS_OF)) / timedelta(days=1)
        if end < 90:
            entry.append(max(start - 90, 0.0))
            leave.append(start - end)
            event.append(row["closed_at"] is not None)
    fitter = KaplanMeierFitter().fit(leave, event, entry=entry)
    expected = restricted_mean_survival_time(fitter, t=180)
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.value == pytest.approx(expected, rel=1e-6)
    assert reading.n == len(leave)


def test_without_scans_it_says_what_is_missing() -> None:
    reading = compute(make.facts(scan_rows=[]), make.AS_OF)
    assert reading.value is None
    assert "no scan" in reading.sentence
    assert reading.verdict is Verdict.INSUFFICIENT


def test_a_steady_process_is_steady() -> None:
    assert compute(make.facts(episodes=steady()), make.AS_OF).verdict is Verdict.STEADY


def test_three_times_slower_is_degrading_and_names_the_group() -> None:
    rows = steady(20, until=90) + [
        row | {"finding_id": row["finding_id"] + 1000, "vulnerability": f"late-{at}"}
        for at, row in enumerate(steady(90, since=90))
    ]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.verdict is Verdict.DEGRADING
    (parts,) = explain(make.facts(episodes=rows), make.AS_OF)
    assert [part.name for part in parts.parts] == ["platform"]
    assert parts.sentence.startswith("By owner: of +")
    assert reading.value == pytest.approx(parts.now)
    assert "95 % interval" in reading.verdict_sentence


def test_many_instances_of_one_vulnerability_are_one_cluster() -> None:
    rows = [make.episode(at, 50, 20 + at, vulnerability="CVE-1") for at in range(10)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.n == 1
    assert reading.value == pytest.approx(30)


def test_a_vulnerability_that_comes_back_begins_a_new_cluster() -> None:
    rows = [make.episode(1, 80, 60), make.episode(1, 30, 20, number=2)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.n == 2
    assert companion(reading, "reopen_rate") == pytest.approx(50)


def test_closed_only_mean_is_not_the_headline() -> None:
    rows = [make.episode(at, 40, 35) for at in range(5)]
    rows += [make.episode(100 + at, 80) for at in range(20)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert companion(reading, "closed_only_mean") == pytest.approx(5)
    assert reading.value is not None
    assert reading.value > 100


def test_cleaning_out_the_old_backlog_is_not_degrading() -> None:
    old = [
        make.episode(5000 + at, 399, 10 + at / 10, is_start_known=at % 2 == 0)
        for at in range(60)
    ]
    reading = compute(make.facts(episodes=steady() + old), make.AS_OF)
    assert reading.verdict is not Verdict.DEGRADING


def test_ignoring_old_findings_is_not_improving() -> None:
    rows = steady(60)
    for row in rows:
        age = (make.AS_OF - row["opened_at"]).days
        if row["closed_at"] and age > 120:
            row |= {
                "closed_at": None,
                "ending": "",
                "last_seen_at": None,
                "first_absent_at": None,
            }
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.verdict is not Verdict.IMPROVING


def test_baseline_is_in_the_backlog_and_out_of_the_durations() -> None:
    rows = [make.episode(1, 300, is_start_known=False), make.episode(2, 10)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.n == 1
    assert companion(reading, "backlog") == 1
    assert companion(reading, "open_past_deadline") == 1


def test_false_positives_are_left_out_and_counted() -> None:
    rows = [make.episode(1, 50, 10, ending="false_positive"), make.episode(2, 10)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.n == 1
    assert excluded(reading, "false positives") == 1


def test_accepted_ones_are_censored_and_bounded() -> None:
    rows = [make.episode(at, 60, 20, ending="accepted") for at in range(5)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.value == 180
    assert reading.low is None
    assert companion(reading, "accepted_share") == 100


def test_accepting_everything_is_not_improving() -> None:
    rows = steady(60)
    for row in rows:
        if row["closed_at"] and (make.AS_OF - row["closed_at"]).days < 85:
            row["ending"] = "accepted"
    for row in rows[-60::2]:
        row |= {"closed_at": None, "ending": "", "last_seen_at": None, "first_absent_at": None}
    assert compute(make.facts(episodes=rows), make.AS_OF).verdict is not Verdict.IMPROVING


def test_leaving_critical_is_censored() -> None:
    rows = [make.episode(1, 60, 10, critical_until=make.ago(30)), make.episode(2, 5)]
    assert compute(make.facts(episodes=rows), make.AS_OF).value == 180


def test_known_exploited_counts_from_opening_whatever_its_severity() -> None:
    rows = [make.episode(1, 20, critical_at=None, is_exploited=True)]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert reading.n == 1
    assert reading.is_red_flag
    assert "6 days" in reading.red_flag


def test_an_exploited_one_within_its_deadline_is_no_red_flag() -> None:
    reading = compute(make.facts(episodes=[make.episode(1, 10, is_exploited=True)]), make.AS_OF)
    assert not reading.is_red_flag


def test_deadlines_count_from_the_first_detection() -> None:
    rows = [make.episode(1, 200, 100), make.episode(1, 5, number=2)]
    facts = make.facts(episodes=rows)
    assert companion(compute(facts, make.AS_OF), "open_past_deadline") == 1
    (late, *_) = tables(facts, make.AS_OF)
    assert late.rows[0]["age_days"] == 200


def test_a_scope_nobody_scans_is_stale_not_open() -> None:
    reading = compute(
        make.facts(episodes=[make.episode(1, 100)], scan_rows=make.scans(last=40)), make.AS_OF
    )
    assert companion(reading, "open_past_deadline") == 0
    assert companion(reading, "stale") == 1
    assert excluded(reading, "not scanned lately") == 1


def test_a_removed_asset_is_censored_when_it_was_last_listed() -> None:
    facts = make.facts(
        episodes=[make.episode(1, 80, 20, asset_id=7)],
        scan_rows=make.scans() + make.scans(10, tool="aws", target="inventory:acme"),
        assets=[make.asset(7, kind="cloud")],
        records=[make.record(7, 7, "inventory")],
        presences=[make.presence(7, 10, last=49)],
    )
    reading = compute(facts, make.AS_OF)
    assert reading.value == 180
    assert excluded(reading, "since removed") == 1


def test_a_stopped_scanner_is_not_comparable() -> None:
    reading = compute(make.facts(episodes=steady(), scan_rows=make.scans(last=42)), make.AS_OF)
    assert reading.verdict is Verdict.NOT_COMPARABLE
    assert "trivy stopped on 11 Oct 2026" in reading.verdict_sentence


def test_an_added_source_is_not_comparable() -> None:
    rows = make.scans() + make.scans(2, tool="nessus", target="host:a", first=50)
    reading = compute(make.facts(episodes=steady(), scan_rows=rows), make.AS_OF)
    assert reading.verdict is Verdict.NOT_COMPARABLE
    assert "nessus was added on" in reading.verdict_sentence


def test_changed_settings_are_not_comparable() -> None:
    rows = make.scans(last=56) + make.scans(2, settings="ignore-unfixed=true", first=49)
    reading = compute(make.facts(episodes=steady(), scan_rows=rows), make.AS_OF)
    assert reading.verdict is Verdict.NOT_COMPARABLE
    assert "settings of trivy changed" in reading.verdict_sentence


def test_a_wider_scope_is_not_comparable() -> None:
    rows = make.scans() + make.scans(2, target="repository:acme/new", first=50)
    reading = compute(make.facts(episodes=steady(), scan_rows=rows), make.AS_OF)
    assert "scanned scope changed" in reading.verdict_sentence


def test_a_changed_cadence_is_not_comparable() -> None:
    rows = make.scans(every=28, last=91) + make.scans(every=1, first=80)
    reading = compute(make.facts(episodes=steady(), scan_rows=rows), make.AS_OF)
    assert "now looks every 1 days instead of every 28" in reading.verdict_sentence


def test_few_clusters_are_insufficient_and_say_what_is_missing() -> None:
    reading = compute(make.facts(episodes=[make.episode(1, 10)]), make.AS_OF)
    assert reading.verdict is Verdict.INSUFFICIENT
    assert "needs 20 at risk" in reading.verdict_sentence


def test_half_the_scan_interval_is_the_resolution() -> None:
    reading = compute(make.facts(episodes=steady()), make.AS_OF)
    assert companion(reading, "resolution") == pytest.approx(3.5)


def test_the_second_clock_starts_when_a_fix_is_there() -> None:
    rows = [make.episode(1, 60, 20, fix_available_on=make.ago(40).date())]
    reading = compute(make.facts(episodes=rows), make.AS_OF)
    assert companion(reading, "since_fix_available") == pytest.approx(21, abs=0.01)


def test_a_tool_that_cannot_say_critical_is_named() -> None:
    rows = make.scans(tool="zap")
    assert excluded(compute(make.facts(scan_rows=rows), make.AS_OF), "zap") == 1


later = st.floats(min_value=0.01, max_value=80)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(later, later, st.sampled_from(["fixed", "accepted", "false_positive"])))
)
def test_a_replay_is_unaffected_by_later_facts(future: list[tuple[float, float, str]]) -> None:
    moment = make.ago(100)
    past = [
        make.episode(at, 300 - at, 90 - at if at % 3 else None, asset_id=None)
        for at in range(60)
    ]
    known = make.facts(
        episodes=[_unclosed(row) for row in past], scan_rows=make.scans(last=105)
    )
    new = [
        make.episode(900 + at, max(a, b), min(a, b), ending=ending)
        for at, (a, b, ending) in enumerate(future)
    ]
    whole = make.facts(episodes=past + new, scan_rows=make.scans(last=0))
    assert compute(whole, moment) == compute(known, moment)


def _unclosed(row: dict[str, Any]) -> dict[str, Any]:
    gone = {"closed_at": None, "first_absent_at": None, "last_seen_at": None, "ending": ""}
    return row | gone
