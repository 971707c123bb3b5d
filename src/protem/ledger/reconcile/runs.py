"""Tables of runs: which exports of a scope showed one machine with the same particulars."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.db import models

from protem.ledger import bulk, timeline
from protem.ledger.facts import INSTANT
from protem.ledger.models import InstalledVersion, PatchState

_SPAN = {"first_at": INSTANT, "last_at": INSTANT}


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTable:
    """One table of runs: its model, and the columns that make two showings the same."""

    model: type[models.Model]
    keys: dict[str, Any] = field(default_factory=dict)
    """Names and kinds, ``record_id`` among them."""

    @property
    def seen(self) -> dict[str, Any]:
        """The columns of what exports show: the scope and the keys."""
        return {"scope_id": pl.Int64, **self.keys}

    def insert(self, seen: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
        """Write what these exports change; returns the runs that were current before."""
        newest = places.filter(pl.col("after_at").is_null())["scope_id"].to_list()
        older = places.filter(pl.col("after_at").is_not_null())["scope_id"].to_list()
        runs = pl.concat([self.load(newest, only_current=True), self.load(older)])
        if runs.is_empty() and seen.is_empty():
            return runs
        changes = timeline.insert(runs, seen.unique(maintain_order=True), places, [*self.keys])
        bulk.insert(self.model, changes.added)
        bulk.update(self.model, changes.moved)
        bulk.delete(self.model, "id", changes.deleted.to_list())
        return runs.filter(pl.col("last_at").is_null())

    def remove(self, places: pl.DataFrame) -> None:
        """Take the exports at these places out again."""
        runs = self.load(places["scope_id"].to_list())
        changes = timeline.remove(runs, places, [*self.keys])
        bulk.delete(self.model, "id", changes.deleted.to_list())
        bulk.update(self.model, changes.moved)

    def load(self, scope_ids: Sequence[int], *, only_current: bool = False) -> pl.DataFrame:
        """The runs of these scopes."""
        columns = {"id": pl.Int64, **self.seen, **_SPAN}
        query = (
            f"SELECT {', '.join(columns)} FROM {bulk.table_of(self.model)}"
            " WHERE scope_id IN ({ids})"
        )
        current = " AND last_at IS NULL" if only_current else ""
        return bulk.read_where(query + current, scope_ids, columns)


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
