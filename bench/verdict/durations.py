"""Verdicts on remediation times of steady and of changing companies, by the product itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from bench.verdict import naive
from bench.verdict.engine import WEEK_DAYS, Scanner, deliver, instant, target_of
from bench.verdict.processes import (
    BATCHES,
    REFERENCE,
    UNSEEN,
    Change,
    Company,
    Process,
    company,
)
from protem.ledger.facts import Facts
from protem.measure.metric import METRICS, Verdict

MONTH_DAYS = 30
YEAR_DAYS = 365
SETTLED_DAYS = 560.0
"""Changes come after a year and a half of history."""
CHANGED_DAYS = 190
SLOWER, FASTER = 2.0, 0.5
FEW = (1, 3)
"""Instances a fix in the laws beside the reference: the cluster is the unit either way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How much to simulate.

    Attributes:
        companies: So many stay steady for ``years``, slow down and speed up, of each law.
        laws: How many laws beside the reference.
        naive: How many steady companies of the reference the naive rules are tried on.
    """

    companies: int
    laws: int
    years: int
    naive: int
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One simulated company and what it is there for."""

    process: Process
    kind: str
    """``steady``, ``slower`` or ``faster``."""
    company: Company
    days: int


@dataclass(kw_only=True, slots=True)
class Counts:
    """What one law's companies were told; months and years are counted apart."""

    years: int = 0
    wrong_years: int = 0
    looks: int = 0
    undecided: int = 0
    slower: int = 0
    slower_caught: int = 0
    faster: int = 0
    faster_caught: int = 0
    delays: list[int] = field(default_factory=list)
    naive_looks: int = 0
    arrow_moved: int = 0
    closed_only_moved: int = 0
    kendall_moved: int = 0


def cases(scale: Scale) -> list[Case]:
    """The companies of a run; every one has its own random numbers."""
    made = []
    for law, process in enumerate((REFERENCE, *UNSEEN[: scale.laws])):
        batches = FEW if law else BATCHES
        plan = (
            ("steady", scale.years * YEAR_DAYS, None),
            ("slower", SETTLED_DAYS + CHANGED_DAYS, Change(day=SETTLED_DAYS, factor=SLOWER)),
            ("faster", SETTLED_DAYS + CHANGED_DAYS, Change(day=SETTLED_DAYS, factor=FASTER)),
        )
        for kind_number, (kind, days, change) in enumerate(plan):
            for number in range(scale.companies):
                random = np.random.default_rng([scale.seed, law, kind_number, number])
                one = company(random, process, days=days, change=change, batches=batches)
                made.append(Case(process=process, kind=kind, company=one, days=int(days)))
    return made


def simulate(made: Sequence[Case]) -> None:
    """A scan of every company a week, into the ledger."""
    from protem.ledger import services as ledger

    scanner = Scanner([case.company for case in made], until=[case.days for case in made])
    for day in range(0, max(case.days for case in made) + 1, WEEK_DAYS):
        deliver({f"trivy of day {day}": scanner.scan(day)})
    ledger.resolve_assets()


def slices(facts: Facts, size: int) -> Iterator[Facts]:
    """The facts of each company, in order."""
    ids = dict(zip(facts.assets["name"], facts.assets["asset_id"], strict=True))
    for number in range(size):
        name = target_of(number).partition(":")[2]
        yield facts.only([ids[name]] if name in ids else [])


def verdicts(facts: Facts, days: Sequence[float]) -> list[Verdict]:
    """The metric's own verdict as of each day."""
    metric = METRICS.get("mttr-critical")
    return [metric.compute(facts, instant(day)).verdict for day in days]


def count(made: Sequence[Case], facts: Facts, *, naive_companies: int = 0) -> dict[str, Counts]:
    """What each law's companies were told, by the law's name.

    The first ``naive_companies``, which are steady, are also told what naive rules say.
    """
    told = {case.process.name: Counts() for case in made}
    for number, (case, own) in enumerate(zip(made, slices(facts, len(made)), strict=True)):
        counts = told[case.process.name]
        if case.kind == "steady":
            _count_steady(counts, own, case)
            if number < naive_companies:
                _count_naive(counts, own, case)
        else:
            _count_change(counts, own, case)
    return told


def looks_of_year(year: int) -> list[float]:
    """Twelve monthly looks at a year, the first being year 0."""
    return [year * YEAR_DAYS + MONTH_DAYS * month + 1.0 for month in range(1, 13)]


def _count_steady(counts: Counts, facts: Facts, case: Case) -> None:
    for year in range(1, case.days // YEAR_DAYS):
        seen = verdicts(facts, looks_of_year(year))
        counts.years += 1
        counts.looks += len(seen)
        counts.wrong_years += any(v in naive.MOVED for v in seen)
        counts.undecided += sum(v not in naive.MOVED and v is not Verdict.STEADY for v in seen)


def _count_naive(counts: Counts, facts: Facts, case: Case) -> None:
    """What the naive rules say at the looks of the last year."""
    looks = looks_of_year(case.days // YEAR_DAYS - 1)
    seen = naive.readings(facts, [looks[0] - MONTH_DAYS, *looks])
    for before, now in pairwise(seen):
        counts.naive_looks += 1
        counts.arrow_moved += naive.arrow(before.value, now.value) in naive.MOVED
        closed = (naive.closed_only(before), naive.closed_only(now))
        counts.closed_only_moved += naive.arrow(*closed) in naive.MOVED
    weeks = naive.weekly_run(facts, looks)
    counts.kendall_moved += sum(naive.mann_kendall(run) in naive.MOVED for run in weeks)


def _count_change(counts: Counts, facts: Facts, case: Case) -> None:
    looks = [SETTLED_DAYS + MONTH_DAYS * month + 1.0 for month in range(1, 7)]
    wanted = Verdict.DEGRADING if case.kind == "slower" else Verdict.IMPROVING
    seen = verdicts(facts, looks)
    caught = wanted in seen
    if caught:
        counts.delays.append(seen.index(wanted) + 1)
    if case.kind == "slower":
        counts.slower += 1
        counts.slower_caught += caught
    else:
        counts.faster += 1
        counts.faster_caught += caught
