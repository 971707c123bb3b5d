"""The lists behind patch cadence: who waits longest, who is silent, what each source proves."""

from typing import Any

import numpy as np

from protem.formats.format import FORMATS, PatchProof
from protem.ledger.facts import Facts
from protem.measure.days import Bools, Ints, date_of
from protem.measure.machines import machines
from protem.measure.metric import Column, Table
from protem.measure.patch_evidence import CONDITIONS, NO_STATE, systems_by_tool
from protem.measure.patching import SILENT_DAYS, Systems
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import EXPORT_STALE_DAYS, source_states
from protem.measure.wording import count

LONGEST = 10
_COLUMNS = [
    Column(name="system", label="System"),
    Column(name="owner", label="Owner or group"),
    Column(name="last_patched_on", label="Last patched"),
    Column(name="days", label="Days since", is_number=True),
    Column(name="state", label="What is known"),
    Column(name="heard_on", label="Last heard of"),
]
_IN_WORDS = {
    "current": "nothing is missing",
    "pending_reboot": "a reboot is due",
    "failed": "a patch failed",
}


def patch_tables(facts: Facts, systems: Systems, moment: float) -> list[Table]:
    """The tables as of a moment, in days."""
    age = moment - systems.known_good
    order = np.flatnonzero(systems.in_scope)[np.argsort(-age[systems.in_scope], kind="stable")]
    never = systems.is_unknown & np.isinf(systems.last_patched)
    behind = order[~never[order]]
    silent = order[age[order] > SILENT_DAYS]
    named = (
        ("longest-unpatched", "The ten longest unpatched", behind[:LONGEST],
         "No system is known to be behind."),
        ("unpatched-35-days", "No patch in 35 days", silent, "All were patched in 35 days."),
        ("pending-reboot", "Waiting for a reboot",
         _where(systems.in_scope & systems.is_pending), "No reboot is due."),
    )  # fmt: skip
    lists = [
        Table(
            name=name,
            title=title,
            columns=_COLUMNS,
            rows=[_row(facts, systems, int(place), moment=moment) for place in places],
            empty=empty,
        )
        for name, title, places, empty in named
    ]
    return [*lists, _sources(facts, systems, moment)]


def _where(chosen: Bools) -> Ints:
    return np.flatnonzero(chosen).astype(np.int64)


def _row(facts: Facts, systems: Systems, place: int, *, moment: float) -> dict[str, Any]:
    fleet, last = machines(facts), float(systems.last_patched[place])
    heard = float(systems.knowledge.heard[place])
    is_known = bool(np.isfinite(last))
    return {
        "system": fleet.name[place],
        "owner": fleet.group[place],
        "last_patched_on": date_of(last) if is_known else None,
        "days": round(moment - last, 1) if is_known else None,
        "state": _state(systems, place),
        "heard_on": date_of(heard) if np.isfinite(heard) else None,
    }


def _state(systems: Systems, place: int) -> str:
    if systems.is_pending[place]:
        return "a reboot is due"
    if systems.knowledge.condition[place] != NO_STATE:
        return _condition(systems, place)
    if systems.is_unpatched[place]:
        return "no patch since, its sources show"
    if systems.is_unknown[place]:
        is_told = np.isfinite(systems.knowledge.heard[place])
        why = "its sources cannot show that there was none" if is_told else "no source tells"
        return f"not known: {why}"
    return "patched"


def _condition(systems: Systems, place: int) -> str:
    """What its newest state says."""
    missing = systems.knowledge.missing[place]
    if np.isfinite(missing) and missing > 0:
        return f"{count(int(missing), 'patch', 'patches')} missing"
    condition = CONDITIONS[int(systems.knowledge.condition[place])]
    return _IN_WORDS.get(condition, "patches are missing")


def _sources(facts: Facts, systems: Systems, moment: float) -> Table:
    """What each source of patches can prove, and of how many systems in scope it speaks."""
    history = scan_history(facts)
    proofs = {form.name: form.patch_proof for form in FORMATS if form.patch_proof}
    told = systems_by_tool(facts, moment)
    by_version = [number for number, tool in enumerate(history.tools) if tool in told]
    speaking = history.logs() | np.isin(history.tool, by_version)
    rows = [
        {
            "source": state.tool,
            "proves": _proof(proofs.get(state.tool)),
            "systems": systems.count(told[state.tool]) if state.tool in told else 0,
            "newest_on": state.newest_at.date() if state.newest_at else None,
            "freshness": "fresh" if state.is_fresh else "stale",
        }
        for state in source_states(history, moment, speaking, floor=EXPORT_STALE_DAYS)
    ]
    return Table(
        name="patch-sources",
        title="What each source can prove",
        columns=[
            Column(name="source", label="Source"),
            Column(name="proves", label="It proves"),
            Column(name="systems", label="Systems in scope", is_number=True),
            Column(name="newest_on", label="Newest"),
            Column(name="freshness", label="Freshness"),
        ],
        rows=rows,
        empty="No source of patches yet.",
    )


def _proof(proof: PatchProof | None) -> str:
    return proof.in_words if proof else "not known"
