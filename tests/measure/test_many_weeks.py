"""What is prepared for all weeks gives each week what it would get by itself."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measure import make

from protem.ledger.facts import Facts
from protem.measure import services
from protem.measure.days import day_number, from_instants
from protem.measure.metric import METRICS
from protem.measure.models import Snapshot
from protem.measure.moments import greatest, least, moments_of
from protem.measure.patches import event_frame, patch_events

SYSTEMS = 12


def company(seed: int) -> Facts:
    """Findings, patches, versions and agents at random; logs arrive after the fact."""
    rng = random.Random(seed)  # noqa: S311 - the same company for the same seed
    patches: list[dict[str, Any]] = []
    for _ in range(160):
        age = rng.uniform(0, 300)
        patches.append(
            make.patch(
                rng.randrange(SYSTEMS), age, name=f"KB{rng.randrange(9)}",
                released=rng.choice([None, age + rng.randrange(20)]),
                known=max(0.0, age - rng.choice([0, 0, 9, 120])), pending=rng.random() < 0.2,
            )
        )  # fmt: skip
    episodes = [
        make.episode(
            at, age := rng.uniform(0, 380), rng.choice([None, age * rng.random()]),
            asset_id=rng.randrange(SYSTEMS), vulnerability=f"CVE-{rng.randrange(25)}",
            ending=rng.choice(["fixed", "fixed", "accepted", "false_positive"]),
        )
        for at in range(120)
    ]  # fmt: skip
    base = make.fleet(SYSTEMS, covered=9, was_covered=7)
    rest = make.facts(
        scan_rows=[*make.scans(), *make.scans(20, tool="macos", target="inventory:versions")],
        episodes=episodes,
        patches=patches,
        versions=[
            make.version(n, 20, f"14.{step}", first=400 - 60 * step,
                         last=None if step == 6 else 347 - 60 * step)
            for n in range(4) for step in range(7)
        ],
    )  # fmt: skip
    return replace(
        rest,
        scans=base.scans.vstack(rest.scans),
        assets=base.assets,
        records=base.records,
        presences=base.presences,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_a_week_among_many_reads_as_by_itself(seed: int) -> None:
    facts = company(seed)
    services.refresh_snapshots(
        lambda: facts, first_week=date(2026, 1, 4), last_as_of=make.AS_OF
    )
    rows = Snapshot.objects.order_by("week")
    assert len(rows) == 47 * len(METRICS.names())
    for row in rows:
        alone = METRICS.get(row.metric).compute(replace(facts, memo={}), row.as_of)
        kept = msgspec.structs.replace(msgspec.convert(row.detail, type(alone)), breakdowns=[])
        assert kept == alone


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 500), st.floats(0, 320), st.floats(0, 100))
def test_patches_known_by_a_moment_are_those_of_a_search_through_all(
    seed: int, age: float, length: float
) -> None:
    facts = company(seed)
    moment = day_number(make.ago(age))
    rows = [
        row
        for row in _rows(facts)
        if row["cleared_at"] <= moment and row["done_at"] <= moment < row["superseded_at"]
    ]
    last = np.full(SYSTEMS, -np.inf)
    days: dict[int, set[float]] = defaultdict(set)
    for row in rows:
        place = int(row["place"])
        last[place] = max(last[place], row["done_at"])
        days[place].add(float(np.floor(row["done_at"])))
    events, since = patch_events(facts), moment - length
    assert events.last_patched(moment).tolist() == last.tolist()
    expected = []
    for place in sorted(days):
        recent = [day for day in sorted(days[place]) if day >= np.floor(since)]
        before = [day for day in sorted(days[place]) if day < np.floor(since)][-1:]
        expected += [(place, day) for day in before + recent]
    found = events.days_done(moment, np.ones(SYSTEMS, np.bool_), since=since)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected


def _rows(facts: Facts) -> list[dict[str, float]]:
    frame = event_frame(facts)
    columns = {"place": frame["place"].to_numpy().astype(np.float64)} | {
        name: from_instants(frame[name], missing=np.inf)
        for name in ("done_at", "cleared_at", "superseded_at")
    }
    return [
        dict(zip(columns, values, strict=True))
        for values in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]


PLACES = 4
ROWS = st.lists(
    st.tuples(st.integers(0, PLACES - 1), st.integers(0, 9), st.integers(-9, 9)), max_size=400
)


@given(ROWS, st.integers(-1, 10))
def test_extremes_are_those_of_what_was_known(
    rows: list[tuple[int, int, int]], moment: int
) -> None:
    place, known, value = (np.array([row[at] for row in rows], np.float64) for at in range(3))
    at = place.astype(np.int64)
    most = greatest(at, known, value, places=PLACES).at(moment, missing=-np.inf)
    fewest = least(at, known, value, places=PLACES).at(moment, missing=np.nan)
    for number in range(PLACES):
        seen = value[(place == number) & (known <= moment)]
        assert most[number] == (seen.max() if seen.size else -np.inf)
        assert np.array_equal(
            fewest[number], seen.min() if seen.size else np.nan, equal_nan=True
        )


@given(ROWS, st.integers(-1, 10))
def test_moments_end_where_the_later_ones_begin(
    rows: list[tuple[int, int, int]], moment: int
) -> None:
    rows = sorted(rows)
    place = np.array([row[0] for row in rows], np.int64)
    at = np.array([row[1] for row in rows], np.float64)
    moments = moments_of(place, at, places=PLACES)
    counts = [int(((place == number) & (at <= moment)).sum()) for number in range(PLACES)]
    assert (moments.until(moment) - moments.start[:-1]).tolist() == counts
