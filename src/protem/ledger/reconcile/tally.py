"""Counting what an import did, look by look, so that every file of a batch gets its own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

NAMES = ("new", "closed", "reopened", "unchanged")


@dataclass(kw_only=True, slots=True)
class Tally:
    """How many were new, closed, reopened and unchanged, by look."""

    counts: dict[str, Counter[int]] = field(
        default_factory=lambda: {name: Counter() for name in NAMES}
    )
    earliest: dict[int, datetime] = field(default_factory=dict)
    """The oldest date of the tools' own in what changed, by look."""

    def add(self, name: str, looks: Iterable[int]) -> None:
        """Count one for each look given."""
        self.counts[name].update(looks)

    def take(self, name: str, looks: Iterable[int]) -> None:
        """Count one less for each look given, not below nothing."""
        counts = self.counts[name]
        for look, number in Counter(looks).items():
            counts[look] = max(counts[look] - number, 0)

    def of(self, looks: Iterable[int]) -> Counter[str]:
        """The counts of these looks together."""
        ours = set(looks)
        return Counter({name: sum(self.counts[name][look] for look in ours) for name in NAMES})
