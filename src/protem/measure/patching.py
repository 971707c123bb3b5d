"""Systems in scope and how long patches take or pause on them, in the trailing window."""

from dataclasses import dataclass

import numpy as np

from protem.ledger.facts import Facts
from protem.measure.clusters import Sample
from protem.measure.days import Bools, Floats, Ints
from protem.measure.machines import Life, Machines, life_at, machines
from protem.measure.patches import patch_events, patch_pairs
from protem.measure.scan_history import scan_history
from protem.measure.windows import HORIZON_DAYS, Window
from protem.stats.survival import Curve, kaplan_meier

KINDS = ("laptop", "server", "cloud", "other")
MOBILE_SYSTEMS = ("ios", "android")
ENOUGH_LATENCY = 0.5
"""From this share of the systems with known release dates on, latency is the headline."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Systems:
    """Which assets are in scope at one moment, and what is known of their patches.

    All arrays have the shape (assets,). ``last_patched`` is in days, -inf where no finished
    patch is known; ``is_pending`` says that a reboot is due.
    """

    in_scope: Bools
    is_ephemeral: Bools
    is_foreign: Bools
    has_inventory: bool
    since: Floats
    last_patched: Floats
    is_pending: Bools
    has_release: Bools

    @property
    def size(self) -> int:
        """How many systems are in scope."""
        return int(self.in_scope.sum())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spans:
    """Pairs (or gaps) in a window; ages in days; ``cluster`` is what they are grouped by."""

    asset: Ints
    start: Floats
    entry: Floats
    exit: Floats
    event: Bools
    cluster: Ints

    def curve(self) -> Curve:
        """The share not yet patched by age."""
        return kaplan_meier(self.exit, self.event, self.entry)


def systems_at(facts: Facts, moment: float) -> Systems:
    """The systems as known at ``moment``, in days."""
    fleet, events = machines(facts), patch_events(facts)
    life = life_at(fleet, scan_history(facts), moment)
    machine = _are_machines(fleet)
    alive = life.is_alive & machine
    known = (events.known <= moment) & (events.done <= moment)
    heard = (events.first_known <= moment) & (events.installed <= moment)
    size = fleet.ids.size
    last, pending, released = np.full(size, -np.inf), np.zeros(size, bool), np.zeros(size, bool)
    np.maximum.at(last, events.asset[known], events.done[known])
    pending[events.asset[heard & ~known]] = True
    recent = heard & events.has_release & (events.installed > moment - HORIZON_DAYS)
    released[events.asset[recent]] = True
    return Systems(
        in_scope=alive & ~fleet.is_foreign & ~fleet.is_ephemeral,
        is_ephemeral=alive & fleet.is_ephemeral,
        is_foreign=alive & fleet.is_foreign,
        has_inventory=bool((life.is_listed & machine).any()),
        since=_since(facts, life, moment),
        last_patched=last,
        is_pending=pending,
        has_release=released,
    )


def latency_spans(facts: Facts, systems: Systems, window: Window) -> Spans:
    """Released to installed and rebooted, per system and release; the rest censored.

    Releases of the last 180 days, and only those that came out after the system was there.
    """
    pairs = patch_pairs(facts)
    moment = window.end
    alive = systems.in_scope[pairs.asset] & (pairs.known <= moment) & (pairs.needed <= moment)
    alive &= pairs.released > moment - HORIZON_DAYS
    alive &= pairs.released >= np.floor(systems.since[pairs.asset])
    is_done = (pairs.done <= moment) & (pairs.done_known <= moment)
    end = np.maximum(np.where(is_done, pairs.done, moment), pairs.released)
    alive &= end > window.start
    start = pairs.released[alive]
    return Spans(
        asset=pairs.asset[alive],
        start=start,
        entry=np.maximum(window.start - start, 0.0),
        exit=end[alive] - start,
        event=is_done[alive],
        cluster=pairs.release[alive],
    )


def cadence_spans(facts: Facts, systems: Systems, window: Window) -> Spans:
    """Gaps between patch days per system, the running one censored.

    A system without any patch day runs its gap from the day it was first known.
    """
    events, moment = patch_events(facts), window.end
    known = (events.known <= moment) & (events.done <= moment) & systems.in_scope[events.asset]
    keyed = np.unique(events.asset[known] * 1e6 + np.floor(events.done[known]))
    asset, when = (keyed // 1e6).astype(np.int64), keyed % 1e6
    never = np.flatnonzero(systems.in_scope & np.isinf(systems.last_patched))
    starts = np.concatenate((when, np.minimum(systems.since[never], moment)))
    owner = np.concatenate((asset, never))
    follows = np.concatenate((asset[1:] == asset[:-1], [False])) if asset.size else asset > 0
    ends = np.where(follows, np.append(when[1:], 0.0)[: when.size], moment)
    ends = np.concatenate((ends, np.full(never.size, moment)))
    event = np.concatenate((follows, np.zeros(never.size, np.bool_)))
    alive = ends > window.start
    start = starts[alive]
    return Spans(
        asset=owner[alive],
        start=start,
        entry=np.maximum(window.start - start, 0.0),
        exit=np.maximum(ends[alive] - start, 0.0),
        event=event[alive],
        cluster=np.floor(start / 7).astype(np.int64),
    )


def clustered(
    spans: Spans, fleet: Machines, groups: list[str], *, allowed_days: float
) -> Sample:
    """One cluster for each release (or week) and owner group: over when half have the patch."""
    code = {group: place for place, group in enumerate(groups)}
    group = np.array([code[name] for name in fleet.group], dtype=np.int64)[spans.asset]
    key = spans.cluster * (len(groups) + 1) + group
    end = np.where(spans.event, spans.exit, np.inf)
    order = np.lexsort((end, key))
    _, first, sizes = np.unique(key[order], return_index=True, return_counts=True)
    middle = order[first + (sizes - 1) // 2] if first.size else order
    is_over = np.isfinite(end[middle])
    longest = np.maximum.reduceat(spans.exit[order], first) if first.size else end
    leaving = np.where(is_over, spans.exit[middle], longest)
    entry = np.minimum.reduceat(spans.entry[order], first) if first.size else end
    return Sample(
        entry=np.where(entry < leaving, entry, 0.0),
        exit=leaving,
        event=is_over,
        group=group[order][first] if first.size else group,
        deadline=np.full(first.size, allowed_days),
    )


def median_interval(spans: Spans, curve: Curve) -> tuple[float | None, float | None]:
    """The interval of the median, from how much the clusters differ; None where it is open.

    The share not patched by the median is taken per cluster; its standard error between them,
    weighted by size (Cochran, 1977, eq. 6.4), moves the quantile up and down.
    """
    median = curve.median()
    if median is None:
        return None, None
    names, place = np.unique(spans.cluster, return_inverse=True)
    if names.size < 2:  # noqa: PLR2004 -- one cluster has no spread
        return None, None
    decided = spans.event | (spans.exit > median)
    late = (spans.exit > median) & decided
    sizes = np.bincount(place[decided], minlength=names.size).astype(np.float64)
    left = np.bincount(place[late], minlength=names.size).astype(np.float64)
    total = sizes.sum()
    residual = left - sizes * left.sum() / total
    error = float(np.sqrt((residual**2).sum() * names.size / (names.size - 1)) / total)
    reach = min(1.96 * error, 0.49)
    return curve.quantile(0.5 - reach), curve.quantile(0.5 + reach)


def _are_machines(fleet: Machines) -> Bools:
    return np.array(
        [
            kind in KINDS and system not in MOBILE_SYSTEMS
            for kind, system in zip(fleet.kind, fleet.os_family, strict=True)
        ],
        dtype=np.bool_,
    )


def _since(facts: Facts, life: Life, moment: float) -> Floats:
    """Since when a system is known: created, first listed or first patched."""
    events = patch_events(facts)
    heard = (events.first_known <= moment) & (events.installed <= moment)
    since = life.since.copy()
    np.fmin.at(since, events.asset[heard], events.installed[heard])
    return np.nan_to_num(since, nan=moment - facts.definition.window_days)
