"""Which sources speak of a system's patches, and what their silence means.

A state says what is missing as well. A full log shows that nothing was installed, for as long
as it reaches and is fresh. Anything else only shows what was installed: a system that is
silent there, or that nobody speaks of, is unknown and not unpatched.
"""

from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
import polars as pl

from protem.formats.format import PatchProof
from protem.formats.records import PatchCondition
from protem.ledger.facts import Facts
from protem.measure.days import Bools, Floats, Ints, from_instants, positions
from protem.measure.machines import machines
from protem.measure.moments import Extremes, greatest
from protem.measure.scan_history import ScanHistory, scan_history
from protem.measure.sources_state import EXPORT_STALE_DAYS, patience

CONDITIONS = [str(condition) for condition in PatchCondition]
"""Numbers of the conditions."""
CURRENT = CONDITIONS.index(PatchCondition.CURRENT)
PENDING = CONDITIONS.index(PatchCondition.PENDING_REBOOT)
NO_STATE = -1
ROTATED_WITHIN = timedelta(days=35)
"""A log that begins this soon after the last one ended is the same, rotated."""
SYSTEMS_TOLD_BY_VERSION = r"^(?:macOS |Mac OS X )?\d+(\.\d+){1,3}( .*)?$"
"""A macOS version tells its patches; so does a Windows build of four parts."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Looks:
    """Rows of one machine in one source, by when they were told; shape (r,), in days.

    ``first`` and ``last`` are the exports with the row, ``last`` inf while the newest one has
    it. ``since`` is from when on it holds everything, inf where it never does. ``scope`` is -1
    where the row is of no scope in particular.
    """

    asset: Ints
    scope: Ints
    first: Floats
    last: Floats
    since: Floats

    def at(self, wanted: Bools) -> "Looks":
        """Some of them."""
        return Looks(**{one.name: getattr(self, one.name)[wanted] for one in fields(self)})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class States:
    """States of patching as runs of exports; as ``Looks``, with a number of the condition."""

    asset: Ints
    scope: Ints
    first: Floats
    last: Floats
    condition: Ints
    missing: Floats
    silent: Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Knowledge:
    """What is known of each system's patches at one moment; shape (assets,), in days.

    Attributes:
        heard: When a source last spoke of it; -inf where none did.
        current: When a state last found nothing missing; -inf where none did.
        condition: Number of its newest condition, while that is fresh; else ``NO_STATE``.
        missing: How many patches it lacks, NaN where that is not counted.
        silent_since: Since when a source that would show a patch has shown whether there was
            one; inf where there is no such source, or it is stale.
    """

    heard: Floats
    current: Floats
    condition: Ints
    missing: Floats
    silent_since: Floats


def knowledge_at(facts: Facts, moment: float) -> Knowledge:
    """What the sources had told by ``moment``."""
    reports, looks, states = _prepared(facts)
    size, history = machines(facts).ids.size, scan_history(facts)
    heard, current = reports.at(moment, missing=-np.inf), np.full(size, -np.inf)
    silent_since = np.full(size, np.inf)
    if not size or not history.ids.size:
        return Knowledge(
            heard=heard, current=current, condition=np.full(size, NO_STATE, np.int64),
            missing=np.full(size, np.nan), silent_since=silent_since,
        )  # fmt: skip
    newest, usual = (np.append(each, np.nan) for each in history.newest(moment))
    limit = patience(usual, EXPORT_STALE_DAYS)
    told = looks.first <= moment
    until = np.minimum(looks.last, np.fmax(newest[looks.scope], looks.first))
    np.maximum.at(heard, looks.asset[told], until[told])
    fresh = told & (until + limit[looks.scope] >= moment)
    np.minimum.at(silent_since, looks.asset[fresh], looks.since[fresh])
    stated, seen = states.first <= moment, _seen_until(states, newest)
    np.maximum.at(heard, states.asset[stated], seen[stated])
    whole = stated & (states.condition == CURRENT)
    np.maximum.at(current, states.asset[whole], seen[whole])
    condition, missing = _newest_conditions(states, stated, seen, size=size)
    rows = stated & (seen + limit[states.scope] >= moment)
    is_fresh = np.zeros(size, np.bool_)
    is_fresh[states.asset[rows]] = True
    condition = np.where(is_fresh, condition, NO_STATE)
    lacking = stated & is_fresh[states.asset] & (condition[states.asset] > CURRENT)
    np.minimum.at(silent_since, states.asset[lacking], states.first[lacking])
    return Knowledge(
        heard=heard,
        current=current,
        condition=condition,
        missing=missing,
        silent_since=silent_since,
    )


def systems_by_tool(facts: Facts, moment: float) -> dict[str, Bools]:
    """Which systems each tool had spoken of by then, by its name; shape (assets,) each."""
    _reports, looks, states = _prepared(facts)
    size, history = machines(facts).ids.size, scan_history(facts)
    found: dict[str, Bools] = {}
    for rows in (looks, states):
        told = (rows.first <= moment) & (rows.scope >= 0)
        tool = np.append(history.tool, -1)[rows.scope[told]]
        for number in set(tool.tolist()) - {-1}:
            mine = found.setdefault(history.tools[number], np.zeros(size, np.bool_))
            mine[rows.asset[told][tool == number]] = True
    return found


def _seen_until(states: States, newest: Floats) -> Floats:
    """When each run was last looked at: its last export, less the silence there."""
    shown = np.minimum(states.last, np.fmax(newest[states.scope], states.first))
    return shown - states.silent


def _newest_conditions(
    states: States, stated: Bools, seen: Floats, *, size: int
) -> tuple[Ints, Floats]:
    """Of each system, what the run looked at last says; ties go to the later row."""
    condition, missing = np.full(size, NO_STATE, np.int64), np.full(size, np.nan)
    rows = np.flatnonzero(stated)
    order = rows[np.argsort(seen[rows], kind="stable")]
    condition[states.asset[order]] = states.condition[order]
    missing[states.asset[order]] = states.missing[order]
    return condition, missing


def _prepared(facts: Facts) -> tuple[Extremes, Looks, States]:
    """When mere reports told of each system, the looks that may show more, and the states."""
    if "patch_evidence" not in facts.memo:
        history, ids = scan_history(facts), machines(facts).ids
        looks = _looks(facts, history, ids)
        is_report = (looks.scope < 0) & np.isinf(looks.since)
        reports = greatest(
            looks.asset[is_report],
            looks.first[is_report],
            np.minimum(looks.last, looks.first)[is_report],
            places=ids.size,
        )
        states = _states(facts, history, ids)
        facts.memo["patch_evidence"] = (reports, looks.at(~is_report), states)
    prepared: tuple[Extremes, Looks, States] = facts.memo["patch_evidence"]
    return prepared


def _looks(facts: Facts, history: ScanHistory, ids: Ints) -> Looks:
    frame = pl.concat([_logs(facts), _lists(facts), _versions(facts)])
    asset = positions(frame["asset_id"].to_numpy().astype(np.int64), ids)
    scope = positions(frame["scope_id"].to_numpy().astype(np.int64), history.ids)
    return Looks(
        asset=asset,
        scope=scope,
        first=from_instants(frame["first_at"], missing=np.inf),
        last=from_instants(frame["last_at"], missing=np.inf),
        since=from_instants(frame["since_at"], missing=np.inf),
    ).at(asset >= 0)


_LOOK = ("asset_id", "scope_id", "first_at", "last_at", "since_at")


def _logs(facts: Facts) -> pl.DataFrame:
    """Each log: one row a look; what it does not show did not happen since it begins.

    Rotated logs go on from each other: each begins with the first thing that happened.
    """
    is_full = pl.col("patch_proof") != PatchProof.INSTALLED
    before = pl.col("at").shift(1).over("scope_id")
    begins = (pl.col("covered") > before + ROTATED_WITHIN).fill_null(value=True)
    return (
        facts.scans.filter(pl.col("patch_proof").is_not_null())
        .join(facts.records.select("record_id", "asset_id").drop_nulls(), on="record_id")
        .sort("scope_id", "at")
        .with_columns(covered=pl.coalesce("covered_from", "at"), first_at="at", last_at="at")
        .with_columns(chain=begins.cum_sum().over("scope_id"))
        .with_columns(since=pl.col("covered").cum_min().over("scope_id", "chain"))
        .select(
            "asset_id",
            "scope_id",
            "first_at",
            "last_at",
            pl.when(is_full).then("since").alias("since_at"),
        )
    )


def _lists(facts: Facts) -> pl.DataFrame:
    """Events without a log of their own: each report that told of a machine's patches."""
    return (
        facts.patches.drop_nulls(["asset_id"])
        .select("asset_id", "known_at")
        .unique()
        .select(
            "asset_id",
            scope_id=pl.lit(-1, pl.Int64),
            first_at="known_at",
            last_at="known_at",
            since_at=pl.lit(None, pl.Datetime("us", "UTC")),
        )
        .select(*_LOOK)
    )


def _versions(facts: Facts) -> pl.DataFrame:
    """Versions of the operating system, where a patch would show as another version."""
    is_mac = pl.col("product") == "macos"
    is_windows = (pl.col("product") == "windows") & (
        pl.col("version").str.count_matches(r"\.") >= 3  # noqa: PLR2004 # four parts
    )
    tells = pl.col("version").str.contains(SYSTEMS_TOLD_BY_VERSION) & (is_mac | is_windows)
    return (
        facts.versions.drop_nulls(["asset_id"])
        .filter(tells)
        .with_columns(since_at=pl.col("first_at").min().over("record_id"))
        .select(*_LOOK)
    )


def _states(facts: Facts, history: ScanHistory, ids: Ints) -> States:
    frame = facts.patch_states.drop_nulls(["asset_id"]).sort("first_at")
    asset = positions(frame["asset_id"].to_numpy().astype(np.int64), ids)
    scope = positions(frame["scope_id"].to_numpy().astype(np.int64), history.ids)
    keep = (asset >= 0) & (scope >= 0)
    numbers = {name: number for number, name in enumerate(CONDITIONS)}
    condition = frame["condition"].replace_strict(
        numbers, default=NO_STATE, return_dtype=pl.Int64
    )
    missing = frame["missing"].cast(pl.Float64).fill_null(float("nan"))
    silent = frame["silent_days"].cast(pl.Float64).fill_null(0.0)
    return States(
        asset=asset[keep],
        scope=scope[keep],
        first=from_instants(frame["first_at"], missing=np.inf)[keep],
        last=from_instants(frame["last_at"], missing=np.inf)[keep],
        condition=condition.to_numpy().astype(np.int64)[keep],
        missing=missing.to_numpy()[keep],
        silent=silent.to_numpy()[keep],
    )
