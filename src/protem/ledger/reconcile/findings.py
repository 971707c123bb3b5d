"""Findings of one import against those known: new, gone, returned, and their episodes."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from protem.formats.format import Format
from protem.formats.records import Finding as FindingRecord
from protem.formats.vulnerability import canonical
from protem.ledger import bulk, timeline
from protem.ledger.facts import INSTANT
from protem.ledger.keys import key_of
from protem.ledger.models import Finding, Sighting
from protem.ledger.reconcile import derivation
from protem.ledger.reconcile.tally import Tally

SEEN = {
    "scope_id": pl.Int64,
    "finding_id": pl.Int64,
    "record_id": pl.Int64,
    "particulars": pl.Int64,
    "vulnerability": pl.String,
    "component": pl.String,
    "location": pl.String,
    "title": pl.String,
    "url": pl.String,
    "found_by": pl.String,
    "severity": pl.Int64,
    "state": pl.String,
    "is_fixable": pl.Boolean,
    "found_at": INSTANT,
    "ended_at": INSTANT,
    "fix_available_on": pl.Date,
    "is_exploited": pl.Boolean,
    "owner": pl.String,
    "version": pl.String,
    "fixed_version": pl.String,
}
PARTICULARS = (
    "severity",
    "state",
    "is_fixable",
    "found_at",
    "ended_at",
    "fix_available_on",
    "is_exploited",
    "owner",
    "version",
    "fixed_version",
)
RUNS = {
    "id": pl.Int64,
    "scope_id": pl.Int64,
    "finding_id": pl.Int64,
    "particulars": pl.Int64,
    "first_at": INSTANT,
    "last_at": INSTANT,
}
KEYS = ("finding_id", "particulars")


def frame_of(
    findings: Iterable[FindingRecord],
    places: Mapping[str, tuple[int, int]],
    form: Format,
) -> pl.DataFrame:
    """The findings as a frame of ``SEEN``: one row a finding and scope, the gravest of twins.

    ``places`` gives (scope id, record id) by target. What makes two findings one is the
    format's ``identity``; of a vulnerability's aliases the canonical one counts.
    """
    rows = [_row(finding, *places[finding.target], form.identity) for finding in findings]
    return (
        bulk.frame(rows, SEEN)
        .sort(
            "scope_id",
            "finding_id",
            "severity",
            "particulars",
            descending=[False, False, True, False],
        )
        .unique(["scope_id", "finding_id"], keep="first", maintain_order=True)
    )


def reconcile(seen: pl.DataFrame, places: pl.DataFrame) -> Tally:
    """Write what the scans in ``places``, having shown ``seen``, change; tell it by scope."""
    runs = load_runs(places)
    changes = timeline.insert(runs, seen, places, KEYS)
    fresh = seen.join(changes.added, on=["scope_id", *KEYS], how="semi")
    brand_new = _store_findings(fresh, places)
    _write_sightings(changes, seen, runs)
    rederive_all = places.filter(pl.col("after_at").is_not_null() | pl.col("was_stale"))
    simple, rest = _split_simple(changes.added, seen, brand_new, rederive_all)
    touched = _touched(changes, runs, rest)
    derivation.store_simple(simple, places)
    scope_ids = places["scope_id"].to_list()
    outcome = derivation.rederive(
        touched, pending_in=scope_ids, all_of=rederive_all["scope_id"].to_list()
    )
    tally = Tally(earliest=fresh.select(pl.min_horizontal("found_at", "ended_at").min()).item())
    _count(tally, seen=seen, simple=simple, runs=runs, outcome=outcome)
    return tally


def load_runs(places: pl.DataFrame) -> pl.DataFrame:
    """The runs that reach the new scans: the current ones, or all where it isn't the newest."""
    newest = places.filter(pl.col("after_at").is_null())["scope_id"].to_list()
    older = places.filter(pl.col("after_at").is_not_null())["scope_id"].to_list()
    return pl.concat([runs_of(newest, only_current=True), runs_of(older)])


def runs_of(scope_ids: Sequence[int], *, only_current: bool = False) -> pl.DataFrame:
    """The sightings of these scopes as runs."""
    query = (
        f"SELECT {', '.join(RUNS)} FROM {bulk.table_of(Sighting)} WHERE scope_id IN ({{ids}})"
    )
    return bulk.read_where(
        query + (" AND last_at IS NULL" if only_current else ""), scope_ids, RUNS
    )


def _count(
    tally: Tally,
    *,
    seen: pl.DataFrame,
    simple: pl.DataFrame,
    runs: pl.DataFrame,
    outcome: derivation.Outcome,
) -> None:
    """Attribute what happened to the scopes whose scans made it happen."""
    told = {*outcome.new, *outcome.closed, *outcome.reopened}
    shown_in = _scopes_of(seen, told)
    scope_of = _scopes_of(runs, told) | shown_in
    tally.add("unchanged", seen["scope_id"].to_list())
    for name, scopes in (
        ("new", [*simple["scope_id"], *(scope_of[one] for one in outcome.new)]),
        ("reopened", [scope_of.get(one, 0) for one in outcome.reopened]),
    ):
        tally.add(name, scopes)
        tally.take("unchanged", scopes)
    tally.add("closed", [scope_of.get(one, 0) for one in outcome.closed])
    tally.take("unchanged", [shown_in[one] for one in outcome.closed if one in shown_in])


def _scopes_of(rows: pl.DataFrame, finding_ids: set[int]) -> dict[int, int]:
    wanted = rows.filter(pl.col("finding_id").is_in(list(finding_ids)))
    return dict(zip(wanted["finding_id"], wanted["scope_id"], strict=True))


def _row(
    finding: FindingRecord, scope_id: int, record_id: int, identity: Sequence[str]
) -> tuple[object, ...]:
    vulnerability = canonical(finding.vulnerability, finding.aliases)
    component = finding.component if "component" in identity else ""
    location = finding.location if "location" in identity else ""
    particulars = (
        int(finding.severity),
        finding.state.value,
        finding.is_fixable,
        finding.found_at,
        finding.ended_at,
        finding.fix_available_on,
        finding.is_exploited,
        finding.owner[:200],
        finding.version[:200],
        finding.fixed_version[:200],
    )
    return (
        scope_id,
        key_of("finding", str(record_id), vulnerability, component, location),
        record_id,
        key_of(*map(str, particulars)),
        vulnerability[:200],
        component[:500],
        location[:500],
        finding.title[:300],
        finding.url[:500],
        finding.found_by[:16],
        *particulars,
    )


def _store_findings(fresh: pl.DataFrame, places: pl.DataFrame) -> pl.Series:
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
        fresh.join(places.select("scope_id", described_at="at"), on="scope_id")
        .select(*columns, "described_at", id="finding_id")
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
    details = seen.select("scope_id", *KEYS, *PARTICULARS).unique(["scope_id", *KEYS])
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
    schema = {"id": pl.Int64, **{name: SEEN[name] for name in PARTICULARS}}
    stored = bulk.read_where(
        f"SELECT {', '.join(schema)} FROM {bulk.table_of(Sighting)} WHERE id IN ({{ids}})",
        heads["id"].to_list(),
        schema,
    )
    return heads.join(stored, on="id").drop("id")


def _split_simple(
    added: pl.DataFrame, seen: pl.DataFrame, brand_new: pl.Series, rederive_all: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Findings never seen before, open, in one scope only: their episode needs no thought."""
    rows = added.join(seen, on=["scope_id", *KEYS])
    is_simple = (
        pl.col("finding_id").is_in(brand_new.implode())
        & pl.col("last_at").is_null()
        & (pl.col("state") == "open")
        & ~pl.col("scope_id").is_in(rederive_all["scope_id"].implode())
        & (pl.len().over("finding_id") == 1)
    )
    return rows.filter(is_simple), rows.filter(~is_simple)


def _touched(changes: timeline.Changes, runs: pl.DataFrame, rest: pl.DataFrame) -> list[int]:
    moved = runs.join(changes.moved.select("id"), on="id", how="semi")["finding_id"]
    deleted = runs.filter(pl.col("id").is_in(changes.deleted.implode()))["finding_id"]
    return pl.concat([moved, deleted, rest["finding_id"]]).unique().to_list()
