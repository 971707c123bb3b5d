"""When a record was alive: spans of time, who overlaps whom, and what a re-image looks like.

A span is a pair of seconds since 1970, both ends included; an unknown end is infinite, so that
what is unknown overlaps everything.
"""

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias, TypeVar

Span: TypeAlias = tuple[float, float]
ALWAYS: Span = (-math.inf, math.inf)
SLACK = 7 * 86_400.0
"""Seconds by which two lives of one machine may overlap at most."""

Item = TypeVar("Item")


def span(active_from: datetime | None, active_to: datetime | None) -> Span:
    """The span between two aware instants; an impossible one (from after to) is unknown.

    Raises:
        ValueError: An instant has no time zone.
    """
    if any(moment is not None and moment.tzinfo is None for moment in (active_from, active_to)):
        raise ValueError("an instant needs its time zone")
    start = -math.inf if active_from is None else active_from.timestamp()
    end = math.inf if active_to is None else active_to.timestamp()
    return (start, end) if start <= end else ALWAYS


def overlapping_runs(
    items: Iterable[Item], span_of: Callable[[Item], Span]
) -> list[list[Item]]:
    """The items parted where time parts them: each run is linked by overlaps, in time order."""
    runs: list[list[Item]] = []
    reach = -math.inf
    for item in sorted(items, key=span_of):
        start, end = span_of(item)
        if runs and start <= reach:
            runs[-1].append(item)
        else:
            runs.append([item])
        reach = max(reach, end)
    return runs


def follows(earlier: Span, later: Span) -> bool:
    """Whether one life ends where the other, which starts no earlier, takes over.

    They may overlap a little, by less than ``SLACK`` and less than half the shorter life:
    exports tell the last contact of the old one only to within days.
    """
    overlap = min(earlier[1], later[1]) - later[0]
    shorter = min(earlier[1] - earlier[0], later[1] - later[0])
    return overlap < 0 or overlap < min(SLACK, shorter / 2)


def is_one_machine(lives: Iterable[tuple[str | None, Span]]) -> bool:
    """Whether records of one source with one serial may be one machine, re-imaged.

    Args:
        lives: Hostname (None when unknown) and span of each record.

    Returns:
        True when any two of them have the same hostname or follow each other. Two unknown
        hostnames are not the same.
    """
    still_alive: dict[str | None, list[Span]] = {}
    for hostname, life in sorted(lives, key=lambda one: one[1]):
        for other, spans in still_alive.items():
            if other is None or other != hostname:
                spans[:] = [span for span in spans if span[1] >= life[0]]
                if not all(follows(span, life) for span in spans):
                    return False
        still_alive.setdefault(hostname, []).append(life)
    return True
