"""Patch events and pairs of system and release, prepared once and sliced at any moment.

A system is done with a release when it has installed it, or a later one that replaces it, and
rebooted. On Windows, macOS and unknown systems a release is what came out on one day and all
systems of that kind need it; on Linux it is one package's, and the systems that have the
package need it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from protem.ledger.facts import Facts
from protem.measure.days import (
    Bools,
    Floats,
    Ints,
    codes,
    from_instants,
    positions,
)
from protem.measure.machines import Machines, machines


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Events:
    """Installed patches, one row each; days; inf where never.

    ``asset`` is a place among the machines, ``done`` when it was installed and rebooted (inf:
    the reboot is still due), ``known`` when the source said so and ``first_known`` when it
    first told of the event.
    """

    asset: Ints
    installed: Floats
    first_known: Floats
    done: Floats
    known: Floats
    has_release: Bools


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """One row a system and a release that it needs; days; inf where never.

    ``known`` is when the release was first heard of on any system, ``needed`` when it was known
    that this system needs it, and ``done_known`` when it was known that it is done.
    """

    asset: Ints
    release: Ints
    released: Floats
    known: Floats
    needed: Floats
    done: Floats
    done_known: Floats


def patch_events(facts: Facts) -> Events:
    """The events of these facts, the same one in several files only once."""
    if "patch_events" not in facts.memo:
        facts.memo["patch_events"] = _events(facts)
    events: Events = facts.memo["patch_events"]
    return events


def patch_pairs(facts: Facts) -> Pairs:
    """The pairs of system and release of these facts, worked out once."""
    if "patch_pairs" not in facts.memo:
        facts.memo["patch_pairs"] = _pairs(_joined(facts), machines(facts))
    pairs: Pairs = facts.memo["patch_pairs"]
    return pairs


def _joined(facts: Facts) -> pl.DataFrame:
    """One row an event: when the reboot was first and last said to be due, and when not."""
    fleet = machines(facts)
    due, moment = pl.col("is_reboot_pending"), pl.col("known_at")
    day = pl.col("installed_at").dt.date()
    frame = facts.patches.drop_nulls(["asset_id", "installed_at"])
    merged = frame.group_by("asset_id", "patch", "version", day.alias("day")).agg(
        installed_at=pl.col("installed_at").min(),
        released_on=pl.col("released_on").min(),
        first_known_at=moment.min(),
        cleared_at=moment.filter(~due.fill_null(value=False)).min(),
        was_due_at=moment.filter(due.fill_null(value=False)).max(),
    )
    place = positions(merged["asset_id"].to_numpy().astype(np.int64), fleet.ids)
    midpoint = pl.col("was_due_at") + (pl.col("cleared_at") - pl.col("was_due_at")) / 2
    waited = pl.col("was_due_at") < pl.col("cleared_at")
    return (
        merged.with_columns(
            place=pl.Series(place, dtype=pl.Int64),
            done_at=pl.when(pl.col("cleared_at").is_null())
            .then(None)
            .when(waited)
            .then(pl.max_horizontal(midpoint, "installed_at"))
            .otherwise("installed_at"),
        )
        .filter(pl.col("place") >= 0)
        .sort("place", "installed_at", "patch", "version")
    )


def _events(facts: Facts) -> Events:
    frame = _joined(facts)
    return Events(
        asset=frame["place"].to_numpy().astype(np.int64),
        installed=from_instants(frame["installed_at"], missing=np.inf),
        first_known=from_instants(frame["first_known_at"], missing=np.inf),
        done=from_instants(frame["done_at"], missing=np.inf),
        known=from_instants(frame["cleared_at"], missing=np.inf),
        has_release=frame["released_on"].is_not_null().to_numpy(),
    )


def _pairs(events: pl.DataFrame, fleet: Machines) -> Pairs:
    systems = pl.DataFrame(
        {"place": np.arange(fleet.ids.size), "os": fleet.os_family},
        schema={"place": pl.Int64, "os": pl.String},
    )
    is_linux = pl.col("os") == "linux"
    stated = (
        events.filter(pl.col("released_on").is_not_null())
        .join(systems, on="place")
        .with_columns(line=pl.when(is_linux).then("linux " + pl.col("patch")).otherwise("os"))
    )
    releases = stated.group_by("line", "os", "released_on").agg(
        known_at=pl.col("first_known_at").min()
    )
    users = stated.group_by("line", "place").agg(needed_at=pl.col("first_known_at").min())
    everyone = systems.join(
        stated.filter(~is_linux).select("line", "os").unique(), on="os"
    ).select("line", "place", needed_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    needs = pl.concat([users.filter(pl.col("line").str.starts_with("linux ")), everyone])
    done = _earliest_cover(stated, releases)
    frame = (
        releases.join(needs, on="line")
        .join(done, on=["line", "place", "released_on"], how="left")
        .sort("place", "released_on", "line")
    )
    release, _ = codes(frame["line"] + " " + frame["released_on"].cast(pl.String))
    return Pairs(
        asset=frame["place"].to_numpy().astype(np.int64),
        release=release,
        released=frame["released_on"].to_physical().cast(pl.Float64).to_numpy(),
        known=from_instants(frame["known_at"], missing=np.inf),
        needed=from_instants(frame["needed_at"], missing=-np.inf),
        done=from_instants(frame["done_at"], missing=np.inf),
        done_known=from_instants(frame["cleared_at"], missing=np.inf),
    )


def _earliest_cover(stated: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """For each line, system and release: the first event known of that or a later release."""
    events = stated.drop_nulls("done_at").select(
        "line", "place", "released_on", "done_at", "cleared_at"
    )
    replaced = pl.col("released_on_right") >= pl.col("released_on")
    return (
        releases.select("line", "released_on")
        .join(events, on="line")
        .filter(replaced)
        .sort("cleared_at", "done_at")
        .group_by("line", "place", "released_on", maintain_order=True)
        .first()
        .drop("released_on_right")
    )
