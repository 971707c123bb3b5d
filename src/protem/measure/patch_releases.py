"""Pairs of a system and a release that it needs, prepared once and sliced at any moment.

A system is done with a release when it has installed it, or a later one that replaces it, and
rebooted. On Windows, macOS and unknown systems a release is what came out on one day and all
systems of that kind need it; on Linux it is one package's, and the systems that have the
package need it. Where scanners date the fix of a finding, that fix is a release too: the
systems with the finding need it, and it is done when the finding is gone.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from protem.ledger.facts import INSTANT, Facts
from protem.measure.days import Floats, Ints, codes, from_instants, positions
from protem.measure.machines import Machines, machines
from protem.measure.moments import Remembered
from protem.measure.patches import event_frame
from protem.measure.scan_history import scan_history
from protem.measure.windows import HORIZON_DAYS

NO_SCOPE = -1
MOMENTS_KEPT = 8
_PACKAGE = "linux "
_FIX = "fix of "
"""How the line of a release begins: one package's, one finding's fix, else a whole system's."""
_NEVER_FIXED = ("false_positive", "duplicate", "withdrawn")
_PAIRS = {
    "line": pl.String,
    "place": pl.Int64,
    "released_on": pl.Date,
    "known_at": INSTANT,
    "needed_at": INSTANT,
    "done_at": INSTANT,
    "cleared_at": INSTANT,
    "left_at": INSTANT,
    "left_known_at": INSTANT,
    "scope_id": pl.Int64,
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """One row a system and a release that it needs; days; inf where never.

    ``known`` is when the release was first heard of on any system, ``needed`` when it was known
    that this system needs it, and ``done_known`` when it was known that it is done. ``left`` is
    when it left observation without being done, known from ``left_known`` on. ``scope`` is the
    place of the scope that watches the pair, ``NO_SCOPE`` where the system's own sources do;
    then it is watched only from ``needed`` on.
    """

    asset: Ints
    release: Ints
    released: Floats
    known: Floats
    needed: Floats
    done: Floats
    done_known: Floats
    left: Floats
    left_known: Floats
    scope: Ints
    newest: Remembered[float, Ints] = field(
        default_factory=lambda: Remembered(most=MOMENTS_KEPT)
    )

    def known_at(self, moment: float) -> Ints:
        """The rows known by a moment of what came out in the 180 days before, or later."""
        return self.newest.at(moment, self._known_at)

    def _known_at(self, moment: float) -> Ints:
        recent = np.flatnonzero(self.released > moment - HORIZON_DAYS)
        return recent[(self.known[recent] <= moment) & (self.needed[recent] <= moment)]


def patch_pairs(facts: Facts) -> Pairs:
    """The pairs of system and release of these facts, worked out once."""
    if "patch_pairs" not in facts.memo:
        facts.memo["patch_pairs"] = _pairs(facts)
    pairs: Pairs = facts.memo["patch_pairs"]
    return pairs


def _pairs(facts: Facts) -> Pairs:
    fleet = machines(facts)
    by_event = _by_events(event_frame(facts), fleet)
    of_system = ~pl.col("line").str.starts_with(_PACKAGE)
    same_day = by_event.filter(of_system).select("place", "released_on")
    by_finding = _by_findings(facts, fleet).join(
        same_day, on=["place", "released_on"], how="anti"
    )
    frame = pl.concat([by_event, by_finding]).sort("place", "released_on", "line")
    release, _ = codes(frame["line"] + " " + frame["released_on"].cast(pl.String))
    scope = frame["scope_id"].fill_null(NO_SCOPE).to_numpy().astype(np.int64)
    return Pairs(
        asset=frame["place"].to_numpy().astype(np.int64),
        release=release,
        released=frame["released_on"].to_physical().cast(pl.Float64).to_numpy(),
        known=from_instants(frame["known_at"], missing=np.inf),
        needed=from_instants(frame["needed_at"], missing=-np.inf),
        done=from_instants(frame["done_at"], missing=np.inf),
        done_known=from_instants(frame["cleared_at"], missing=np.inf),
        left=from_instants(frame["left_at"], missing=np.inf),
        left_known=from_instants(frame["left_known_at"], missing=np.inf),
        scope=positions(scope, scan_history(facts).ids),
    )


def _by_events(events: pl.DataFrame, fleet: Machines) -> pl.DataFrame:
    systems = pl.DataFrame(
        {"place": np.arange(fleet.ids.size), "os": fleet.os_family},
        schema={"place": pl.Int64, "os": pl.String},
    )
    is_linux = pl.col("os") == "linux"
    package = pl.lit(_PACKAGE) + pl.col("patch")
    stated = (
        events.filter(pl.col("released_on").is_not_null())
        .join(systems, on="place")
        .with_columns(line=pl.when(is_linux).then(package).otherwise(pl.col("os")))
    )
    releases = stated.group_by("line", "released_on").agg(
        known_at=pl.col("first_known_at").min()
    )
    users = stated.group_by("line", "place").agg(needed_at=pl.col("first_known_at").min())
    everyone = systems.join(
        stated.filter(~is_linux).select("line", "os").unique(), on="os"
    ).select("line", "place", needed_at=pl.lit(None, dtype=INSTANT))
    needs = pl.concat([users.filter(pl.col("line").str.starts_with(_PACKAGE)), everyone])
    nothing = pl.lit(None, INSTANT)
    return (
        releases.join(needs, on="line")
        .sort("released_on")
        .join_asof(
            _covers(stated),
            on="released_on",
            by=["line", "place"],
            strategy="forward",
            check_sortedness=False,
        )
        .with_columns(left_at=nothing, left_known_at=nothing, scope_id=pl.lit(None, pl.Int64))
        .select(*_PAIRS)
    )


def _covers(stated: pl.DataFrame) -> pl.DataFrame:
    """For each line, system and release: the first event known of that or a later release."""
    thing = ["line", "place"]
    return (
        stated.drop_nulls("done_at")
        .sort("cleared_at", "done_at")
        .with_columns(rank=pl.int_range(pl.len()))
        .sort("released_on")
        .with_columns(first=pl.col("rank").cum_min(reverse=True).over(thing))
        .pipe(_at_rank)
        .unique([*thing, "released_on"], keep="first", maintain_order=True)
        .select(*thing, "released_on", "done_at", "cleared_at")
    )


def _at_rank(events: pl.DataFrame) -> pl.DataFrame:
    """With the moments of the event whose rank is ``first`` in place of their own."""
    ranked = events.sort("rank")
    return events.with_columns(
        ranked[name].gather(events["first"]).alias(name) for name in ("done_at", "cleared_at")
    )


def _by_findings(facts: Facts, fleet: Machines) -> pl.DataFrame:
    """One row a system and fix: done when the last of its findings is gone.

    A decision on a finding shows from when it was made: what it replaced is left out, and the
    pair counts as watched until then.
    """
    dated = facts.episodes.filter(
        pl.col("fix_available_on").is_not_null()
        & pl.col("superseded_at").is_null()
        & pl.col("asset_id").is_not_null()
        & ~pl.col("ending").fill_null("").is_in(_NEVER_FIXED)
    )
    place = positions(dated["asset_id"].to_numpy().astype(np.int64), fleet.ids)
    is_fixed = (pl.col("ending") == "fixed").fill_null(value=False)
    seen_gone = pl.max_horizontal(pl.coalesce("first_absent_at", "closed_at"), "known_at")
    thing = pl.coalesce(pl.col("component").replace("", None), "vulnerability")
    all_over, all_fixed = pl.col("closed_at").is_not_null().all(), is_fixed.all()
    return (
        dated.with_columns(
            place=pl.Series(place, dtype=pl.Int64),
            line=pl.lit(_FIX) + thing,
            scope_id=pl.col("scope_ids").list.first(),
            gone_known_at=seen_gone,
        )
        .filter(pl.col("place") >= 0)
        .group_by("line", "place", released_on="fix_available_on")
        .agg(
            known_at=pl.col("opened_at").min(),
            needed_at=pl.col("opened_at").min(),
            done_at=pl.when(all_fixed).then(pl.col("closed_at").max()),
            cleared_at=pl.when(all_fixed).then(pl.col("gone_known_at").max()),
            left_at=pl.when(all_over & ~all_fixed).then(pl.col("closed_at").max()),
            left_known_at=pl.when(all_over & ~all_fixed).then(pl.col("gone_known_at").max()),
            scope_id=pl.col("scope_id").first(),
        )
        .select(*_PAIRS)
    )
