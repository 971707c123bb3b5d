"""Every read of the cuts: which there are, and how they compare."""

from dataclasses import dataclass
from datetime import datetime

from protem.ledger.cuts import WHOLE, By, Cut, parse_cut
from protem.measure.models import Snapshot
from protem.measure.queries import SnapshotView, of_cuts


@dataclass(frozen=True, kw_only=True, slots=True)
class CutRow:
    """One cut with its newest numbers by metric; a metric without one has no entry."""

    cut: Cut
    views: dict[str, SnapshotView]


def measured() -> list[Cut]:
    """The cuts that have numbers, by what they tell apart and then by name."""
    rows = Snapshot.objects.exclude(cut=WHOLE).values_list("cut", flat=True)
    order = list(By)
    found = [parse_cut(text) for text in rows.order_by("cut").distinct()]
    return sorted(found, key=lambda cut: (order.index(cut.by), cut.value.casefold()))


def comparison(by: By, as_of: datetime | None = None) -> list[CutRow]:
    """Every cut told apart in one way with its numbers as of a moment, by name."""
    found: dict[str, dict[str, SnapshotView]] = {}
    for view in of_cuts(by, as_of):
        found.setdefault(view.cut, {})[view.metric] = view
    rows = [CutRow(cut=parse_cut(text), views=views) for text, views in found.items()]
    return sorted(rows, key=lambda row: (not row.cut.value, row.cut.value.casefold()))
