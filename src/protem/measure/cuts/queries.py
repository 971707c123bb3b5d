"""Every read of the cuts: which there are, and how they compare."""

from collections.abc import Iterable
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

    @property
    def behind(self) -> int:
        """How many of its numbers miss their target."""
        return sum(view.meets_target is False for view in self.views.values())


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


def lagging(rows: Iterable[CutRow]) -> list[CutRow]:
    """The rows by how many targets they miss and by how much, the furthest behind first."""
    return sorted(rows, key=lambda row: (-row.behind, -_gap(row)))


def _gap(row: CutRow) -> float:
    """The sum of how far each number that misses its target is from it, in targets."""
    return sum(
        abs(view.reading.value - view.target) / max(view.target, 1.0)
        for view in row.views.values()
        if view.meets_target is False and view.reading.value is not None and view.target
    )
