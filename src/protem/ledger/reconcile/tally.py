"""Counting what an import did, scope by scope, so that every file of a batch gets its own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

NAMES = ("new", "closed", "reopened", "unchanged")


@dataclass(kw_only=True, slots=True)
class Tally:
    """How many were new, closed, reopened and unchanged, by scope."""

    counts: dict[str, Counter[int]] = field(
        default_factory=lambda: {name: Counter() for name in NAMES}
    )
    earliest: datetime | None = None
    """The oldest date of the tools' own in what changed."""

    def add(self, name: str, scope_ids: Iterable[int]) -> None:
        """Count one for each scope id given."""
        self.counts[name].update(scope_ids)

    def take(self, name: str, scope_ids: Iterable[int]) -> None:
        """Count one less for each scope id given, not below nothing."""
        counts = self.counts[name]
        for scope_id, number in Counter(scope_ids).items():
            counts[scope_id] = max(counts[scope_id] - number, 0)

    def of(self, scope_ids: Iterable[int]) -> Counter[str]:
        """The counts of these scopes together."""
        ids = set(scope_ids)
        return Counter(
            {name: sum(self.counts[name][scope_id] for scope_id in ids) for name in NAMES}
        )
