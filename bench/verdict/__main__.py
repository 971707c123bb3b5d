"""How often verdicts are wrong, and how often a real change is caught, by the product itself.

    python -m bench.verdict [--quick] [--companies N] [--seed N]

Simulated companies are imported, reconciled and measured like any other, in a database of
their own. Prints tables with 95 % intervals (Wilson, 1927) and what naive rules say of the
same companies; writes the figures as JSON to the path in BENCH_JSON when that is set.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

QUICK = {"companies": 1, "laws": 0, "years": 2, "fleets": {100: 1}, "traps": 1, "naive": 1}
FULL = {
    "companies": 40, "laws": 6, "years": 3, "fleets": {300: 40, 3000: 4}, "traps": 10,
    "naive": 10,
}  # fmt: skip
MOST_WRONG, LEAST_CAUGHT = 0.10, 0.75


def main() -> None:
    """Measure in a database of its own, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke test, of no weight")
    parser.add_argument("--companies", type=int, help="companies of each kind and law")
    parser.add_argument(
        "--fleets", type=int, help="steady fleets of 300, and as many that drop"
    )
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    size = dict(QUICK if given.quick else FULL)
    if given.companies:
        size["companies"] = given.companies
    if given.fleets:
        size["fleets"] = {300: given.fleets, 3000: max(given.fleets // 10, 1)}
    with tempfile.TemporaryDirectory(prefix="protem-bench-") as home:
        _boot(home)
        figures = measure(size, seed=given.seed)
    show(figures)
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(figures, indent=2))


def _boot(home: str) -> None:
    os.environ["PROTEM_HOME"] = home
    os.environ.pop("DATABASE_URL", None)
    from protem.cli import boot

    boot.boot()
    boot.bring_forward()


def measure(size: dict[str, Any], *, seed: int) -> dict[str, Any]:
    """All figures; the ledger must be empty, and is empty again afterwards."""
    from bench.verdict import coverage, durations, engine, traps
    from protem.measure.queries import facts

    begun = time.process_time()
    scale = durations.Scale(
        companies=size["companies"], laws=size["laws"], years=size["years"],
        naive=size["naive"], seed=seed,
    )  # fmt: skip
    made = durations.cases(scale)
    _tell(f"{len(made)} companies, {engine.WEEK_DAYS}-day scans")
    durations.simulate(made)
    _tell("counting verdicts")
    laws = durations.count(made, facts(), naive_companies=scale.naive)
    engine.forget_everything()
    _tell("traps")
    trapped = traps.run(size["traps"], seed=seed, load=facts)
    engine.forget_everything()
    _tell("fleets")
    fleets = coverage.fleets(size["fleets"], seed=seed)
    coverage.simulate(fleets)
    covered = coverage.count(fleets, facts())
    engine.forget_everything()
    return {
        "size": size,
        "seed": seed,
        "durations": {name: asdict(counts) for name, counts in laws.items()},
        "traps": {name: asdict(counts) for name, counts in trapped.items()},
        "coverage": {str(number): asdict(counts) for number, counts in covered.items()},
        "cpu_s": round(time.process_time() - begun, 1),
    }


def show(figures: dict[str, Any]) -> None:
    """The tables."""
    laws: dict[str, dict[str, Any]] = figures["durations"]
    whole = {
        key: sum(counts[key] for counts in laws.values())
        for key in next(iter(laws.values()))
        if key != "delays"
    }
    whole["delays"] = [delay for counts in laws.values() for delay in counts["delays"]]
    _out("Remediation times: share of steady years with any wrong verdict in 12 monthly looks")
    _out(f"(at most {MOST_WRONG:.0%}), of twofold changes caught in 6 months (at least ")
    _out(f"{LEAST_CAUGHT:.0%}), months until then, and looks without a verdict\n")
    heads = f"{'steady':>20} {'slower':>20} {'faster':>20} {'mo.':>4} {'none':>5}"
    _out(f"{'law of times':36} {heads}")
    for name, counts in [*laws.items(), ("all together", whole)]:
        _out(
            f"{name:36} {_share(counts['wrong_years'], counts['years']):>20}"
            f" {_share(counts['slower_caught'], counts['slower']):>20}"
            f" {_share(counts['faster_caught'], counts['faster']):>20}"
            f" {_middle(counts['delays']):>4}"
            f" {_percent(counts['undecided'], counts['looks']):>5}"
        )
    _out("\nNaive rules on steady companies of the first law")
    for rule, label in (
        ("arrow", "months in which a ±5 % arrow calls a change"),
        ("closed_only", "the same on the mean of closed ones only"),
        ("kendall", "months in which Mann-Kendall on 26 rolling readings does"),
    ):
        _out(f"  {label:58} {_share(whole[f'{rule}_moved'], whole['naive_looks']):>20}")
    _out("\nTraps: looks at which the right thing is said")
    _out(f"  {'history':26} {'verdict':>20} {'±5 % arrow':>20} {'closed-only arrow':>20}")
    for name, counts in figures["traps"].items():
        _out(
            f"  {name:26} {_share(counts['right'], counts['looks']):>20}"
            f" {_share(counts['arrow_right'], counts['looks']):>20}"
            f" {_share(counts['closed_only_right'], counts['looks']):>20}"
        )
    _out("\nEDR coverage: steady years with a wrong verdict, drops of 3 points caught in 6")
    _out("months, and steady years in which an arrow at one point a month calls a change")
    _out(f"  {'machines':10} {'steady':>20} {'drop':>20} {'naive':>20}")
    for machines, counts in figures["coverage"].items():
        _out(
            f"  {machines:10} {_share(counts['wrong_years'], counts['years']):>20}"
            f" {_share(counts['caught'], counts['drops']):>20}"
            f" {_share(counts['naive_years'], counts['years']):>20}"
        )
    _out(f"\n{figures['cpu_s']} s of CPU, seed {figures['seed']}")


def _share(part: int, whole: int) -> str:
    from protem.stats.proportions import wilson

    if not whole:
        return "-"
    low, high = wilson(part, whole)
    return f"{part / whole:.0%} ({low:.0%}-{high:.0%}, {whole})"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _middle(values: list[int]) -> str:
    return str(sorted(values)[len(values) // 2]) if values else "-"


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")


def _tell(step: str) -> None:
    sys.stderr.write(step + "\n")


if __name__ == "__main__":
    main()
