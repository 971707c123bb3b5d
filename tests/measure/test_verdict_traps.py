"""Histories that fool a rule, brought in and measured like any other; and the bench itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.verdict import coverage, traps

from protem.measure import queries

ROOT = Path(__file__).parents[2]


@pytest.mark.django_db
def test_no_trap_is_fallen_into() -> None:
    """In the order of ``traps.TRAPS``; three monthly looks after the event."""
    counts = traps.run(1, seed=7, load=queries.facts, event=280)
    assert list(counts) == [trap.name for trap in traps.TRAPS]
    for name, one in counts.items():
        assert (name, one.right) == (name, traps.LOOKS)
    assert counts["scanner stopped"].arrow_right == 0


@pytest.mark.django_db
def test_machines_that_are_replaced_are_no_loss_of_cover() -> None:
    """A steady fleet, of which as many machines go and come as stay the same, is steady."""
    fleets = [coverage.Fleet(number=0, size=120, has_drop=False, seed=1)]
    coverage.simulate(fleets, steady_days=390)
    told = coverage.count(fleets, queries.facts(), months=6)
    assert told[120].wrong_years == 0


@pytest.mark.pure
def test_the_bench_prints_and_writes_its_figures(tmp_path: Path) -> None:
    """It makes a database of its own, whatever the tests run on."""
    out = tmp_path / "figures.json"
    of_tests = ("DJANGO_SETTINGS_MODULE", "PROTEM_TEST_DATABASE_URL")
    own = {name: value for name, value in os.environ.items() if name not in of_tests}
    done = subprocess.run(
        [sys.executable, "-m", "bench.verdict", "--quick"],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**own, "BENCH_JSON": str(out)},
    )  # fmt: skip
    figures = json.loads(out.read_text())
    assert set(figures) >= {"durations", "traps", "coverage", "seed"}
    assert sum(law["years"] for law in figures["durations"].values()) == 1
    assert "all together" in done.stdout
