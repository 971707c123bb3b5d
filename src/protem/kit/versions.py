"""Which version of an imported row was known at a moment.

Rows are kept as their files stated them; a later file adds versions. A moment sees the newest
version known by then. Where none was known yet the earliest one stands in: history that was
imported afterwards. Fields that tell of events after the moment are the caller's to mask.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class Versioned(Protocol):
    """A row that says from when on it was known."""

    @property
    def known_at(self) -> datetime: ...


Row = TypeVar("Row", bound=Versioned)


def histories(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> list[list[Row]]:
    """The versions of each thing, oldest first; of one moment the row given last is newest."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    for versions in found.values():
        versions.sort(key=_known_at)
    return list(found.values())


def different(versions: Sequence[Row], content: Callable[[Row], object]) -> list[Row]:
    """The versions (oldest first, not empty) without those that only repeat the one before."""
    kept = [versions[0]]
    for version in versions[1:]:
        if content(version) != content(kept[-1]):
            kept.append(version)
    return kept


def known_version(versions: Sequence[Row], as_of: datetime) -> Row:
    """The newest of ``versions`` (oldest first, not empty) by ``as_of``, else the earliest."""
    chosen = versions[0]
    for version in versions[1:]:
        if version.known_at > as_of:
            break
        chosen = version
    return chosen


def known(rows: Iterable[Row], as_of: datetime, key: Callable[[Row], Hashable]) -> list[Row]:
    """Each thing as known at ``as_of``, and as first known where that was later."""
    return [known_version(versions, as_of) for versions in histories(rows, key)]


def known_by(rows: Iterable[Row], as_of: datetime, key: Callable[[Row], Hashable]) -> list[Row]:
    """Each thing as known at ``as_of``, without those nobody knew of yet.

    For what has no event times of its own, such as a deal's stage: a version from later would
    tell of the future.
    """
    return known((row for row in rows if row.known_at <= as_of), as_of, key)


def _known_at(row: Versioned) -> datetime:
    return row.known_at
