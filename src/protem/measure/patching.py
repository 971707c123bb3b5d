"""Systems in scope and how long patches take or pause on them, in the trailing window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from protem.ledger.facts import Facts
from protem.measure import breakdown
from protem.measure.clusters import Sample
from protem.measure.contribution import Observed
from protem.measure.days import Bools, Floats, Ints
from protem.measure.machines import Life, Machines, life_at, machines
from protem.measure.metric import Breakdown
from protem.measure.patch_evidence import (
    CURRENT,
    NO_STATE,
    PENDING,
    Knowledge,
    knowledge_at,
)
from protem.measure.patch_releases import NO_SCOPE, Pairs, patch_pairs
from protem.measure.patches import Events, patch_events
from protem.measure.scan_history import scan_history
from protem.measure.windows import Window
from protem.stats.survival import Curve, kaplan_meier

KINDS = ("laptop", "server", "cloud", "other")
MOBILE_SYSTEMS = ("ios", "android")
SILENT_DAYS = 35.0
"""A system without a patch for longer is listed."""
ENOUGH_LATENCY = 0.5
"""From this share of the systems with known release dates on, latency is the headline."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Systems:
    """Which assets are in scope at one moment, and what is known of their patches.

    All arrays have the shape (assets,). ``last_patched`` is the last finished patch known, in
    days, -inf where there is none; ``known_good`` the same or the last time that a state found
    nothing missing, if later. ``is_pending`` says that a reboot is due.
    """

    in_scope: Bools
    is_ephemeral: Bools
    is_foreign: Bools
    has_inventory: bool
    since: Floats
    last_patched: Floats
    known_good: Floats
    is_pending: Bools
    is_unpatched: Bools
    is_unknown: Bools
    has_release: Bools
    knowledge: Knowledge

    @property
    def size(self) -> int:
        """How many systems are in scope."""
        return int(self.in_scope.sum())

    def count(self, wanted: Bools) -> int:
        """How many of the systems in scope are among the wanted."""
        return int((self.in_scope & wanted).sum())


@dataclass(frozen=True, kw_only=True, eq=False)
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
        return self._curve

    @cached_property
    def _curve(self) -> Curve:
        return kaplan_meier(self.exit, self.event, self.entry)


def systems_at(facts: Facts, moment: float) -> Systems:
    """The systems as known at ``moment``, in days."""
    fleet, events = machines(facts), patch_events(facts)
    life = life_at(fleet, scan_history(facts), moment)
    knowledge = knowledge_at(facts, moment)
    machine = _are_machines(facts)
    alive = life.is_alive & machine
    last = events.last_patched(moment)
    good = np.maximum(last, knowledge.current)
    old = moment - good > SILENT_DAYS
    proven = moment - np.maximum(good, knowledge.silent_since) > SILENT_DAYS
    lacking = (knowledge.condition != NO_STATE) & (knowledge.condition != CURRENT)
    unpatched = old & (proven | lacking)
    return Systems(
        in_scope=alive & ~fleet.is_foreign & ~fleet.is_ephemeral,
        is_ephemeral=alive & fleet.is_ephemeral,
        is_foreign=alive & fleet.is_foreign,
        has_inventory=bool((life.is_listed & machine).any()),
        since=_since(facts, life, moment),
        last_patched=last,
        known_good=good,
        is_pending=_pending(events, knowledge, moment),
        is_unpatched=unpatched,
        is_unknown=old & ~unpatched,
        has_release=_have_release(patch_pairs(facts), knowledge, moment),
        knowledge=knowledge,
    )


def latency_spans(facts: Facts, systems: Systems, window: Window) -> Spans:
    """Released to installed and rebooted, per system and release; the rest censored.

    Releases of the last 180 days, and only those that came out after the system was there. One
    that is not done is censored when somebody last looked at the system, not today.
    """
    pairs, moment = patch_pairs(facts), window.end
    rows = pairs.known_at(moment)
    asset, start = pairs.asset[rows], pairs.released[rows]
    is_there = systems.in_scope[asset] & (start >= np.floor(systems.since[asset]))
    rows, asset, start = rows[is_there], asset[is_there], start[is_there]
    is_done = (pairs.done[rows] <= moment) & (pairs.done_known[rows] <= moment)
    left = np.where(pairs.left_known[rows] <= moment, pairs.left[rows], np.inf)
    looked = np.minimum(_watched_until(facts, pairs, rows, systems.knowledge, moment), left)
    end = np.maximum(np.where(is_done, pairs.done[rows], np.minimum(looked, moment)), start)
    is_watched = pairs.scope[rows] != NO_SCOPE
    begin = np.maximum(window.start, np.where(is_watched, pairs.needed[rows], -np.inf))
    alive = (np.isfinite(looked) | is_done) & (end > begin)
    return Spans(
        asset=asset[alive],
        start=start[alive],
        entry=np.maximum(begin - start, 0.0)[alive],
        exit=(end - start)[alive],
        event=is_done[alive],
        cluster=pairs.release[rows[alive]],
    )


def cadence_spans(facts: Facts, systems: Systems, window: Window) -> Spans:
    """Gaps between patch days per system, the running one censored.

    The running gap lasts until somebody last looked at the system. Where none was ever patched
    it runs from when a source that would show a patch began; without such a source there is
    none, since nothing is known.
    """
    events, moment = patch_events(facts), window.end
    asset, when = events.days_done(moment, systems.in_scope, since=window.start)
    silent = systems.knowledge.silent_since
    never = np.flatnonzero(
        systems.in_scope & np.isinf(systems.last_patched) & (silent <= moment)
    )
    starts = np.concatenate((when, silent[never]))
    owner = np.concatenate((asset, never))
    follows = np.concatenate((asset[1:] == asset[:-1], [False])) if asset.size else asset > 0
    running = np.minimum(moment, systems.knowledge.heard)
    ends = np.where(follows, np.append(when[1:], 0.0)[: when.size], running[asset])
    ends = np.concatenate((ends, running[never]))
    event = np.concatenate((follows, np.zeros(never.size, np.bool_)))
    alive = ends > np.maximum(window.start, starts)
    start = starts[alive]
    return Spans(
        asset=owner[alive],
        start=start,
        entry=np.maximum(window.start - start, 0.0),
        exit=ends[alive] - start,
        event=event[alive],
        cluster=np.floor(start / 7).astype(np.int64),
    )


def clustered(spans: Spans, fleet: Machines, *, allowed_days: float) -> Sample:
    """One cluster for each release (or week) and owner group: over when half have the patch."""
    group, sizes = _numbered(spans.cluster, fleet.group_number[spans.asset])
    end = np.where(spans.event, spans.exit, np.inf)
    by_end = np.argsort(end)
    order = by_end[_stable_order(group[by_end], sizes.size)]
    first = np.cumsum(sizes) - sizes
    middle = order[first + (sizes - 1) // 2] if first.size else order
    is_over = np.isfinite(end[middle])
    longest = np.maximum.reduceat(spans.exit[order], first) if first.size else end
    leaving = np.where(is_over, spans.exit[middle], longest)
    entry = np.minimum.reduceat(spans.entry[order], first) if first.size else end
    return Sample(
        entry=np.where(entry < leaving, entry, 0.0),
        exit=leaving,
        event=is_over,
        deadline=np.full(first.size, allowed_days),
    )


def _numbered(first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Pairs of small numbers, each by its place in the order of all, and how often each is."""
    if not first.size:
        return first, first
    used = np.zeros(int(first.max()) + 1, np.bool_)
    used[first] = True
    width = int(second.max()) + 1
    pair = (np.cumsum(used) - 1)[first] * width + second
    counts = np.bincount(pair)
    return (np.cumsum(counts > 0) - 1)[pair], counts[counts > 0]


def _stable_order(group: Ints, groups: int) -> Ints:
    """The order by group that leaves all else as it is: small numbers sort in one pass."""
    small = group.astype(np.uint16) if groups <= np.iinfo(np.uint16).max else group
    return np.argsort(small, kind="stable")


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


def spans_breakdown(
    by: tuple[str, str], was: Spans, now: Spans, *, labels: Sequence[str], counted: str
) -> Breakdown | None:
    """Why the median of the spans moved, their systems labelled one way."""
    names, groups = breakdown.numbered(
        *([labels[place] for place in spans.asset.tolist()] for spans in (was, now))
    )
    observed = [
        Observed(entry=spans.entry, exit=spans.exit, event=spans.event, group=group)
        for spans, group in zip((was, now), groups, strict=True)
    ]
    return breakdown.of_median(by, *observed, names=names, counted=counted)


def _pending(events: Events, knowledge: Knowledge, moment: float) -> Bools:
    """Where a reboot is due: an event waits for one, or the newest state does."""
    rows = events.waiting
    rows = rows[(events.heard[rows] <= moment) & (moment < events.ready[rows])]
    asset = events.asset[rows]
    pending: Bools = knowledge.condition == PENDING
    pending[asset[knowledge.current[asset] < events.first_known[rows]]] = True
    return pending


def _have_release(pairs: Pairs, knowledge: Knowledge, moment: float) -> Bools:
    """Which systems have a release of the last 180 days, and somebody who tells of them."""
    rows = pairs.known_at(moment)
    rows = rows[pairs.released[rows] <= moment]
    asset = pairs.asset[rows]
    is_told = (pairs.scope[rows] != NO_SCOPE) | np.isfinite(knowledge.heard[asset])
    found = np.zeros(knowledge.heard.size, np.bool_)
    found[asset[is_told]] = True
    return found


def _watched_until(
    facts: Facts, pairs: Pairs, rows: Ints, knowledge: Knowledge, moment: float
) -> Floats:
    """When somebody last looked whether each pair is done; -inf where nobody ever did."""
    history, heard = scan_history(facts), knowledge.heard[pairs.asset[rows]]
    if not history.ids.size:
        return heard
    scope = pairs.scope[rows]
    return np.where(scope == NO_SCOPE, heard, history.newest(moment)[0][scope])


def _are_machines(facts: Facts) -> Bools:
    if "patched_machines" not in facts.memo:
        fleet = machines(facts)
        is_mobile = np.isin(fleet.os_family, MOBILE_SYSTEMS)
        facts.memo["patched_machines"] = np.isin(fleet.kind, KINDS) & ~is_mobile
    known: Bools = facts.memo["patched_machines"]
    return known


def _since(facts: Facts, life: Life, moment: float) -> Floats:
    """Since when a system is known: created, first listed or first patched."""
    since = np.fmin(life.since, patch_events(facts).first_heard.at(moment, missing=np.nan))
    return np.nan_to_num(since, nan=moment - facts.definition.window_days)
