"""Resolving machines: pairwise precision and recall on fleets of known truth, and the time.

    python -m bench.resolve [records] [seeds]

Beside it, in the same run, what joining by hostname or by serial number alone would give.
Prints a table and writes the figures as JSON to the path in BENCH_JSON when that is set.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from bench.fleets import generate
from protem.stats.identity import Identity
from protem.stats.resolve import resolve

RECORDS = 50_000
SEEDS = 5
LEAST_PRECISION = 0.995
LEAST_RECALL = 0.98
MOST_SECONDS = 10.0

Groups = Iterable[Sequence[int]]


def main() -> None:
    """Measure on several fleets; the exit code is 1 when a goal is missed."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else SEEDS
    rows = [row for seed in range(1, seeds + 1) for row in measure(records, seed)]
    _print(rows)
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(rows, indent=2))
    ours = [row for row in rows if row["rule"] == "protem"]
    sys.exit(int(not all(map(_is_good, ours))))


def measure(records: int, seed: int) -> list[dict[str, Any]]:
    """One row for each way to resolve one fleet."""
    fleet = generate(records, seed=seed)
    ways: dict[str, Callable[[Sequence[Identity]], Groups]] = {
        "protem": lambda found: resolve(found).groups,
        "hostname only": lambda found: by_value(found, lambda r: (r.hostname or "").lower()),
        "serial only": lambda found: by_value(found, lambda r: r.serial or ""),
    }
    rows = []
    for name, way in ways.items():
        begun = process_time()
        groups = list(way(fleet.records))
        seconds = process_time() - begun
        precision, recall = pairwise(groups, fleet.truth)
        rows.append(
            {
                "seed": seed,
                "rule": name,
                "records": len(fleet.records),
                "machines": len(set(fleet.truth.values())),
                "found": len(groups),
                "precision": precision,
                "recall": recall,
                "cpu_s": seconds,
            }
        )
    return rows


def by_value(records: Sequence[Identity], value: Callable[[Identity], str]) -> Groups:
    """The naive way: everything with one value is one machine, the rest stands alone."""
    groups: dict[Hashable, list[int]] = {}
    for record in records:
        groups.setdefault(value(record) or record.key, []).append(record.key)
    return groups.values()


def pairwise(groups: Groups, truth: dict[int, int]) -> tuple[float, float]:
    """Of the pairs put together, how many belong together; of those, how many were found."""
    together = found = 0
    for group in groups:
        together += _pairs(len(group))
        found += sum(map(_pairs, Counter(truth[key] for key in group).values()))
    belonging = sum(map(_pairs, Counter(truth.values()).values()))
    return found / max(together, 1), found / max(belonging, 1)


def _pairs(size: int) -> int:
    return size * (size - 1) // 2


def _is_good(row: dict[str, Any]) -> bool:
    return bool(
        row["precision"] >= LEAST_PRECISION
        and row["recall"] >= LEAST_RECALL
        and row["cpu_s"] <= MOST_SECONDS
    )


def _print(rows: Sequence[dict[str, Any]]) -> None:
    say = sys.stdout.write
    first = rows[0]
    say(
        f"About {first['records']:,} records of {first['machines']:,} machines a fleet; goals: "
    )
    say(f"precision ≥ {LEAST_PRECISION}, recall ≥ {LEAST_RECALL}, ≤ {MOST_SECONDS:.0f} s\n\n")
    say(
        f"{'seed':>4}  {'rule':15}{'precision':>10}{'recall':>10}{'machines':>10}{'CPU s':>8}\n"
    )
    for row in rows:
        say(
            f"{row['seed']:>4}  {row['rule']:15}{row['precision']:>10.5f}{row['recall']:>10.5f}"
            f"{row['found']:>10,}{row['cpu_s']:>8.2f}\n"
        )


if __name__ == "__main__":
    main()
