"""Tables of very many rows that never change: what was packed of them, and the rest.

A scan or a patch is added by an import and taken out with it, never edited. Reading a million
of them one by one takes seconds, unpacking them a tenth of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection, models

from protem.ledger import bulk
from protem.ledger.catalogues import unpack
from protem.ledger.facts import PATCHES, SCANS
from protem.ledger.models import PatchEvent, Scan
from protem.ledger.packed.models import PackedRows

OF_SCOPE = ("tool", "target", "settings", "record_id")
SCAN_ROWS: dict[str, Any] = {
    name: kind for name, kind in SCANS.items() if name not in {*OF_SCOPE, "patch_proof"}
}
PATCH_ROWS: dict[str, Any] = {n: k for n, k in PATCHES.items() if n != "asset_id"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Packable:
    """A table that is only ever added to or taken from, the columns read, and their order."""

    model: type[models.Model]
    schema: dict[str, Any]
    order: Sequence[str]


SCANS_PACKED = Packable(model=Scan, schema=SCAN_ROWS, order=("scope_id", "at"))
PATCHES_PACKED = Packable(model=PatchEvent, schema=PATCH_ROWS, order=())


def scan_rows() -> pl.DataFrame:
    """Every look with what is its own, by scope and time."""
    return rows_of(SCANS_PACKED)


def patch_rows() -> pl.DataFrame:
    """Every patch installed, as its source told it."""
    return rows_of(PATCHES_PACKED)


def rows_of(what: Packable) -> pl.DataFrame:
    """All rows: those packed, if they are all still there, and those that came since."""
    packed = PackedRows.objects.filter(table=bulk.table_of(what.model)).first()
    if packed is None:
        return _read(what)
    later = _read(what, after=packed.newest_id)
    if count_of(what.model) - later.height != packed.count:
        return _read(what)
    earlier = unpack(bytes(packed.packed))
    if later.is_empty():
        return earlier
    whole = pl.concat([earlier, later])
    return whole.sort(what.order) if what.order else whole


def count_of(model: type[models.Model]) -> int:
    """How many rows a table has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {bulk.table_of(model)}")
        return int(cursor.fetchone()[0])


def _read(what: Packable, *, after: int = 0) -> pl.DataFrame:
    names = ", ".join(f'"{name}"' for name in what.schema)
    query = f"SELECT {names} FROM {bulk.table_of(what.model)} WHERE id > {int(after)}"
    if what.order and not after:
        return bulk.read_grouped(query, what.order[0], what.schema).sort(what.order)
    return bulk.read(query, what.schema)
