"""What each of several scans made known of one finding, when they arrive together.

Pure. What comes out is what would have come out had the scans been brought in one by one in
the order of their dates; the tests compare the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from protem.formats.records import FindingState
from protem.ledger.episodes import Episode, ScopeScans, Seen, derive


class Event(StrEnum):
    """What a scan may make known of a finding."""

    NEW = "new"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """The episodes of a finding before the scans arrived: for each whether it was over."""

    are_over: tuple[bool, ...] = ()
    is_pending: bool = False


@dataclass(kw_only=True, slots=True)
class Moments:
    """The scans that arrive, and what was known of their scopes at each of them."""

    scopes: Mapping[int, ScopeScans]
    looks: Mapping[tuple[int, datetime], int]
    """The number of each new look by (scope id, instant)."""
    stale: frozenset[int] = frozenset()
    """The looks that came long after the one before: they give a scope its vote back."""
    _of_scope: dict[int, list[datetime]] = field(init=False)
    _until: dict[tuple[int, datetime], ScopeScans | None] = field(init=False)

    def __post_init__(self) -> None:
        self._of_scope, self._until = {}, {}
        for scope_id, at in sorted(self.looks):
            self._of_scope.setdefault(scope_id, []).append(at)

    def of(self, scope_ids: Iterable[int]) -> list[tuple[datetime, int]]:
        """(instant, look) of every new look at these scopes, in order."""
        return sorted(
            (at, self.looks[scope_id, at])
            for scope_id in scope_ids
            for at in self._of_scope.get(scope_id, ())
        )

    def until(self, scope_id: int, at: datetime) -> ScopeScans | None:
        """The scans of a scope without the new ones after ``at``; None if none is left."""
        later = [moment for moment in self._of_scope.get(scope_id, ()) if moment > at]
        if not later:
            return self.scopes[scope_id]
        key = (scope_id, later[0])
        if key not in self._until:
            self._until[key] = self.scopes[scope_id].before_scan(later[0])
        return self._until[key]


def events(
    sightings: Sequence[Seen], episodes: Sequence[Episode], stored: Stored, moments: Moments
) -> Iterator[tuple[Event, int]]:
    """What the new looks made known, each with the look that did.

    Args:
        sightings: every sighting of the finding, by ``first_at``.
        episodes: what was derived from them.
        stored: the episodes before.
        moments: the new looks.
    """
    scope_ids = {seen.scope_id for seen in sightings}
    steps = moments.of(scope_ids)
    if len({at for at, _look in steps}) <= 1:
        now = Stored(are_over=_are_over(episodes))
        look = steps[0][1] if steps else 0
        yield from ((event, look) for event in _compared(stored, now))
    elif len(scope_ids) == 1 and all(seen.state is FindingState.OPEN for seen in sightings):
        yield from _in_one_scope(sightings, stored, moments)
    else:
        yield from _replayed(sightings, stored, moments, steps)


def _are_over(episodes: Iterable[Episode]) -> tuple[bool, ...]:
    return tuple(episode.closed_at is not None for episode in episodes)


def _compared(before: Stored, now: Stored) -> Iterator[Event]:
    known = len(before.are_over)
    if now.are_over and not known:
        yield Event.NEW
    both = list(zip(before.are_over, now.are_over, strict=False))
    yield from (Event.CLOSED for was_over, is_over in both if is_over and not was_over)
    came_back = any(was_over and not is_over for was_over, is_over in both)
    if came_back or len(now.are_over) > max(known, 1):
        yield Event.REOPENED


def _in_one_scope(
    sightings: Sequence[Seen], stored: Stored, moments: Moments
) -> Iterator[tuple[Event, int]]:
    """As ``_replayed``, read off the gaps between sightings: most findings are so simple."""
    scope_id = sightings[0].scope_id
    scans = moments.scopes[scope_id]
    starts = [*(seen.first_at for seen in sightings[1:]), None]
    told: list[tuple[Event, datetime | None]] = []
    if not stored.are_over:
        told.append((Event.NEW, sightings[0].first_at))
    for seen, again in zip(sightings, starts, strict=True):
        if seen.last_at is None:
            continue
        absent = scans.proof_after(seen.last_at, until=again, is_fixable=seen.is_fixable)
        if absent is not None:
            told += [(Event.CLOSED, absent), (Event.REOPENED, again)]
    for event, at in told:
        look = moments.looks.get((scope_id, at)) if at is not None else None
        if look is not None:
            yield event, look


def _replayed(
    sightings: Sequence[Seen],
    stored: Stored,
    moments: Moments,
    steps: Sequence[tuple[datetime, int]],
) -> Iterator[tuple[Event, int]]:
    """Derive the episodes after each look that may have changed them, and compare."""
    changing = _changing(sightings, moments.scopes)
    before = stored
    for at, look in steps:
        if not (at in changing or before.is_pending or look in moments.stale):
            continue
        known = _known(sightings, moments, at)
        scopes = {seen.scope_id: moments.until(seen.scope_id, at) for seen in known}
        found = derive(known, {key: scans for key, scans in scopes.items() if scans})
        now = Stored(are_over=_are_over(found), is_pending=any(one.is_pending for one in found))
        yield from ((event, look) for event in _compared(before, now))
        before = now


def _changing(sightings: Iterable[Seen], scopes: Mapping[int, ScopeScans]) -> set[datetime]:
    """When sightings begin, and the first scans that no longer show them."""
    found = set()
    for seen in sightings:
        found.add(seen.first_at)
        if seen.last_at is not None:
            found.add(scopes[seen.scope_id].after(seen.last_at))
    return found


def _known(sightings: Iterable[Seen], moments: Moments, at: datetime) -> list[Seen]:
    """The sightings as they were when the scans after ``at`` had not arrived."""
    known = []
    for seen in sightings:
        scans = moments.until(seen.scope_id, at)
        if scans is None or seen.first_at > scans.newest:
            continue
        is_current = seen.last_at is None or seen.last_at >= scans.newest
        known.append(replace(seen, last_at=None) if is_current else seen)
    return known
