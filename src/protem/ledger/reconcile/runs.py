"""Tables of runs: which looks at a scope showed one thing with the same particulars."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.db import models

from protem.ledger import bulk, timeline
from protem.ledger.facts import INSTANT
from protem.ledger.models import InstalledVersion, PatchState, Presence, Sighting
from protem.ledger.reconcile.places import Placed

_SPAN = {"first_at": INSTANT, "last_at": INSTANT}


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTable:
    """One table of runs: its model, and the columns that make two showings the same."""

    model: type[models.Model]
    keys: dict[str, Any] = field(default_factory=dict)
    """Names and kinds, the id of the thing among them."""

    @property
    def seen(self) -> dict[str, Any]:
        """The columns of what exports show: the look, its scope and instant, and the keys."""
        return {"look": pl.Int64, "scope_id": pl.Int64, "at": INSTANT, **self.keys}

    def insert(self, seen: pl.DataFrame, placed: Placed) -> pl.DataFrame:
        """Write what these exports change; returns the runs that were current before."""
        runs = self.load_reached(placed)
        if runs.is_empty() and seen.is_empty():
            return runs
        changes = timeline.insert(
            runs, seen.unique(maintain_order=True), placed.line, [*self.keys]
        )
        bulk.insert(self.model, changes.added)
        bulk.update(self.model, changes.moved)
        bulk.delete(self.model, "id", changes.deleted.to_list())
        return runs.filter(pl.col("last_at").is_null())

    def load_reached(self, placed: Placed) -> pl.DataFrame:
        """The runs that reach new looks: the current ones; all where one isn't the newest."""
        late = placed.late_scope_ids
        newest = set(placed.looks["scope_id"]) - set(late)
        return pl.concat([self.load(sorted(newest), only_current=True), self.load(late)])

    def remove(self, places: pl.DataFrame) -> None:
        """Take the exports at these places out again."""
        runs = self.load(places["scope_id"].to_list())
        changes = timeline.remove(runs, places, [*self.keys])
        bulk.delete(self.model, "id", changes.deleted.to_list())
        bulk.update(self.model, changes.moved)

    def load(self, scope_ids: Sequence[int], *, only_current: bool = False) -> pl.DataFrame:
        """The runs of these scopes."""
        columns = {"id": pl.Int64, "scope_id": pl.Int64, **self.keys, **_SPAN}
        query = (
            f"SELECT {', '.join(columns)} FROM {bulk.table_of(self.model)}"
            " WHERE scope_id IN ({ids})"
        )
        current = " AND last_at IS NULL" if only_current else ""
        return bulk.read_where(query + current, scope_ids, columns)


SIGHTINGS = RunTable(model=Sighting, keys={"finding_id": pl.Int64, "particulars": pl.Int64})
PRESENCES = RunTable(
    model=Presence,
    keys={"record_id": pl.Int64, "state": pl.String, "silent_days": pl.Int64},
)
PATCH_STATES = RunTable(
    model=PatchState,
    keys={
        "record_id": pl.Int64,
        "condition": pl.String,
        "missing": pl.Int64,
        "silent_days": pl.Int64,
    },
)
INSTALLED_VERSIONS = RunTable(
    model=InstalledVersion,
    keys={"record_id": pl.Int64, "product": pl.String, "version": pl.String},
)
