"""Which records are one machine: rules from strong to weak, vetoes, pins, and a list of doubts.

Each rule gathers the records that share one value and joins all of their groups or, when
anything speaks against it, none: who came first never decides. So the outcome depends neither
on the order of the records nor on their keys. An address (IP) is never evidence.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from protem.stats.activity import is_one_machine, overlapping_runs, span
from protem.stats.grouping import Groups, Kind, Rule
from protem.stats.identifiers import (
    normalise_id,
    normalise_mac,
    normalise_serial,
    short_hostname,
)
from protem.stats.identity import Conflict, Identity, Merge, Resolution

__all__ = ["Conflict", "Identity", "Merge", "Resolution", "Rule", "resolve"]

OS_FAMILY: Kind = (Rule.HOSTNAME, "operating system")
MOST_QUESTIONS = 3
"""The most doubts that one value raises."""


def resolve(
    identities: Iterable[Identity],
    *,
    joined: Iterable[tuple[int, int]] = (),
    split: Iterable[tuple[int, int]] = (),
) -> Resolution:
    """Find the machines behind the records of all sources.

    The rules, in order: pins by people; cloud id; hardware serial; directory or MDM device id;
    hardware address; short hostname with the same operating system and overlapping activity.
    Serials and device ids must be unique within each source, except where its records have the
    same hostname or follow each other in time (a re-image). Where they are not (clones), they
    join only what also has one hostname and, in each source, one life at a time. A MAC address
    that one source sees on two machines is a dock or hotspot and ignored; a hostname that it
    sees on two at once is a doubt. What a strong rule tells apart a weaker one never joins.
    Union-find after Tarjan (1975).

    Args:
        identities: The records, in any order.
        joined: Pairs of keys that people declare one machine, whatever else is known.
        split: Pairs of keys that may never be one; stronger than ``joined``. The first of a
            pair is the one split off: where both share a value with others, it steps aside
            and the others are joined without it. What a pin settles is no doubt. A pin that
            names a key not among the records has no effect.

    Raises:
        ValueError: Two records have one key, or an instant lacks its time zone.
    """
    records = sorted(identities, key=lambda identity: identity.key)
    if len({record.key for record in records}) < len(records):
        raise ValueError("two records have the same key")
    matching = _Matching(records)
    matching.pin(joined, split)
    matching.by_cloud_id([normalise_id(record.cloud_id) for record in records])
    matching.by_unique(Rule.SERIAL, [normalise_serial(record.serial) for record in records])
    matching.by_unique(Rule.DEVICE_ID, [normalise_id(record.device_id) for record in records])
    matching.by_mac()
    matching.by_hostname()
    return Resolution(
        groups=matching.groups(),
        merges=matching.merges,
        conflicts=matching.conflicts,
        superseded=matching.superseded(),
    )


class _Matching:
    """A resolution under way; records are spoken of by their position in order of key."""

    def __init__(self, records: Sequence[Identity]) -> None:
        self.merges: list[Merge] = []
        self.conflicts: list[Conflict] = []
        self._records = records
        self._names = [short_hostname(record.hostname) for record in records]
        self._spans = [span(record.active_from, record.active_to) for record in records]
        self._groups = Groups([record.source for record in records], self._spans)
        for position, record in enumerate(records):
            if family := (record.os_family or "").strip().lower():
                self._groups.learn(position, OS_FAMILY, family)

    def pin(self, joined: Iterable[tuple[int, int]], split: Iterable[tuple[int, int]]) -> None:
        place = {record.key: position for position, record in enumerate(self._records)}
        for left, right in _pairs(split, place):
            self._groups.keep_apart(left, right)
        for left, right in _pairs(joined, place):
            self._merge(Rule.PIN, "joined by a person", [left, right])

    def by_cloud_id(self, values: Sequence[str | None]) -> None:
        for value, members in _shared(values):
            for member in members:
                self._groups.learn(member, (Rule.CLOUD_ID, ""), value)
            self._merge(Rule.CLOUD_ID, value, members)

    def by_unique(self, rule: Rule, values: Sequence[str | None]) -> None:
        for value, members in _shared(values):
            if source := self._repeats_in(members):
                self._join_namesakes(rule, value, members)
                self._refuse(rule, value, members, because=f"not unique in {source}")
                continue
            for member in members:
                self._groups.learn(member, self._kind(rule, value, member), value)
            self._merge(rule, value, members)

    def by_mac(self) -> None:
        bearers: dict[str, list[int]] = defaultdict(list)
        for position, record in enumerate(self._records):
            for mac in {normalise_mac(text) for text in record.macs} - {None}:
                bearers[str(mac)].append(position)
        for mac, members in sorted(bearers.items()):
            if self._told_apart_in(members) is None:  # else a dock or a hotspot
                self._merge(Rule.MAC, mac, members)

    def by_hostname(self) -> None:
        for name, members in _shared(self._names):
            for part in self._same_system(name, self._groups.faces(members)):
                for run in overlapping_runs(part, self._groups.span):
                    if len(self._by_source(self._groups.among(members, run))) > 1:
                        self._merge(Rule.HOSTNAME, name, run)

    def groups(self) -> list[tuple[int, ...]]:
        return [
            tuple(self._records[member].key for member in members)
            for members in self._groups.members()
        ]

    def superseded(self) -> dict[int, int]:
        older: dict[int, int] = {}
        for members in self._groups.members():
            if len(members) > 1:
                for agents in self._by_source(members).values():
                    *others, newest = sorted(agents, key=self._freshness)
                    key = self._records[newest].key
                    older.update((self._records[other].key, key) for other in others)
        return dict(sorted(older.items()))

    def _merge(self, rule: Rule, evidence: str, members: Iterable[int]) -> None:
        faces = self._groups.faces(members)
        aside = set() if rule is Rule.PIN else self._groups.aside(faces)
        first, *others = sorted(set(faces) - aside) or faces[:1]
        if not others:
            return
        if because := self._groups.obstacle([first, *others], rule):
            self._refuse(rule, evidence, [first, *others], because=because)
            return
        left = self._records[first].key
        for other in others:
            self._groups.join(first, other)
            right = self._records[other].key
            self.merges.append(Merge(left=left, right=right, rule=rule, evidence=evidence))

    def _join_namesakes(self, rule: Rule, value: str, members: Sequence[int]) -> None:
        """Clones share a value; with the hostname, and one life at a time, it is a machine."""
        namesakes: dict[str, list[int]] = defaultdict(list)
        for member in members:
            if name := self._names[member]:
                namesakes[name].append(member)
        for name, same in sorted(namesakes.items()):
            sources = self._by_source(same).values()
            if all(is_one_machine((None, self._spans[at]) for at in each) for each in sources):
                self._merge(rule, f"{value} and hostname {name}", same)

    def _refuse(
        self, rule: Rule, evidence: str, members: Iterable[int], *, because: str
    ) -> None:
        """One doubt for each group but the first: as many as there are questions to answer.

        What many machines share is no question but a template or a placeholder: one doubt.
        """
        first, *others = sorted(self._groups.faces(members))
        if rule is not Rule.PIN:
            others = [other for other in others if not self._groups.are_apart(first, other)]
        if len(others) > MOST_QUESTIONS:
            because = f"{len(others) + 1} machines share it"
            others = others[:1]
        for other in others:
            self.conflicts.append(
                Conflict(
                    left=self._records[first].key,
                    right=self._records[other].key,
                    rule=rule,
                    evidence=evidence,
                    vetoed_by=self._groups.obstacle([first, other], rule) or because,
                )
            )

    def _kind(self, rule: Rule, value: str, member: int) -> Kind:
        if rule is Rule.SERIAL:
            return rule, ""
        kind, colon, _ = value.partition(":")
        return rule, kind if colon else self._records[member].source

    def _repeats_in(self, members: Sequence[int]) -> str | None:
        """The first source that uses one value for several machines; re-images are one."""
        for source, agents in sorted(self._by_source(members).items()):
            if len(self._groups.faces(agents)) > 1:
                lives = [(self._names[agent], self._spans[agent]) for agent in agents]
                if not is_one_machine(lives):
                    return source
        return None

    def _told_apart_in(self, members: Sequence[int]) -> str | None:
        """The first source with records of several groups among ``members``."""
        by_source = sorted(self._by_source(members).items())
        several = (s for s, agents in by_source if len(self._groups.faces(agents)) > 1)
        return next(several, None)

    def _same_system(self, name: str, faces: Sequence[int]) -> Iterable[list[int]]:
        """Parts of one operating system; the unknown goes with it, if there is only one."""
        parts: dict[frozenset[str], list[int]] = defaultdict(list)
        for face in faces:
            parts[frozenset(self._groups.known(face, OS_FAMILY))].append(face)
        unknown = parts.pop(frozenset(), [])
        if len(parts) <= 1:
            return [list(faces)]
        for face in unknown:
            other = next(known for known in faces if known not in unknown)
            self._refuse(Rule.HOSTNAME, name, [face, other], because="several systems")
        return parts.values()

    def _by_source(self, members: Iterable[int]) -> dict[str, list[int]]:
        agents: dict[str, list[int]] = defaultdict(list)
        for member in members:
            agents[self._records[member].source].append(member)
        return agents

    def _freshness(self, position: int) -> tuple[float, float, int]:
        record = self._records[position]
        return _instant(record.active_to), _instant(record.active_from), position


def _instant(moment: datetime | None) -> float:
    return -math.inf if moment is None else moment.timestamp()


def _shared(values: Iterable[str | None]) -> list[tuple[str, list[int]]]:
    """Positions by the value they have, in order of value."""
    bearers: dict[str, list[int]] = defaultdict(list)
    for position, value in enumerate(values):
        if value is not None:
            bearers[value].append(position)
    return sorted(bearers.items())


def _pairs(pins: Iterable[tuple[int, int]], place: Mapping[int, int]) -> list[tuple[int, int]]:
    """Pins by position, each once and in order; without those that lead nowhere."""
    there = ((place[a], place[b]) for a, b in pins if a in place and b in place and a != b)
    return sorted(set(there))
