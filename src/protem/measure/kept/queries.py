"""Every read of what is kept beside snapshots."""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from protem.ledger.cuts import WHOLE
from protem.measure.metric import Table
from protem.measure.models import KeptTable, ToolFreshness


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """How recent what one tool told us is."""

    tool: str
    newest_at: datetime
    usual_days: float | None
    """The usual days between its reports of one scope."""
    scopes: int


def freshness() -> list[Freshness]:
    """Every tool with its newest report, by name."""
    rows = ToolFreshness.objects.order_by("tool").values(*Freshness.__slots__)
    return [Freshness(**row) for row in rows]


def tables(metric: str, as_of: datetime, *, cut: str = WHOLE) -> list[Table] | None:
    """The lists behind one metric as kept, long ones with their first rows only.

    They are kept for the newest week of the whole company; None for any other, which has to
    be worked out from the facts (``measure.queries.tables``).
    """
    if cut != WHOLE:
        return None
    rows = KeptTable.objects.filter(metric=metric, as_of=as_of)
    return [_table(row) for row in sorted(rows, key=lambda row: row.place)] or None


def _table(row: KeptTable) -> Table:
    table = msgspec.convert(row.table, Table)
    for cells in table.rows:
        for name in row.dates:
            if cells[name] is not None:
                cells[name] = date.fromisoformat(cells[name])
    return table
