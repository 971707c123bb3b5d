"""Histories that fool a rule, told by the product's engine: what must not be said of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from bench.verdict import naive
from bench.verdict.durations import FEW, MONTH_DAYS, slices
from bench.verdict.engine import WEEK_DAYS, deliver, instances, instant, target_of
from bench.verdict.processes import NEVER_DAYS, REFERENCE, Company, company
from protem.formats.records import Finding, Record, Scan
from protem.ledger.facts import Facts
from protem.measure.metric import Verdict

EVENT_DAY = 560
"""After a year and a half, so that the longest comparisons are in reach."""
LOOKS = 3
OLD_DAYS = 120.0
BACKLOG = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Trap:
    """One history.

    Attributes:
        is_right: What may be said of it after the event.
        bend: What becomes of the company's clusters, given the day of the event.
        reports: The scans as (tool, settings), by the days since the event.
    """

    name: str
    expected: str
    is_right: Callable[[Verdict], bool]
    bend: Callable[[Company, float], Company] = field(default=lambda one, _event: one)
    reports: Callable[[float], list[tuple[str, str]]] = field(
        default=lambda _since: [("trivy", "")]
    )


def _clean_out(one: Company, event: float) -> Company:
    """Forty old ones, ignored for years, are closed within two months after the event."""
    random = np.random.default_rng(one.start.size)
    start = random.random(BACKLOG) * event / 2
    end = event + random.random(BACKLOG) * 60
    return Company(
        start=np.append(one.start, start),
        end=np.append(one.end, end),
        batch=np.append(one.batch, np.ones(BACKLOG, dtype=np.int64)),
    )


def _ignore_old(one: Company, event: float) -> Company:
    """After the event whatever has been open for four months stays open for good."""
    is_ignored = (one.end > event) & (one.end - one.start > OLD_DAYS)
    return Company(
        start=one.start, end=np.where(is_ignored, NEVER_DAYS, one.end), batch=one.batch
    )


def _stop(since: float) -> list[tuple[str, str]]:
    return [("trivy", "")] if since <= 0 else []


def _seldom(since: float) -> list[tuple[str, str]]:
    return [("trivy", "")] if since <= 0 or round(since / WEEK_DAYS) % 4 == 0 else []


def _second(since: float) -> list[tuple[str, str]]:
    return [("trivy", ""), *([("grype", "")] if since > 0 else [])]


def _resettle(since: float) -> list[tuple[str, str]]:
    return [("trivy", "ignore-unfixed=true" if since > 0 else "")]


def _is_not_compared(verdict: Verdict) -> bool:
    return verdict is Verdict.NOT_COMPARABLE


TRAPS = (
    Trap(
        name="old backlog cleaned out", expected="not degrading", bend=_clean_out,
        is_right=lambda verdict: verdict is not Verdict.DEGRADING,
    ),
    Trap(
        name="old findings ignored", expected="not improving", bend=_ignore_old,
        is_right=lambda verdict: verdict is not Verdict.IMPROVING,
    ),
    Trap(
        name="scanner stopped", expected="not comparable", reports=_stop,
        is_right=_is_not_compared,
    ),
    Trap(
        name="cadence changed", expected="not comparable", reports=_seldom,
        is_right=_is_not_compared,
    ),
    Trap(
        name="source added", expected="not comparable", reports=_second,
        is_right=_is_not_compared,
    ),
    Trap(
        name="settings changed", expected="not comparable", reports=_resettle,
        is_right=_is_not_compared,
    ),
)  # fmt: skip


@dataclass(kw_only=True, slots=True)
class Counts:
    """Looks at one trap: how many were right, and how many of each naive rule were."""

    looks: int = 0
    right: int = 0
    arrow_right: int = 0
    closed_only_right: int = 0


def run(
    each: int, *, seed: int, load: Callable[[], Facts], event: float = EVENT_DAY
) -> dict[str, Counts]:
    """Every trap with so many companies, in one ledger; counts by the trap's name."""
    from protem.ledger import services as ledger

    days = event + LOOKS * MONTH_DAYS + 1
    made = [
        (trap, trap.bend(company(
            np.random.default_rng([seed, number]), REFERENCE, days=days, batches=FEW,
        ), event))
        for trap in TRAPS for number in range(each)
    ]  # fmt: skip
    for day in range(0, int(days) + 1, WEEK_DAYS):
        deliver({f"scans of day {day}": _scans(made, day, event)})
    ledger.resolve_assets()
    told = {trap.name: Counts() for trap in TRAPS}
    for (trap, _company), facts in zip(made, slices(load(), len(made)), strict=True):
        _count(told[trap.name], trap, facts, event)
    return told


def _scans(made: Sequence[tuple[Trap, Company]], day: float, event: float) -> Iterator[Record]:
    for number, (trap, one) in enumerate(made):
        for tool, settings in trap.reports(day - event):
            yield Scan(
                tool=tool, target=target_of(number), as_of=instant(day), settings=settings
            )
            if tool == "trivy":
                yield from _open(one, number, day)


def _open(one: Company, number: int, day: float) -> Iterator[Finding]:
    for cluster in np.flatnonzero((one.start <= day) & (one.end > day)).tolist():
        yield from instances(number, cluster, int(one.batch[cluster]))


def _count(counts: Counts, trap: Trap, facts: Facts, event: float) -> None:
    days = [event + MONTH_DAYS * month + 1.0 for month in range(LOOKS + 1)]
    seen = naive.readings(facts, days)
    for before, now in pairwise(seen):
        counts.looks += 1
        counts.right += trap.is_right(now.verdict)
        counts.arrow_right += trap.is_right(naive.arrow(before.value, now.value))
        counts.closed_only_right += trap.is_right(
            naive.arrow(naive.closed_only(before), naive.closed_only(now))
        )
