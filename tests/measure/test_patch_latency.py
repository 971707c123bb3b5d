"""Latency: which releases count, since when they were out, and that the curve is right."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatError
from tests.measure import make
from tests.measure.test_patch_cadence import companion, servers

from protem.ledger.facts import Facts
from protem.measure.days import date_of, day_number
from protem.measure.metrics.patch_cadence import compute
from protem.measure.patching import latency_spans, systems_at
from protem.measure.windows import trailing

NOW = day_number(make.AS_OF)


def kb(asset: int, installed: float, released: float, *, known: float | None = None,
       inferred: bool = True) -> dict[str, Any]:  # fmt: skip
    return make.patch(
        asset, installed, released=released, name="KB5000001", known=known, inferred=inferred
    )


def spans(facts: Facts) -> list[tuple[int, float, float, bool]]:
    found = latency_spans(facts, systems_at(facts, NOW), trailing(facts.definition, make.AS_OF))
    rows = zip(found.asset, found.entry, found.exit, found.event, strict=True)
    return [(int(a), float(e), float(x), bool(v)) for a, e, x, v in rows]


def test_an_update_installed_late_did_not_come_out_late() -> None:
    """The first report dates the KB for all; a machine that waited a month shows that wait."""
    facts = servers(2, [kb(0, 60, 62, known=55), kb(1, 25, 30, known=20)])
    found = {asset: exit_ for asset, _, exit_, _ in spans(facts)}
    assert found[0] == pytest.approx(2, abs=1)
    assert found[1] == pytest.approx(37, abs=1)


def test_a_stated_date_beats_an_inferred_one_in_the_same_report() -> None:
    facts = servers(2, [kb(0, 60, 62, known=55), kb(1, 58, 66, known=55, inferred=False)])
    assert spans(facts)[0][2] == pytest.approx(6, abs=1)


def test_a_release_not_installed_is_censored_when_the_source_last_spoke() -> None:
    rows = [kb(0, 60, 62, known=55), make.patch(1, 70, name="KB1", known=40)]
    found = {asset: (exit_, event) for asset, _, exit_, event in spans(servers(2, rows))}
    assert found[1][1] is False
    assert found[1][0] == pytest.approx(22, abs=1)


def test_systems_that_nobody_speaks_of_are_not_taken_for_unpatched() -> None:
    found = spans(servers(5, [kb(0, 60, 62, known=55)]))
    assert {asset for asset, *_ in found} == {0}


def fixable(finding: int, asset: int, opened: float, closed: float | None, fix: float,
            **given: Any) -> dict[str, Any]:  # fmt: skip
    return make.episode(
        finding, opened, closed, asset_id=asset, fix_available_on=make.ago(fix).date(),
        scope_ids=[40], **given,
    )  # fmt: skip


def scanned(episodes: list[dict[str, Any]], *, last: float = 0) -> Facts:
    return make.facts(
        scan_rows=[
            *make.scans(10, tool="aws-ec2", target="inventory:acme"),
            *make.scans(40, tool="nessus", target="host:web", last=last),
        ],
        assets=[make.asset(0, kind="server", os_family="linux")],
        records=[make.record(0, 0, "inventory")],
        presences=[make.presence(0, 10)],
        episodes=episodes,
    )


def test_a_dated_fix_is_a_release_done_when_its_last_finding_is_gone() -> None:
    facts = scanned([fixable(1, 0, 60, 40, 65), fixable(2, 0, 60, 30, 65)])
    [(_, entry, exit_, event)] = spans(facts)
    assert event
    assert entry == pytest.approx(6, abs=1)
    assert exit_ == pytest.approx(36, abs=1)
    assert compute(facts, make.AS_OF).label == "latency"


@pytest.mark.parametrize("ending", ["false_positive", "duplicate", "withdrawn"])
def test_what_was_no_flaw_was_no_release(ending: str) -> None:
    assert spans(scanned([fixable(1, 0, 60, 40, 65, ending=ending)])) == []


def test_an_accepted_fix_leaves_observation() -> None:
    [(_, _, exit_, event)] = spans(scanned([fixable(1, 0, 60, 40, 65, ending="accepted")]))
    assert event is False
    assert exit_ == pytest.approx(26, abs=1)


def test_a_scan_that_stopped_says_nothing_of_today() -> None:
    [(_, _, exit_, event)] = spans(scanned([fixable(1, 0, 60, None, 65)], last=20))
    assert event is False
    assert exit_ == pytest.approx(46, abs=1)


def test_a_fix_of_the_day_of_a_windows_release_counts_once() -> None:
    rows = servers(1, [kb(0, 60, 62, known=55)])
    day = make.ago(62).date()
    finding = make.episode(1, 61, 58, asset_id=0, fix_available_on=day, scope_ids=[20])
    both = make.facts(
        scan_rows=rows.scans.to_dicts(),
        assets=rows.assets.to_dicts(),
        records=rows.records.to_dicts(),
        presences=rows.presences.to_dicts(),
        patches=rows.patches.to_dicts(),
        episodes=[finding],
    )
    assert len(spans(both)) == 1


RELEASES = [20, 48, 76, 104, 132, 160]
histories = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 80)), min_size=6, max_size=6),
    min_size=2,
    max_size=8,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(delays=histories)
def test_median_p90_and_shares_agree_with_lifelines(delays: list[list[int | None]]) -> None:
    """By hand: a release is done with the first update of that or a later one."""
    rows, pairs = _told(delays)
    assume(pairs)
    reading = compute(servers(len(delays), rows), make.AS_OF)
    assume(reading.label == "latency")
    curve = [(0.0, 1.0), *_by_lifelines(pairs)]
    for p, told in ((0.5, reading.value), (0.9, companion(reading, "p90"))):
        reached = [age for age, share in curve if share <= 1 - p + 1e-9]
        assert told == (pytest.approx(reached[0]) if reached else None)
    for days in (14, 30):
        share = [share for age, share in curve if age <= days][-1]
        expected = pytest.approx(100 * (1 - share), abs=1e-6)
        assert companion(reading, f"current_{days}") == expected


def _by_lifelines(pairs: list[tuple[float, float, bool]]) -> list[tuple[float, float]]:
    """Ages and the share left at each; no example where everybody has left too early."""
    entry, leaving, events = zip(*pairs, strict=True)
    late = [age if age > 0 else -1 for age in entry]
    try:
        fitter = KaplanMeierFitter().fit(list(leaving), list(events), entry=late)
    except StatError:
        reject()
    frame = fitter.survival_function_
    ages, shares = frame.index.to_numpy(), frame.iloc[:, 0].to_numpy()
    assume(not np.isnan(shares).any())
    return [(max(float(age), 0.0), float(s)) for age, s in zip(ages, shares, strict=True)]


def _told(
    delays: list[list[int | None]],
) -> tuple[list[dict[str, Any]], list[tuple[float, float, bool]]]:
    """Events of each system, installed so many days after the release (None: never)."""
    rows: list[dict[str, Any]] = []
    pairs: list[tuple[float, float, bool]] = []
    heard_of = {
        age
        for each in delays
        for age, delay in zip(RELEASES, each, strict=True)
        if delay is not None and delay <= age - 1
    }
    for system, each in enumerate(delays):
        told = [
            (age, delay)
            for age, delay in zip(RELEASES, each, strict=True)
            if delay is not None and delay <= age - 1
        ]
        rows += [_event(system, age, delay) for age, delay in told]
        heard = max((_done(age, delay) for age, delay in told), default=0.0)
        for age in heard_of if told else ():
            done = min((_done(a, d) for a, d in told if a <= age), default=None)
            start = float(_released(age).toordinal() - date(1970, 1, 1).toordinal())
            end = max(done if done is not None else heard, start)
            if end > NOW - 90:
                pairs.append((max(NOW - 90 - start, 0.0), end - start, done is not None))
    return rows, pairs


def _released(age: int) -> date:
    return date_of(NOW - age)


def _done(age: int, delay: int) -> float:
    return NOW - (age - delay)


def _event(system: int, age: int, delay: int) -> dict[str, Any]:
    row = make.patch(system, float(age - delay), name=f"KB{age}", known=float(age - delay))
    return {**row, "released_on": _released(age) + timedelta(days=0)}
