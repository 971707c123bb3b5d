"""What a million findings' episodes cost: measuring, pages, imports, and how it grows.

    python -m bench.scale

Prints one table with the goals, and writes the figures as JSON to BENCH_JSON when that is set.
BENCH_SIZES are the ledgers to measure on SQLite, in episodes; pages and PostgreSQL take the one
of a million, or the largest below it. Each step is a process of its own.
"""

import json
import math
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench import import_findings
from bench.databases import Instance, instance, machine, names

MILLION = 1_000_000
SIZES = [
    int(size) for size in os.environ.get("BENCH_SIZES", "100000,300000,1000000").split(",")
]
FINDINGS = int(os.environ.get("BENCH_FINDINGS", "300000"))
Figures = dict[str, Any]


def main() -> None:
    """Measure all there is, then print it."""
    at_most = max([size for size in SIZES if size <= MILLION], default=min(SIZES))
    figures: Figures = {"machine": machine(), "episodes": at_most, "findings": FINDINGS}
    measured: dict[int, float] = {}
    for name in names():
        for size in sorted(SIZES) if name == "sqlite" else [at_most]:
            with instance(name) as made:
                found = _of_ledger(made, size, with_pages=size == at_most)
            if name == "sqlite":
                measured[size] = found["full"]["cpu_s"]
            if size == at_most:
                figures[name] = found
        _tell(f"{name}: importing {FINDINGS:,} findings")
        figures[name]["import"] = import_findings.measured(name, FINDINGS)
    figures["growth"] = {"cpu_s": measured, "exponent": exponent(measured)}
    _print(figures)
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(figures, indent=2))


def exponent(seconds: dict[int, float]) -> float | None:
    """The slope of seconds over size, both as logarithms; None for one size."""
    points = [(math.log(size), math.log(each)) for size, each in seconds.items()]
    if len(points) == 1:
        return None
    x, y = (sum(each) / len(points) for each in zip(*points, strict=True))
    over = sum((one - x) ** 2 for one, _ in points)
    slope: float = sum((one - x) * (each - y) for one, each in points) / over
    return slope


def _of_ledger(made: Instance, size: int, *, with_pages: bool) -> Figures:
    _tell(f"{made.name}: writing {size:,} episodes")
    found: Figures = {"build": made.run("bench.scale", "build", str(size))}
    _tell(f"{made.name}: measuring {size:,} episodes")
    found["full"] = made.run("bench.scale", "full")
    if with_pages:
        found["daily"] = made.run("bench.scale", "daily")
        _tell(f"{made.name}: reading pages")
        found["pages"] = made.run("bench.scale", "pages")
    return found


def _tell(step: str) -> None:
    sys.stderr.write(f"{step}…\n")


def _child(step: str, *arguments: str) -> None:
    from protem.cli import boot

    boot.boot()
    steps: dict[str, Callable[..., Figures]] = {
        "build": _build, "full": _full, "daily": _daily, "pages": _pages,
    }  # fmt: skip
    sys.stdout.write(json.dumps(steps[step](*arguments)) + "\n")


def _build(size: str) -> Figures:
    """A ledger of so many episodes, read and packed as after an import."""
    from bench import big_ledger
    from protem.cli import boot
    from protem.ledger.packed.services import pack_rows

    boot.bring_forward()
    begun = perf_counter()
    big_ledger.write(int(size))
    pack_rows()
    return {"seconds": perf_counter() - begun}


def _full() -> Figures:
    """Every weekly snapshot of every metric, anew."""
    from protem.ledger import queries

    first, newest = queries.first_moment(), queries.newest_moment()
    return _measured(first, newest)


def _daily() -> Figures:
    """The newest week, as after a day's import."""
    from protem.ledger import queries

    newest = queries.newest_moment()
    return _measured(newest, newest)


def _measured(first: Any, newest: Any) -> Figures:
    from protem.measure import queries, services

    wall, cpu = perf_counter(), process_time()
    count = services.refresh_snapshots(
        queries.facts, first_week=first.date(), last_as_of=newest
    )
    return {
        "snapshots": count,
        "wall_s": perf_counter() - wall,
        "cpu_s": process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _pages() -> Figures:
    """Every page, with the numbers of all groups and what to fix first in place."""
    from functools import cache

    from bench import pages
    from protem.handoff import queries as handoff_facts
    from protem.handoff import services as handoff
    from protem.kit import clock
    from protem.ledger import queries
    from protem.measure import queries as measured
    from protem.measure.cuts.services import refresh_cuts
    from protem.measure.worklist.services import keep_fix_first
    from protem.people.services import ensure_owner

    first, newest, load = queries.first_moment(), queries.newest_moment(), cache(measured.facts)
    if first is None or newest is None:
        raise SystemExit("the ledger is empty")
    keep_fix_first(load(), as_of=newest)
    handoff.refresh_signals(
        handoff_facts.handoff_facts(), first_week=first.date(), last_as_of=newest
    )
    refresh_cuts(load)
    ensure_owner(email="owner@bench.example", name="Owner", at=clock.now())
    return pages.measured()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table: a figure by the step it is of, and what it should be."""

    label: str
    of: str
    figure: str
    goal: str = ""
    shape: str = "{:.1f}"


ROWS = [
    Row(label="104 weeks of all metrics anew, s", of="full", figure="wall_s", goal="≤ 8"),
    Row(label="  of it CPU, s", of="full", figure="cpu_s"),
    Row(label="  peak memory, MiB", of="full", figure="peak_mb", goal="≤ 1,536",
        shape="{:,.0f}"),
    Row(label="newest week after a day's import, s", of="daily", figure="wall_s", goal="≤ 1.5"),
    Row(label="  of it CPU, s", of="daily", figure="cpu_s"),
    Row(label="slowest page, p95, ms", of="pages", figure="worst_ms", goal="≤ 100",
        shape="{:.0f}"),
    Row(label="  all pages together, p95, ms", of="pages", figure="all_p95_ms", shape="{:.0f}"),
    Row(label="  all pages together, median, ms", of="pages", figure="median_ms",
        shape="{:.0f}"),
    Row(label="  CPU of the server a page, ms", of="pages", figure="cpu_ms", shape="{:.0f}"),
    Row(label="floor: parse and bare inserts, s", of="import", figure="floor_s"),
    Row(label="import, in floors", of="import", figure="ratio_to_floor", goal="≤ 2",
        shape="{:.2f}"),
    Row(label="  the same of the process's CPU", of="import", figure="cpu_ratio_to_floor",
        shape="{:.2f}"),
    Row(label="  findings a second", of="import", figure="findings_per_s", shape="{:,.0f}"),
    Row(label="re-import with 2 % change, in imports", of="import", figure="reimport_ratio",
        goal="≤ 0.5", shape="{:.2f}"),
    Row(label="  the same of the process's CPU", of="import", figure="reimport_cpu_ratio",
        shape="{:.2f}"),
    Row(label="  peak memory, MiB", of="import", figure="peak_mb", shape="{:,.0f}"),
]  # fmt: skip


def _print(figures: Figures) -> None:
    say, of = sys.stdout.write, figures["machine"]
    say(
        f"{figures['episodes']:,} episodes, two years; imports of {figures['findings']:,} "
        f"findings. {of['processor']}, {of['cores']} cores, Python {of['python']}, "
        f"{of['date']}, load {of['load_before']} before it began.\n\n"
    )
    columns = [name for name in ("sqlite", "postgresql") if name in figures]
    say(f"{'':48}{'goal':>10}" + "".join(f"{name:>12}" for name in columns) + "\n")
    for row in ROWS:
        found = (figures[name][row.of][row.figure] for name in columns)
        cells = (f"{row.shape.format(each):>12}" for each in found)
        say(f"{row.label:48}{row.goal:>10}" + "".join(cells) + "\n")
    growth = figures["growth"]
    if growth["exponent"] is not None:
        sizes = ", ".join(f"{size:,}: {each:.1f} s" for size, each in growth["cpu_s"].items())
        say(f"{'growth of measuring, exponent':48}{'≤ 1':>10}{growth['exponent']:>12.2f}\n")
        say(f"  CPU by episodes: {sizes}\n")
    for name in columns:
        shown = sorted(figures[name]["pages"]["p95_ms"].items(), key=lambda pair: -pair[1])[:8]
        say(f"\nslowest pages on {name}, 95th percentile in ms, {_readers(figures[name])}:\n")
        for path, each in shown:
            say(f"  {each:6.0f}  {path}\n")


def _readers(found: Figures) -> str:
    pages = found["pages"]
    return (
        f"{pages['readers']} readers with {pages['pause_s']:g} s between pages, "
        f"{pages['requests']:,} pages read"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(*sys.argv[2:])
    else:
        main()
