"""Critical episodes as spells of time, as they were known at any moment."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from protem.ledger.definition import Definition
from protem.ledger.facts import INSTANT, Facts
from protem.measure.days import (
    Bools,
    Floats,
    Ints,
    codes,
    flags,
    from_dates,
    from_instants,
    positions,
)
from protem.measure.machines import UNASSIGNED, life_at, machines, removed_at
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import patience

FIXED, ACCEPTED, FALSE_POSITIVE, DUPLICATE, OTHER = range(5)
ENDINGS = {
    "fixed": FIXED,
    "accepted": ACCEPTED,
    "false_positive": FALSE_POSITIVE,
    "duplicate": DUPLICATE,
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CriticalEpisodes:
    """Every episode that is critical at some time, by cluster and then start.

    ``start`` is when the critical clock started and ``first_start`` that of the finding's
    first episode, both in days; unknown ends are inf. ``exploited`` is since when it counts as
    known to be exploited: -inf where a tool says so without a date, inf where nobody does.
    ``deadline`` is what is allowed to those that are not (less where the asset is exposed to
    the internet), ``exploited_days`` to those that are. Only who looks from ``known`` on, and
    before ``superseded``, sees it. ``cluster`` numbers pairs of
    vulnerability and owner group. ``seen_by`` numbers the sets of scopes that showed an
    episode; ``scope`` and ``scope_from`` list the scopes of each set one after the other, an
    empty one has the dummy place ``scopes``, never stale.
    """

    frame: pl.DataFrame
    opened: Floats
    start: Floats
    first_start: Floats
    until: Floats
    closed: Floats
    absent: Floats
    known: Floats
    superseded: Floats
    last_seen: Floats
    fix_available: Floats
    ending: Ints
    is_never: Bools
    """Ended as a false positive or duplicate."""
    exploited: Floats
    is_baseline: Bools
    deadline: Floats
    exploited_days: float
    cluster: Ints
    group: Ints
    groups: list[str]
    asset: Ints
    seen_by: Ints
    scope: Ints
    scope_from: Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spells:
    """The same episodes as known at one moment; every array has shape (episodes,).

    Attributes:
        exists: Critical and seen by then, and neither false positive nor duplicate.
        end: When it ended or left observation, in days; the moment itself while open.
        is_fixed: It ended by remediation.
        is_accepted, is_removed, is_stale: Why it left observation instead.
        is_open: Still known to be open.
        is_false: Left out altogether: a false positive or duplicate.
    """

    exists: Bools
    end: Floats
    is_fixed: Bools
    is_accepted: Bools
    is_removed: Bools
    is_stale: Bools
    is_open: Bools
    is_false: Bools
    memo: dict[str, Any] = field(default_factory=dict)
    """What is asked of them several times."""


def critical_episodes(facts: Facts) -> CriticalEpisodes:
    """The critical episodes of these facts, worked out once."""
    if "critical_episodes" not in facts.memo:
        facts.memo["critical_episodes"] = _prepare(facts)
    known: CriticalEpisodes = facts.memo["critical_episodes"]
    return known


def is_exploited_at(episodes: CriticalEpisodes, moment: float) -> Bools:
    """Which are known to be exploited as of a moment, in days."""
    return episodes.exploited <= moment


def allowed_at(episodes: CriticalEpisodes, moment: float) -> Floats:
    """Days from the first detection to the deadline, as known at a moment.

    Being listed as exploited starts that deadline on the day of the entry, and the earlier of
    the two counts.
    """
    since = np.maximum(episodes.exploited - episodes.first_start, 0.0)
    sooner = np.minimum(episodes.deadline, since + episodes.exploited_days)
    return np.where(is_exploited_at(episodes, moment), sooner, episodes.deadline)


def spells_at(facts: Facts, moment: float) -> Spells:
    """What was known at ``moment``, in days: later closings, scans and changes are unseen."""
    episodes = critical_episodes(facts)
    looked, stale_from, last_good = _observation(facts, episodes, moment)
    closed_known = (episodes.closed <= moment) & (episodes.absent <= moment)
    seen = (episodes.opened <= moment) & (episodes.start <= moment) & looked
    seen &= (episodes.known <= moment) & (moment < episodes.superseded)
    is_false = seen & closed_known & episodes.is_never
    exists = seen & ~is_false
    closed = np.where(closed_known, episodes.closed, np.inf)
    left = np.where(episodes.until <= moment, episodes.until, np.inf)
    gone = _removed(facts, episodes, moment)
    stale = np.where(stale_from < moment, np.maximum(last_good, episodes.start), np.inf)
    ended = np.minimum(np.minimum(closed, left), gone)
    is_stale = exists & np.isinf(ended) & np.isfinite(stale)
    is_closed = exists & np.isfinite(closed) & (closed <= left) & (closed <= gone)
    end = np.where(is_stale, stale, np.minimum(ended, moment))
    return Spells(
        exists=exists,
        end=np.maximum(end, episodes.start),
        is_fixed=is_closed & (episodes.ending == FIXED),
        is_accepted=is_closed & (episodes.ending == ACCEPTED),
        is_removed=exists & np.isfinite(gone) & (gone < np.minimum(closed, left)),
        is_stale=is_stale,
        is_open=exists & np.isinf(ended) & ~is_stale,
        is_false=is_false,
    )


def _observation(
    facts: Facts, episodes: CriticalEpisodes, moment: float
) -> tuple[Bools, Floats, Floats]:
    """Whether any scope had looked, when the episode becomes stale, and its last good scan."""
    newest, usual = scan_history(facts).newest(moment)
    if not episodes.start.size:
        nothing = np.zeros(0)
        return nothing.astype(np.bool_), nothing, nothing
    newest_each = np.append(newest, np.inf)[episodes.scope]
    limit_each = patience(np.append(usual, 0.0))[episodes.scope]
    newest_of = np.maximum.reduceat(newest_each, episodes.scope_from)
    limit = np.maximum.reduceat(limit_each, episodes.scope_from)
    stale_from = np.maximum.reduceat(newest_each + limit_each, episodes.scope_from)
    newest_of, limit, stale_from = (a[episodes.seen_by] for a in (newest_of, limit, stale_from))
    was_seen = episodes.last_seen <= moment
    last_seen = np.where(was_seen, episodes.last_seen, np.inf)
    return (
        newest_of > -np.inf,
        np.minimum(stale_from, last_seen + limit),
        np.minimum(newest_of, last_seen),
    )


def _removed(facts: Facts, episodes: CriticalEpisodes, moment: float) -> Floats:
    """When the asset was retired or no longer deployed; inf where it was not, or is unknown."""
    fleet = machines(facts)
    if not fleet.ids.size:
        return np.full(episodes.start.size, np.inf)
    gone = np.append(removed_at(life_at(fleet, scan_history(facts), moment)), np.inf)
    when = gone[episodes.asset]
    return np.where(when > episodes.start, when, np.inf)


def _prepare(facts: Facts) -> CriticalEpisodes:
    definition = facts.definition
    frame = _critical_only(facts.episodes, definition)
    opened = from_instants(frame["opened_at"], missing=np.inf)
    start = from_instants(frame["clock_at"], missing=np.inf)
    listed = from_instants(frame["exploited_at"], missing=-np.inf)
    group, groups = codes(frame["owner_group"])
    cluster, _ = codes(frame["vulnerability"] + "\0" + frame["owner_group"])
    seen_by, scope, scope_from = _scopes(frame, scan_history(facts).ids)
    asset = frame["asset_id"].fill_null(-1).to_numpy().astype(np.int64)
    ending = np.array([ENDINGS.get(e or "", OTHER) for e in frame["ending"]], np.int64)
    return CriticalEpisodes(
        frame=frame,
        opened=opened,
        start=start,
        first_start=from_instants(frame["first_clock_at"], missing=np.inf),
        until=from_instants(frame["clock_until"], missing=np.inf),
        closed=from_instants(frame["closed_at"], missing=np.inf),
        absent=from_instants(frame["first_absent_at"], missing=-np.inf),
        known=from_instants(frame["known_at"], missing=-np.inf),
        superseded=from_instants(frame["superseded_at"], missing=np.inf),
        last_seen=from_instants(frame["last_seen_at"], missing=np.inf),
        fix_available=from_dates(frame["fix_available_on"], missing=np.nan),
        ending=ending,
        is_never=np.isin(ending, (FALSE_POSITIVE, DUPLICATE)),
        exploited=np.where(flags(frame["is_exploited"]), listed, np.inf),
        is_baseline=~flags(frame["is_start_known"]) & (start <= opened),
        deadline=np.where(
            _is_exposed(facts, frame),
            min(definition.exposed_days, definition.critical_days),
            definition.critical_days,
        ).astype(np.float64),
        exploited_days=float(definition.exploited_days),
        cluster=cluster,
        group=group,
        groups=groups,
        asset=positions(asset, machines(facts).ids),
        seen_by=seen_by,
        scope=scope,
        scope_from=scope_from,
    )


def _is_exposed(facts: Facts, frame: pl.DataFrame) -> Bools:
    """Which episodes are on assets that a rule says are exposed to the internet."""
    exposed = facts.assets.filter(pl.col("is_internet_exposed"))["asset_id"]
    return flags(frame["asset_id"].is_in(exposed.implode()))


def _critical_only(episodes: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Those with a critical clock, with its start, its end and the owner group."""
    owner = pl.col("owner").replace("", None)
    return (
        _clocks(episodes, is_exploited_critical=definition.is_exploited_critical)
        .with_columns(
            owner_group=pl.coalesce(
                owner, pl.col("asset_group").replace("", None), pl.lit(UNASSIGNED)
            ),
            vulnerability=pl.col("vulnerability").fill_null(""),
            first_clock_at=pl.col("clock_at").min().over("finding_id"),
        )
        .sort(pl.col("vulnerability") + "\0" + pl.col("owner_group"), "clock_at")
    )


def _clocks(episodes: pl.DataFrame, *, is_exploited_critical: bool) -> pl.DataFrame:
    """Each episode while it is critical: by its severity, or by being known to be exploited.

    The second clock starts when it is listed (or opened, where only a tool says so) and does
    not stop. Where the two meet they are one, else each has a row of its own.
    """
    since = pl.max_horizontal("opened_at", "exploited_at")
    was_open = (pl.col("closed_at") >= since).fill_null(value=True)
    counts = pl.col("is_exploited") & was_open & is_exploited_critical
    exploited_from, critical_at = pl.col("exploited_from"), pl.col("critical_at")
    has_left = (pl.col("critical_until") < exploited_from).fill_null(value=False)
    clocks = (
        episodes.with_columns(exploited_from=pl.when(counts).then(since))
        .filter(critical_at.is_not_null() | exploited_from.is_not_null())
        .with_columns(
            is_one=critical_at.is_not_null() & exploited_from.is_not_null() & ~has_left
        )
    )
    alone = clocks.filter(~pl.col("is_one"))
    by_severity = alone.filter(critical_at.is_not_null()).with_columns(
        clock_at="critical_at", clock_until="critical_until"
    )
    for_good = [
        clocks.filter("is_one"),
        alone.filter(exploited_from.is_not_null()).with_columns(critical_at=None),
    ]
    by_listing = pl.concat(for_good, how="vertical_relaxed").with_columns(
        clock_at=pl.min_horizontal("critical_at", "exploited_from"),
        clock_until=pl.lit(None, INSTANT),
    )
    return pl.concat([by_severity, by_listing])


def _scopes(frame: pl.DataFrame, ids: Ints) -> tuple[Ints, Ints, Ints]:
    """The number of each episode's set of scopes, the sets' scopes, and where each begins."""
    sets = (
        frame.select(
            pl.int_range(pl.len()).alias("row"), pl.col("scope_ids").fill_null([]).list.sort()
        )
        .group_by("scope_ids", maintain_order=True)
        .agg("row")
    )
    number = np.empty(frame.height, dtype=np.int64)
    rows = sets.select(pl.int_range(pl.len()).alias("set"), "row").explode("row")
    number[rows["row"].to_numpy()] = rows["set"].to_numpy()
    lists = sets.select(pl.int_range(pl.len()).alias("set"), "scope_ids").explode("scope_ids")
    place = positions(lists["scope_ids"].fill_null(-1).to_numpy().astype(np.int64), ids)
    place[place < 0] = ids.size
    starts = np.unique(lists["set"].to_numpy(), return_index=True)[1]
    return number, place, starts.astype(np.int64)
