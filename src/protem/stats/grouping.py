"""Union-find with veto: groups of records that remember what may not be joined to them.

Every group carries the *facts* known of its members. A fact belongs to the rule that reads it,
and a rule is vetoed by contradicting facts of every stronger one. Vetoes hold between groups:
what one member knows binds all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TypeAlias

from protem.stats.activity import Span, is_one_machine


class Rule(IntEnum):
    """By what two records are taken for one machine, strongest first."""

    PIN = 0
    CLOUD_ID = 1
    SERIAL = 2
    DEVICE_ID = 3
    MAC = 4
    HOSTNAME = 5

    @property
    def label(self) -> str:
        """The rule in words."""
        return _LABELS[self]


_LABELS = {
    Rule.PIN: "pin",
    Rule.CLOUD_ID: "cloud id",
    Rule.SERIAL: "serial",
    Rule.DEVICE_ID: "device id",
    Rule.MAC: "MAC address",
    Rule.HOSTNAME: "hostname",
}

Kind: TypeAlias = tuple[Rule, str]
"""A rule and, for device ids, whose they are: only facts of one kind can contradict."""


class Groups:
    """A partition of the positions 0 to n - 1, at first each alone.

    Args:
        sources: The source of each position's record.
        spans: When each was alive.
    """

    def __init__(self, sources: Sequence[str], spans: Sequence[Span]) -> None:
        self._parent = list(range(len(sources)))
        self._members = [[position] for position in self._parent]
        self._lives = [{source: [span]} for source, span in zip(sources, spans, strict=True)]
        self._spans = list(spans)
        self._facts: list[dict[Kind, set[str]]] = [{} for _ in self._parent]
        self._apart: dict[int, set[int]] = {}
        self._split_off: dict[int, set[int]] = {}

    def find(self, position: int) -> int:
        """The position that stands for the group."""
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def faces(self, positions: Iterable[int]) -> list[int]:
        """One of ``positions`` for each group among them: the first, in the order given."""
        seen: dict[int, int] = {}
        for position in positions:
            seen.setdefault(self.find(position), position)
        return list(seen.values())

    def among(self, positions: Iterable[int], faces: Iterable[int]) -> list[int]:
        """Those of ``positions`` that are in the groups of ``faces``."""
        roots = set(map(self.find, faces))
        return [position for position in positions if self.find(position) in roots]

    def members(self) -> list[list[int]]:
        """The groups: every position once, ascending within a group and by first member."""
        roots = (place for place, parent in enumerate(self._parent) if place == parent)
        return sorted(sorted(self._members[root]) for root in roots)

    def span(self, position: int) -> Span:
        """From the first to the last sign of life of the group."""
        return self._spans[self.find(position)]

    def known(self, position: int, kind: Kind) -> set[str]:
        """The facts of one kind that the group knows."""
        return self._facts[self.find(position)].get(kind, set())

    def learn(self, position: int, kind: Kind, fact: str) -> None:
        """Tell a group a fact."""
        self._facts[self.find(position)].setdefault(kind, set()).add(fact)

    def keep_apart(self, left: int, right: int) -> None:
        """Forbid for good that two positions come into one group; ``left`` is split off."""
        self._split_off.setdefault(left, set()).add(right)
        self._apart.setdefault(left, set()).add(right)
        self._apart.setdefault(right, set()).add(left)

    def aside(self, positions: Iterable[int]) -> set[int]:
        """Those of ``positions`` whose group holds one split off from another's group.

        They step aside, so that the others may still come together.
        """
        if not self._split_off:
            return set()
        roots = {position: self.find(position) for position in positions}
        there = set(roots.values())
        return {
            position
            for position, root in roots.items()
            for member in self._members[root]
            if not there.isdisjoint(map(self.find, self._split_off.get(member, ())))
        }

    def are_apart(self, left: int, right: int) -> bool:
        """Whether a pin keeps the groups of two positions apart."""
        return self._is_pinned_apart([self.find(left), self.find(right)])

    def join(self, left: int, right: int) -> None:
        """Make one group of two, whatever their facts; the larger takes in the smaller."""
        large, small = self.find(left), self.find(right)
        if large == small:
            return
        if len(self._members[large]) < len(self._members[small]):
            large, small = small, large
        self._parent[small] = large
        self._members[large] += self._members[small]
        for source, lives in self._lives[small].items():
            self._lives[large].setdefault(source, []).extend(lives)
        (start, end), (other_start, other_end) = self._spans[large], self._spans[small]
        self._spans[large] = (min(start, other_start), max(end, other_end))
        for kind, facts in self._facts[small].items():
            self._facts[large].setdefault(kind, set()).update(facts)

    def obstacle(self, positions: Iterable[int], rule: Rule) -> str | None:
        """Why the groups of ``positions`` may not become one by ``rule``; None if they may.

        Two groups contradict each other when each knows a fact of one kind that the other does
        not: two cloud ids, two serials. The weak rules (MAC and hostname) also never join two
        records that one source tells apart; under one hostname they may follow each other in
        time, as after a re-image.
        """
        roots = sorted({self.find(position) for position in positions})
        if self._is_pinned_apart(roots):
            return "kept apart by a pin"
        stronger = [_below(rule, self._facts[root]) for root in roots]
        for kind in sorted({kind for facts in stronger for kind in facts}):
            if clash := _contradiction([facts.get(kind, set()) for facts in stronger]):
                return f"{kind[0].label} {clash}"
        if rule >= Rule.MAC:
            return _told_apart(
                [self._lives[root] for root in roots], may_follow=rule is Rule.HOSTNAME
            )
        return None

    def _is_pinned_apart(self, roots: Sequence[int]) -> bool:
        if not self._apart:
            return False
        inside = {member for root in roots for member in self._members[root]}
        return any(not inside.isdisjoint(self._apart[m]) for m in inside & self._apart.keys())


def _below(rule: Rule, facts: Mapping[Kind, set[str]]) -> dict[Kind, set[str]]:
    return {kind: known for kind, known in facts.items() if kind[0] < rule}


def _contradiction(known: Sequence[set[str]]) -> str | None:
    """No group knows all that is known together; one that does was made so by a person."""
    together = set().union(*known)
    if any(facts == together for facts in known):
        return None
    return " ≠ ".join(sorted(together)[:2])


def _told_apart(
    groups: Sequence[Mapping[str, Sequence[Span]]], *, may_follow: bool
) -> str | None:
    seen = Counter(source for lives in groups for source in lives)
    for source in sorted(source for source, count in seen.items() if count > 1):
        lives = (
            (str(number), span)
            for number, group in enumerate(groups)
            for span in group.get(source, ())
        )
        if not (may_follow and is_one_machine(lives)):
            return f"{source} tells them apart"
    return None
