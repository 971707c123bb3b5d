"""The lists behind coverage: who is not covered, why, and what a list has twice."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from protem.ledger.facts import Facts
from protem.measure.coverage import Cover, Coverage, agents_at, listed_at, silence_allowed
from protem.measure.coverage_change import flips
from protem.measure.days import Floats, Ints
from protem.measure.machines import PROTECTING, Listings, Machines, current_rows, machines
from protem.measure.metric import Column, Table
from protem.measure.scan_history import scan_history

COLUMNS = [
    Column(name="asset", label="Asset"),
    Column(name="kind", label="Kind"),
    Column(name="owner", label="Owner or group"),
    Column(name="os", label="System"),
]
SILENCES = {
    2.0: "1 to 2 days",
    7.0: "2 to 7 days",
    14.0: "7 to 14 days",
    30.0: "14 to 30 days",
    90.0: "30 to 90 days",
    999.0: "more than 90 days",
}
"""In words, by the step that contact ages are rounded up to."""
NOT_KNOWN = "not known"


def coverage_tables(
    facts: Facts, now: Coverage, was: Coverage, *, moment: float
) -> list[Table]:
    """The tables as of a moment, in days, and the coverage then and at the look back."""
    fleet = machines(facts)
    bare = now.having(Cover.NONE, Cover.UNHEALTHY)
    lost, gained = flips(now, was)
    ways = ["no longer healthy"] * lost.size + ["now healthy"] * gained.size
    return [
        Table(
            name="uncovered",
            title="Not covered",
            columns=[*COLUMNS, Column(name="why", label="Why")],
            rows=_rows(fleet, now, bare, [_why(now.cover[unit]) for unit in bare]),
            empty="Every asset in scope has an agent that works, or is unknown.",
        ),
        Table(
            name="unknown",
            title="Unknown: alive, but the agent has been silent for a while",
            columns=COLUMNS,
            rows=_rows(fleet, now, now.having(Cover.UNKNOWN)),
            empty="Nothing is unknown.",
        ),
        _stale_agents(facts, now, moment),
        Table(
            name="only-edr",
            title="Known to EDR only",
            columns=COLUMNS,
            rows=[_row(fleet, place) for place in now.only_edr.tolist()],
            empty="No agent runs on anything the inventories do not know.",
        ),
        _duplicates(facts, moment),
        Table(
            name="flipped",
            title=f"Changed since {facts.definition.look_back_weeks} weeks ago",
            columns=[*COLUMNS, Column(name="why", label="What changed")],
            rows=_rows(fleet, now, np.concatenate((lost, gained)), ways),
            empty="No asset changed.",
        ),
    ]


def _stale_agents(facts: Facts, now: Coverage, moment: float) -> Table:
    """Assets in scope whose agents would protect, had they been heard of in time."""
    fleet = machines(facts)
    fresh = silence_allowed(facts, fleet)[0]
    silent = _least_silence(facts, moment)
    units = now.having(Cover.UNKNOWN, Cover.UNHEALTHY)
    units = units[np.isfinite(silent[now.asset[units]]) | (now.cover[units] == Cover.UNKNOWN)]
    return Table(
        name="stale-agents",
        title="Stale agents: installed, not heard of in time",
        columns=[
            *COLUMNS,
            Column(name="silent", label="Silent for"),
            Column(name="allowed_days", label="Days allowed", is_number=True),
            Column(name="counts_as", label="Counts as"),
        ],
        rows=[
            {
                **_row(fleet, place),
                "silent": SILENCES.get(float(silent[place]), NOT_KNOWN),
                "allowed_days": float(fresh[place]),
                "counts_as": "unknown" if cover == Cover.UNKNOWN else "not covered",
            }
            for place, cover in zip(
                now.asset[units].tolist(), now.cover[units].tolist(), strict=True
            )
        ],
        empty="Every agent that would protect has been heard of in time.",
    )


def _least_silence(facts: Facts, moment: float) -> Floats:
    """For how long each asset's agents that would protect are silent, by the least silent.

    In days, shape (assets,); NaN where no list says, inf where there is no such agent.
    """
    fleet = machines(facts)
    rows, at = fleet.agents, agents_at(facts, moment)
    at = at[rows.state[at] == PROTECTING]
    least = np.full(fleet.ids.size, np.inf)
    np.fmin.at(least, rows.asset[at], np.nan_to_num(rows.silent[at], nan=np.inf))
    has_any = np.zeros(fleet.ids.size, np.bool_)
    has_any[rows.asset[at]] = True
    return np.where(np.isinf(least) & has_any, np.nan, least)


def _duplicates(facts: Facts, moment: float) -> Table:
    """Machines that one list has several times at once, as after a new installation."""
    fleet = machines(facts)
    lists = (("agents", fleet.agents), ("inventory", fleet.inventory))
    return Table(
        name="duplicates",
        title="Merged duplicates: several records in one list, one machine",
        columns=[
            *COLUMNS,
            Column(name="source", label="Source"),
            Column(name="list", label="List of"),
            Column(name="records", label="Records", is_number=True),
            Column(name="ids", label="As the source calls them"),
        ],
        rows=[
            {**_row(fleet, place), "list": role, **told}
            for role, rows in lists
            for place, told in _repeated(facts, rows, moment)
        ],
        empty="No list has a machine twice.",
    )


def _repeated(
    facts: Facts, rows: Listings, moment: float
) -> list[tuple[int, dict[str, str | int]]]:
    """Places of machines with several records in the newest export of one scope, and which."""
    history = scan_history(facts)
    here = np.flatnonzero(current_rows(rows, listed_at(facts, rows, moment)))
    listed = pl.DataFrame(
        {
            "place": rows.asset[here],
            "scope": rows.scope[here],
            "record_id": rows.ids[rows.record[here]],
        }
    )
    found = (
        listed.filter(pl.len().over("place", "scope") > 1)
        .join(facts.records.select("record_id", "external_id"), on="record_id")
        .group_by("place", "scope")
        .agg(ids=pl.col("external_id").sort())
        .sort("place", "scope")
    )
    return [
        (
            place,
            {
                "source": history.tools[history.tool[scope]],
                "records": len(ids),
                "ids": ", ".join(ids),
            },
        )
        for place, scope, ids in found.iter_rows()
    ]


def _why(cover: int) -> str:
    return "no agent" if cover == Cover.NONE else "agent silent, reduced or without prevention"


def _rows(
    fleet: Machines, now: Coverage, units: Ints, why: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    rows = [_row(fleet, place) for place in now.asset[units].tolist()]
    if why is None:
        return rows
    return [{**row, "why": told} for row, told in zip(rows, why, strict=True)]


def _row(fleet: Machines, place: int) -> dict[str, Any]:
    return {
        "asset": fleet.name[place],
        "kind": fleet.kind[place],
        "owner": fleet.group[place],
        "os": fleet.os_family[place],
    }
