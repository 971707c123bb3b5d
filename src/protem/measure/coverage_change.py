"""Whether coverage of the same assets changed, and whether the exports allow to say so."""

from collections.abc import Sequence

import numpy as np

from protem.ledger.definition import Definition
from protem.measure import breakdown
from protem.measure.coverage import Cover, Coverage
from protem.measure.days import Bools, Ints, date_of
from protem.measure.machines import Machines
from protem.measure.metric import Breakdown, Verdict
from protem.measure.scan_history import ScanHistory
from protem.measure.sources_state import EXPORT_STALE_DAYS, MATERIAL_SHARE, patience
from protem.measure.verdicts import Judgement
from protem.measure.wording import count, day, number, percent
from protem.stats.proportions import mcnemar_exact

MOST_APART_DAYS = 3.0
"""Exports further apart than this are not of one fleet."""
LEAST_UNITS = 20
LONG_GONE_DAYS = 30.0


def coverage_scopes(fleet: Machines, history: ScanHistory) -> tuple[Bools, Bools]:
    """Which scopes are inventories and which agent lists; shape (scopes,) each."""
    inventories, agents = (np.zeros(history.ids.size, np.bool_) for _ in range(2))
    inventories[fleet.inventory.scope] = True
    agents[fleet.agents.scope] = True
    return inventories, agents


def export_problems(
    history: ScanHistory, scopes: tuple[Bools, Bools], moment: float
) -> list[str]:
    """Exports that are truncated, too old, or too far apart from the newest to be compared."""
    wanted = scopes[0] | scopes[1]
    newest, usual = history.newest(moment)
    partial = history.newest_partial(moment)
    seen = np.flatnonzero(wanted & (np.isfinite(newest) | np.isfinite(partial)))
    if not seen.size:
        return []
    reference = float(newest[wanted].max())
    problems = []
    for scope in seen.tolist():
        tool, at = history.tools[history.tool[scope]], float(newest[scope])
        if partial[scope] > at:
            on = day(date_of(float(partial[scope])))
            problems.append(f"the export of {tool} of {on} is truncated or partial")
        elif LONG_GONE_DAYS >= reference - at > MOST_APART_DAYS:
            problems.append(
                f"the export of {tool} is of {day(date_of(at))}, "
                f"{number(reference - at)} days before the newest"
            )
        elif reference - at <= MOST_APART_DAYS and moment - at > max(
            LONG_GONE_DAYS, float(patience(usual[scope : scope + 1], EXPORT_STALE_DAYS)[0])
        ):
            problems.append(f"{tool} has not reported since {day(date_of(at))}")
    return problems


def judge_coverage(
    now: Coverage,
    was: Coverage,
    *,
    problems: list[str],
    since: float,
    definition: Definition,
) -> Judgement:
    """The verdict against the coverage of ``since``, on the assets in scope both times.

    Two points or more, and p < 0.05 in the exact test of McNemar on the assets that flipped,
    unless the definition says otherwise.
    """
    on = day(date_of(since))
    if problems:
        return Judgement(
            verdict=Verdict.NOT_COMPARABLE,
            sentence=f"Not comparable with {definition.look_back_weeks} weeks ago: "
            f"{'; '.join(problems)}.",
        )
    shared = int(compared(now, was).sum())
    if not was.has_agents or not was.has_inventory or shared < LEAST_UNITS:
        return Judgement(
            verdict=Verdict.INSUFFICIENT,
            sentence=f"Not enough data: {count(shared, 'asset')} stood in the exports "
            f"both now and on {on}; a verdict needs {LEAST_UNITS}.",
        )
    both = now.in_scope() & was.in_scope()
    turnover = 1 - int(both.sum()) / int((now.in_scope() | was.in_scope()).sum())
    if turnover > MATERIAL_SHARE:
        return Judgement(
            verdict=Verdict.NOT_COMPARABLE,
            sentence=f"Not comparable: {percent(turnover)} of the assets in scope are other "
            f"ones than on {on}.",
        )
    return _tell((now, was), shared, on=on, definition=definition)


def compared(now: Coverage, was: Coverage) -> Bools:
    """Which units were in scope both times and of which an inventory has heard lately.

    A machine that retires goes silent before it leaves, and none of those that come instead
    was in scope before: counted, every steady fleet would seem to lose cover.
    """
    return now.in_scope() & was.in_scope() & now.recent


def flips(now: Coverage, was: Coverage) -> tuple[Ints, Ints]:
    """The units that lost and that gained health, of those compared."""
    shared = compared(now, was)
    healthy_now, healthy_was = (one.cover == Cover.HEALTHY for one in (now, was))
    lost = np.flatnonzero(shared & healthy_was & ~healthy_now)
    gained = np.flatnonzero(shared & healthy_now & ~healthy_was)
    return lost, gained


def _tell(
    states: tuple[Coverage, Coverage],
    shared: int,
    *,
    on: str,
    definition: Definition,
) -> Judgement:
    lost, gained = flips(*states)
    points = 100 * (gained.size - lost.size) / shared
    p_value = mcnemar_exact(lost.size, gained.size)
    margin = 196 * np.sqrt(max(lost.size + gained.size, 1)) / shared
    told = (
        f"of {count(shared, 'asset')} in scope both now and on {on}, {gained.size:,} "
        f"became healthy and {lost.size:,} no longer are: {number(points)} points "
        f"(95 % interval {number(points - margin)} "
        f"to {number(points + margin)}; p = {p_value:.2g})."
    )
    if abs(points) < definition.material_points or p_value >= definition.coverage_significance:
        return Judgement(
            verdict=Verdict.STEADY, sentence=f"No change that can be told from chance: {told}"
        )
    return Judgement(
        verdict=Verdict.IMPROVING if points > 0 else Verdict.DEGRADING,
        sentence=told[:1].upper() + told[1:],
    )


def coverage_breakdown(
    by: tuple[str, str], was: Coverage, now: Coverage, *, labels: Sequence[str]
) -> Breakdown | None:
    """Why the healthy share of all in scope moved; ``labels`` are of the machines by place."""
    states = (was, now)
    placed = [np.flatnonzero(state.in_scope()) for state in states]
    names, groups = breakdown.numbered(
        *(
            [labels[place] for place in state.asset[units].tolist()]
            for state, units in zip(states, placed, strict=True)
        )
    )
    counts = []
    for state, units, group in zip(states, placed, groups, strict=True):
        healthy = state.cover[units] == Cover.HEALTHY
        counts.append(
            (
                np.bincount(group[healthy], minlength=len(names)),
                np.bincount(group, minlength=len(names)),
            )
        )
    return breakdown.of_share(by, *counts, names=names, counted="assets in scope")
