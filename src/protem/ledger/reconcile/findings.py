"""Findings of some imports against those known: new, gone, returned, and their episodes."""

import polars as pl

from protem.ledger import bulk, timeline
from protem.ledger.facts import INSTANT
from protem.ledger.history import Event
from protem.ledger.models import Finding, Sighting
from protem.ledger.reconcile import derivation
from protem.ledger.reconcile.places import Placed
from protem.ledger.reconcile.runs import SIGHTINGS
from protem.ledger.reconcile.shown import DETAILS, SHOWN
from protem.ledger.reconcile.tally import Tally
from protem.ledger.reconcile.votes import changed_votes

SEEN = {"look": pl.Int64, "scope_id": pl.Int64, **SHOWN}
"""What looks showed: one row a finding and look."""
KEYS = tuple(SIGHTINGS.keys)


def one_each(shown: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``SEEN``: of several of one finding in one look only the gravest."""
    return shown.sort(
        "look",
        "finding_id",
        "severity",
        "particulars",
        descending=[False, False, True, False],
    ).unique(["look", "finding_id"], keep="first", maintain_order=True)


def reconcile(seen: pl.DataFrame, placed: Placed) -> Tally:
    """Write what the looks in ``placed``, having shown ``seen``, change; tell it by look."""
    places = placed.looks
    runs = SIGHTINGS.load_reached(placed)
    seen = seen.join(places.select("look", "at"), on="look")
    changes = timeline.insert(runs, seen, placed.line, KEYS)
    begun = _begun(changes, runs, seen)
    brand_new = _store_findings(begun)
    _write_sightings(changes, seen, runs)
    simple, rest = _split_simple(changes.added, seen, brand_new)
    derivation.store_simple(simple, places)
    told = derivation.rederive(
        _touched(changes, runs, rest) | _affected(placed), _looks_of(places)
    )
    return _count(seen, simple, told, begun)


def _affected(placed: Placed) -> set[int]:
    """Findings whose episodes may be others though their sightings are the same."""
    return {
        *derivation.pending_in(placed.looks["scope_id"].unique().to_list()),
        *derivation.shared_findings_in(changed_votes(placed)),
        *derivation.findings_in(placed.late_scope_ids),
    }


def _looks_of(places: pl.DataFrame) -> derivation.Looks:
    rows = places.select("scope_id", "at", "look").iter_rows()
    return derivation.Looks(
        by_place={(scope_id, at): look for scope_id, at, look in rows},
        stale=frozenset(places.filter("was_stale")["look"]),
    )


def _begun(changes: timeline.Changes, runs: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``seen`` with which a run begins now that was not there or began later."""
    keys = runs.select("id", "scope_id", *KEYS, was_first="first_at")
    earlier = (
        changes.moved.join(keys, on="id")
        .filter(pl.col("first_at") < pl.col("was_first"))
        .select("scope_id", *KEYS, "first_at")
    )
    starts = pl.concat([changes.added.select(earlier.columns), earlier])
    return seen.join(
        starts.rename({"first_at": "at"}), on=["scope_id", "at", *KEYS], how="semi"
    )


def _count(
    seen: pl.DataFrame, simple: pl.DataFrame, told: derivation.Told, begun: pl.DataFrame
) -> Tally:
    """Attribute what happened to the looks that made it known."""
    tally = Tally()
    tally.add("unchanged", seen["look"].to_list())
    tally.add("new", simple["look"].to_list())
    tally.take("unchanged", simple["look"].to_list())
    shown_in = _shown_in(seen, {finding_id for _event, finding_id, _look in told})
    for event, finding_id, look in told:
        tally.add(event.value, [look])
        if event is not Event.CLOSED or (finding_id, look) in shown_in:
            tally.take("unchanged", [look])
    dates = begun.group_by("look").agg(pl.min_horizontal("found_at", "ended_at").min())
    tally.earliest = {look: earliest for look, earliest in dates.iter_rows() if earliest}
    return tally


def _shown_in(seen: pl.DataFrame, finding_ids: set[int]) -> set[tuple[int, int]]:
    told = pl.DataFrame({"finding_id": sorted(finding_ids)}, schema={"finding_id": pl.Int64})
    return set(seen.join(told, on="finding_id", how="semi").select("finding_id", "look").rows())


def _store_findings(begun: pl.DataFrame) -> pl.Series:
    """Store the findings not known before, and the older description of those that are."""
    columns = [
        "record_id",
        "vulnerability",
        "component",
        "location",
        "title",
        "url",
        "found_by",
    ]
    described = (
        begun.select(*columns, described_at="at", id="finding_id")
        .sort("id", "described_at")
        .unique("id", keep="first", maintain_order=True)
    )
    known = bulk.read_where(
        f"SELECT id, described_at FROM {bulk.table_of(Finding)} WHERE id IN ({{ids}})",
        described["id"].to_list(),
        {"id": pl.Int64, "was_described_at": INSTANT},
    )
    brand_new = described.join(known, on="id", how="anti")
    bulk.insert(Finding, brand_new)
    older = described.join(known, on="id").filter(
        pl.col("described_at") < pl.col("was_described_at")
    )
    bulk.update(Finding, older.select("id", "title", "url", "found_by", "described_at"))
    return brand_new["id"]


def _write_sightings(changes: timeline.Changes, seen: pl.DataFrame, runs: pl.DataFrame) -> None:
    details = seen.select("scope_id", *KEYS, *DETAILS).unique(["scope_id", *KEYS])
    new = changes.added.join(details, on=["scope_id", *KEYS])
    tails = changes.added.join(details, on=["scope_id", *KEYS], how="anti")
    if not tails.is_empty():
        new = pl.concat([new, _with_stored_details(tails, runs)], how="diagonal_relaxed")
    bulk.insert(Sighting, new.sort("finding_id", "first_at"))
    bulk.update(Sighting, changes.moved)
    bulk.delete(Sighting, "id", changes.deleted.to_list())


def _with_stored_details(tails: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """A run cut in two by a scan in between keeps its particulars on both sides."""
    heads = tails.join(
        runs.select("scope_id", *KEYS, "id").unique(["scope_id", *KEYS]), on=["scope_id", *KEYS]
    )
    schema = {"id": pl.Int64, **DETAILS}
    stored = bulk.read_where(
        f"SELECT {', '.join(schema)} FROM {bulk.table_of(Sighting)} WHERE id IN ({{ids}})",
        heads["id"].to_list(),
        schema,
    )
    return heads.join(stored, on="id").drop("id")


def _split_simple(
    added: pl.DataFrame, seen: pl.DataFrame, brand_new: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Findings never seen before, open, in one scope only: their episode needs no thought.

    The rest of ``added`` comes second.
    """
    fresh = added.filter(pl.col("finding_id").is_in(brand_new.implode()))
    is_simple = (
        pl.col("last_at").is_null()
        & (pl.col("state") == "open")
        & (pl.len().over("finding_id") == 1)
    )
    rows = fresh.join(
        seen.with_columns(first_at="at"), on=["scope_id", *KEYS, "first_at"]
    ).filter(is_simple)
    return rows, added.join(rows, on="finding_id", how="anti")


def _touched(changes: timeline.Changes, runs: pl.DataFrame, rest: pl.DataFrame) -> set[int]:
    moved = runs.join(changes.moved.select("id"), on="id", how="semi")["finding_id"]
    deleted = runs.filter(pl.col("id").is_in(changes.deleted.implode()))["finding_id"]
    return {*moved, *deleted, *rest["finding_id"]}
