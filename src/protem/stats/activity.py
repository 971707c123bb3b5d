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


def is_one_machine(lives: Iterable[tuple[str | None, Span]]) -> bool:
    """Whether records of one source with one serial may be one machine, re-imaged.

    Args:
        lives: Hostname (None when unknown) and span of each record.

    Returns:
        True when any two of them have the same hostname or do not overlap. Two unknown
        hostnames are not the same.
    """
    latest_name: str | None = None
    latest_end = before_it = math.nan  # before anybody was alive: nothing compares with it
    for hostname, (start, end) in sorted(lives, key=lambda life: life[1]):
        same = hostname is not None and hostname == latest_name
        if start <= (before_it if same else latest_end):
            return False
        before_it = before_it if same else latest_end
        latest_end = max(end, latest_end) if same else end
        latest_name = hostname
    return True
