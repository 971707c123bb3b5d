"""Patch events, prepared once and sliced at any moment.

A patch is done when it was installed and the system rebooted. Three kinds of sources tell of
one: logs and lists state it; an inventory shows another version than in its export before;
and a state of patching that was lacking finds everything in place.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from protem.formats.records import PatchCondition
from protem.ledger.facts import INSTANT, Facts
from protem.measure.days import Bools, Floats, Ints, from_instants, positions
from protem.measure.machines import machines
from protem.measure.moments import Extremes, Moments, greatest, least, moments_of

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
    the reboot is still due) and ``ready`` when that was so and known. ``heard`` is when it was
    installed and told of, ``first_known`` when it was first told of. From ``superseded`` on it
    counts no more. The ``finished`` first are those that are done, by system and then day.

    What all moments ask for is prepared: ``last_done`` of those never superseded (the others
    are the rows ``guessed``), ``first_heard``, and the rows ``waiting`` for a reboot once.
    """

    asset: Ints
    first_known: Floats
    heard: Floats
    done: Floats
    ready: Floats
    superseded: Floats
    finished: int
    days: Moments
    """``done`` of those, by system."""
    last_done: Extremes
    first_heard: Extremes
    guessed: Ints
    waiting: Ints

    def are_done(self, moment: float, rows: Ints) -> Bools:
        """Which of these rows were known to be in force by then."""
        return (self.ready[rows] <= moment) & (moment < self.superseded[rows])

    def last_patched(self, moment: float) -> Floats:
        """When each system was patched last, as known by then; -inf: never; shape (assets,)."""
        last = self.last_done.at(moment, missing=-np.inf)
        rows = self.guessed[self.are_done(moment, self.guessed)]
        np.maximum.at(last, self.asset[rows], self.done[rows])
        return last

    def days_done(self, moment: float, in_scope: Bools, *, since: float) -> tuple[Ints, Floats]:
        """The days on which each system in scope was patched, as known by then, in order.

        Only those from the day of ``since`` on, and the last one before it.
        """
        first_day = math.floor(since)
        recent = np.flatnonzero(self.days.at >= first_day)
        recent = recent[self.are_done(moment, recent) & in_scope[self.asset[recent]]]
        chosen = np.zeros(self.finished, np.bool_)
        chosen[recent] = True
        chosen[self._last_before(first_day, moment, in_scope)] = True
        rows = np.flatnonzero(chosen)
        asset, day = self.asset[rows], np.floor(self.done[rows])
        is_new = np.ones(rows.size, np.bool_)
        is_new[1:] = (asset[1:] != asset[:-1]) | (day[1:] != day[:-1])
        return asset[is_new], day[is_new]

    def _last_before(self, day: float, moment: float, in_scope: Bools) -> Ints:
        """The row of each system's last patch before a day, known by then."""
        if not self.finished:
            return np.zeros(0, np.int64)
        place = self.days.until(math.nextafter(day, -math.inf)) - 1
        start, found = self.days.start[:-1], []
        left = np.flatnonzero((place >= start) & in_scope)
        while left.size:
            is_done = self.are_done(moment, place[left])
            found.append(place[left[is_done]])
            left = left[~is_done]
            place[left] -= 1
            left = left[place[left] >= start[left]]
        return np.concatenate(found) if found else np.zeros(0, np.int64)


def patch_events(facts: Facts) -> Events:
    """The events of these facts, the same one in several files only once."""
    if "patch_events" not in facts.memo:
        facts.memo["patch_events"] = _events(event_frame(facts), machines(facts).ids.size)
    events: Events = facts.memo["patch_events"]
    return events


def _events(frame: pl.DataFrame, size: int) -> Events:
    asset = frame["place"].to_numpy().astype(np.int64)
    done = from_instants(frame["done_at"], missing=np.inf)
    order = np.lexsort((done, asset))
    is_done = np.isfinite(done[order])
    order = np.concatenate((order[is_done], order[~is_done]))
    finished = int(is_done.sum())
    asset, done = asset[order], done[order]

    def column(name: str) -> Floats:
        return from_instants(frame[name], missing=np.inf)[order]

    first_known, superseded = column("first_known_at"), column("superseded_at")
    installed, ready = column("installed_at"), np.maximum(column("cleared_at"), done)
    heard = np.maximum(first_known, installed)
    lasting = np.isinf(superseded) & np.isfinite(ready)
    told = np.isfinite(heard)
    return Events(
        asset=asset,
        first_known=first_known,
        heard=heard,
        done=done,
        ready=ready,
        superseded=superseded,
        finished=finished,
        days=moments_of(asset[:finished], done[:finished], places=size),
        last_done=greatest(asset[lasting], ready[lasting], done[lasting], places=size),
        first_heard=least(asset[told], heard[told], installed[told], places=size),
        guessed=np.flatnonzero(np.isfinite(superseded)),
        waiting=np.flatnonzero(heard < ready),
    )


def event_frame(facts: Facts) -> pl.DataFrame:
    """The same as a frame of ``EVENTS``, by system and time."""
    if "patch_event_frame" not in facts.memo:
        stated = _placed(facts, _stated(facts))
        updated = _until_told(_placed(facts, _updated(facts)), stated)
        told = pl.concat([stated, updated])
        caught_up = _until_told(_placed(facts, _caught_up(facts)), told)
        facts.memo["patch_event_frame"] = (
            pl.concat([told, caught_up]).select(*EVENTS).sort("place", "installed_at")
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
