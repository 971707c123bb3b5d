"""Every write of packed rows."""

from typing import Any

from django.db.models import Max

from protem.ledger import bulk
from protem.ledger.catalogues import pack
from protem.ledger.packed.models import PackedRows
from protem.ledger.packed.queries import (
    PATCHES_PACKED,
    SCANS_PACKED,
    Packable,
    count_of,
    rows_of,
)

FEWEST = 50_000
"""Tables with fewer rows are read as they are."""
MOST_APART = 0.02
"""When a greater share of the rows has come since, they are packed anew."""


def pack_rows(*, fewest: int = FEWEST) -> list[str]:
    """Pack the tables that have grown a lot, or lost rows, since; returns which."""
    return [
        bulk.table_of(what.model)
        for what in (SCANS_PACKED, PATCHES_PACKED)
        if _pack(what, fewest=fewest)
    ]


def _pack(what: Packable, *, fewest: int) -> bool:
    table, count = bulk.table_of(what.model), count_of(what.model)
    packed = PackedRows.objects.filter(table=table)
    if count < fewest:
        packed.delete()
        return False
    rows: Any = what.model._default_manager  # noqa: SLF001 - Django's documented API
    before = packed.values("newest_id", "count").first()
    if before is not None:
        later = rows.filter(pk__gt=before["newest_id"]).count()
        if count - later == before["count"] and later <= MOST_APART * count:
            return False
    newest = rows.aggregate(newest=Max("pk"))["newest"]
    found = rows_of(what)
    PackedRows.objects.update_or_create(
        table=table,
        defaults={"newest_id": newest, "count": found.height, "packed": pack(found)},
    )
    return True
