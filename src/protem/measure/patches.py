"""Patch events, prepared once and sliced at any moment.

A patch is done when it was installed and the system rebooted. Three kinds of sources tell of
one: logs and lists state it; an inventory shows another version than in its export before;
and a state of patching that was lacking finds everything in place.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from protem.formats.records import PatchCondition
from protem.ledger.facts import INSTANT, Facts
from protem.measure.days import Bools, Floats, Ints, from_instants, positions
from protem.measure.machines import machines

EVENTS = {
    "place": pl.Int64,
    "patch": pl.String,
    "version": pl.String,
    "installed_at": INSTANT,
    "released_on": pl.Date,
    "first_known_at": INSTANT,
    "cleared_at": INSTANT,
    "done_at": INSTANT,
    "superseded_at": INSTANT,
}
"""One row an event: ``place`` among the machines, when it was installed, when its patch came
out, when the source first told of it, when it was known to be in force, since when it is; the
last two null while a reboot is due. ``superseded_at`` is when a source told of what was only
guessed; null where none did."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Events:
    """Installed patches, one row each; days; inf where never.

    ``asset`` is a place among the machines, ``done`` when it was installed and rebooted (inf:
    the reboot is still due), ``known`` when the source said so and ``first_known`` when it
    first told of the event. From ``superseded`` on it counts no more. ``by_day`` puts those
    that are done in the order of system and day.
    """

    asset: Ints
    installed: Floats
    first_known: Floats
    done: Floats
    known: Floats
    superseded: Floats
    by_day: Ints

    def are_done(self, moment: float) -> Bools:
        """Which were known to be in force by then."""
        return (self.known <= moment) & (self.done <= moment) & (moment < self.superseded)

    def days_done(self, moment: float, in_scope: Bools) -> tuple[Ints, Floats]:
        """The days on which each system in scope was patched, as known by then, in order."""
        rows = self.by_day[(self.are_done(moment) & in_scope[self.asset])[self.by_day]]
        asset, day = self.asset[rows], np.floor(self.done[rows])
        is_new = np.ones(rows.size, np.bool_)
        is_new[1:] = (asset[1:] != asset[:-1]) | (day[1:] != day[:-1])
        return asset[is_new], day[is_new]


def patch_events(facts: Facts) -> Events:
    """The events of these facts, the same one in several files only once."""
    if "patch_events" not in facts.memo:
        frame = event_frame(facts)
        asset = frame["place"].to_numpy().astype(np.int64)
        done = from_instants(frame["done_at"], missing=np.inf)
        by_day = np.lexsort((done, asset))
        facts.memo["patch_events"] = Events(
            asset=asset,
            installed=from_instants(frame["installed_at"], missing=np.inf),
            first_known=from_instants(frame["first_known_at"], missing=np.inf),
            done=done,
            known=from_instants(frame["cleared_at"], missing=np.inf),
            superseded=from_instants(frame["superseded_at"], missing=np.inf),
            by_day=by_day[np.isfinite(done[by_day])],
        )
    events: Events = facts.memo["patch_events"]
    return events


def event_frame(facts: Facts) -> pl.DataFrame:
    """The same as a frame of ``EVENTS``, by system and time."""
    if "patch_event_frame" not in facts.memo:
        stated = _placed(facts, _stated(facts))
        updated = _until_told(_placed(facts, _updated(facts)), stated)
        told = pl.concat([stated, updated])
        caught_up = _until_told(_placed(facts, _caught_up(facts)), told)
        facts.memo["patch_event_frame"] = (
            pl.concat([told, caught_up])
            .select(*EVENTS)
            .sort("place", "installed_at", "patch", "version")
        )
    frame: pl.DataFrame = facts.memo["patch_event_frame"]
    return frame


def _stated(facts: Facts) -> pl.DataFrame:
    """What logs and lists state: when the reboot was first and last said to be due, and not."""
    due, moment = pl.col("is_reboot_pending").fill_null(value=False), pl.col("known_at")
    merged = (
        _dated(facts.patches.drop_nulls(["asset_id", "installed_at"]))
        .group_by("asset_id", "patch", "version", day=pl.col("installed_at").dt.date())
        .agg(
            installed_at=pl.col("installed_at").min(),
            released_on=pl.col("released_on").min(),
            first_known_at=moment.min(),
            cleared_at=moment.filter(~due).min(),
            was_due_at=moment.filter(due).max(),
        )
    )
    midpoint = pl.col("was_due_at") + (pl.col("cleared_at") - pl.col("was_due_at")) / 2
    waited = pl.col("was_due_at") < pl.col("cleared_at")
    return merged.with_columns(
        done_at=pl.when(pl.col("cleared_at").is_null())
        .then(None)
        .when(waited)
        .then(pl.max_horizontal(midpoint, "installed_at"))
        .otherwise("installed_at"),
        in_between_from=pl.lit(None, INSTANT),
        superseded_at=pl.lit(None, INSTANT),
    )


def _dated(patches: pl.DataFrame) -> pl.DataFrame:
    """With one release date a KB: that of the first report to date it, stated before inferred.

    The same update installed late on one machine must not look as if it came out then.
    """
    is_kb = pl.col("patch").str.contains(r"^KB\d+$")
    first = (
        patches.filter(is_kb & pl.col("released_on").is_not_null())
        .sort("known_at", "is_release_inferred", "released_on")
        .group_by("patch", maintain_order=True)
        .agg(first_dated=pl.col("released_on").first())
    )
    return patches.join(first, on="patch", how="left").with_columns(
        released_on=pl.coalesce("first_dated", "released_on")
    )


def _updated(facts: Facts) -> pl.DataFrame:
    """A version that is another than in the export before came halfway between the two."""
    thing = ["record_id", "scope_id", "product"]
    before = pl.col("last_at").shift(1).over(thing)
    return (
        facts.versions.drop_nulls(["asset_id"])
        .sort("first_at")
        .with_columns(in_between_from=before)
        .drop_nulls("in_between_from")
        .pipe(_halfway)
        .with_columns(patch="product")
    )


def _caught_up(facts: Facts) -> pl.DataFrame:
    """A system that lacked something and then nothing was patched halfway in between."""
    whole = str(PatchCondition.CURRENT)
    machine = ["record_id", "scope_id"]
    condition = pl.col("condition")
    return (
        facts.patch_states.drop_nulls(["asset_id"])
        .sort("first_at")
        .with_columns(
            was=condition.shift(1).over(machine),
            in_between_from=pl.col("last_at").shift(1).over(machine),
        )
        .filter((condition == whole) & (pl.col("was") != whole))
        .drop_nulls("in_between_from")
        .pipe(_halfway)
        .with_columns(patch=pl.lit("all that was missing"), version=pl.lit(""))
    )


def _halfway(frame: pl.DataFrame) -> pl.DataFrame:
    midpoint = pl.col("in_between_from") + (pl.col("first_at") - pl.col("in_between_from")) / 2
    return frame.with_columns(
        installed_at=midpoint,
        done_at=midpoint,
        first_known_at="first_at",
        cleared_at="first_at",
        released_on=pl.lit(None, pl.Date),
        superseded_at=pl.lit(None, INSTANT),
    )


def _placed(facts: Facts, frame: pl.DataFrame) -> pl.DataFrame:
    ids = machines(facts).ids
    place = positions(frame["asset_id"].to_numpy().astype(np.int64), ids)
    return (
        frame.with_columns(place=pl.Series(place, dtype=pl.Int64))
        .filter(pl.col("place") >= 0)
        .select(*EVENTS, "in_between_from")
    )


def _until_told(guessed: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Guessed events, each until a source told of one in the same stretch of time."""
    known = told.select("place", at="installed_at", told_at="first_known_at").sort("at")
    nearest = guessed.sort("cleared_at").join_asof(
        known, left_on="cleared_at", right_on="at", by="place", check_sortedness=False
    )
    is_told = (pl.col("at") >= pl.col("in_between_from")).fill_null(value=False)
    return nearest.with_columns(superseded_at=pl.when(is_told).then("told_at")).select(
        *EVENTS, "in_between_from"
    )
