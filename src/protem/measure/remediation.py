"""What is open past its deadline and for how long, one row a vulnerability and owner group."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from protem.ledger.definition import Definition
from protem.measure.critical import CriticalEpisodes, Spells, allowed_at, is_exploited_at
from protem.measure.days import Bools, Floats, Ints, date_of
from protem.measure.wording import count, days, number


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OpenClusters:
    """Clusters with an instance still open, the most overdue first; shape (clusters,).

    ``rows`` is the place of the instance that is the most overdue, ``age`` its days since the
    finding's first detection, ``overdue`` the days past its deadline (negative: left).
    """

    rows: Ints
    age: Floats
    overdue: Floats
    instances: Ints
    is_exploited: Bools


def open_clusters(episodes: CriticalEpisodes, spells: Spells, moment: float) -> OpenClusters:
    """Deadlines count from the first detection, so a reopened finding keeps its first date."""
    rows = np.flatnonzero(spells.is_open)
    age = moment - episodes.first_start[rows]
    overdue = age - allowed_at(episodes, moment)[rows]
    is_exploited = is_exploited_at(episodes, moment)
    order = np.lexsort((-overdue, episodes.cluster[rows]))
    rows, age, overdue = rows[order], age[order], overdue[order]
    _, first, sizes = np.unique(episodes.cluster[rows], return_index=True, return_counts=True)
    exploited = np.zeros(first.size, dtype=np.bool_)
    if first.size:
        exploited = np.logical_or.reduceat(is_exploited[rows], first)
    worst = np.argsort(-overdue[first], kind="stable")
    return OpenClusters(
        rows=rows[first][worst],
        age=age[first][worst],
        overdue=overdue[first][worst],
        instances=sizes[worst],
        is_exploited=exploited[worst],
    )


def overdue_rows(episodes: CriticalEpisodes, waiting: OpenClusters) -> list[dict[str, Any]]:
    """The clusters past their deadline as table rows, the most overdue first."""
    late = np.flatnonzero(waiting.overdue > 0)
    shown = episodes.frame[waiting.rows[late]].to_dicts()
    return [
        {
            "vulnerability": row["vulnerability"],
            "owner": row["owner_group"],
            "asset": row["asset_name"],
            "component": row["component"],
            "fixed_version": row["fixed_version"],
            "instances": int(waiting.instances[at]),
            "age_days": round(float(waiting.age[at]), 1),
            "overdue_days": round(float(waiting.overdue[at]), 1),
            "is_exploited": "yes" if waiting.is_exploited[at] else "no",
            "start": "at least" if episodes.is_baseline[waiting.rows[at]] else "known",
        }
        for at, row in zip(late, shown, strict=True)
    ]


def stale_rows(episodes: CriticalEpisodes, spells: Spells) -> list[dict[str, Any]]:
    """The instances whose scope nobody has scanned lately, as table rows."""
    rows = np.flatnonzero(spells.is_stale)
    return [
        {
            "vulnerability": row["vulnerability"],
            "owner": row["owner_group"],
            "asset": row["asset_name"],
            "last_scan_on": date_of(float(end)),
        }
        for row, end in zip(episodes.frame[rows].to_dicts(), spells.end[rows], strict=True)
    ]


def red_flag(waiting: OpenClusters, definition: Definition) -> str:
    """What to say when a known-exploited critical is past its deadline; empty when none is."""
    late = waiting.is_exploited & (waiting.overdue > 0)
    if not late.any():
        return ""
    worst = float(waiting.overdue[late].max())
    one = "known-exploited vulnerability"
    verb = "is" if int(late.sum()) == 1 else "are"
    return (
        f"{count(int(late.sum()), one, 'known-exploited vulnerabilities')} {verb} open "
        f"past the deadline of {number(definition.exploited_days)} days, the longest by "
        f"{days(worst)}: fix it first, or record why it can wait."
    )
