"""Month by month: how long what was remediated had been open, and whether that is usual."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from protem.measure.clusters import Clusters
from protem.measure.days import day_number
from protem.measure.metric import Column, Plot, Table
from protem.stats.xmr import limits

SHOWN = 24
"""So many months back."""
FEWEST_CLOSED = 3
"""A month in which fewer were remediated has no median."""
_LEAST_DAYS = 1 / 24
"""Shorter ages count as this, for their logarithm."""


def months_table(clusters: Clusters, as_of: datetime) -> Table:
    """The median age at remediation of each whole month, with the range that is usual.

    The range comes from the months before the newest one, on the logarithm, as ages are
    skewed; only the newest is held against it: of 24 points some stand out by chance.
    """
    rows = [_row(clusters, start, end) for start, end in _months(as_of)]
    known = [row for row in rows if row["median_days"] is not None]
    range_ = limits([_log(row) for row in known[:-1]])
    if range_ is not None:
        for row in rows:
            row["usual_from"], row["usual_to"] = math.exp(range_.low), math.exp(range_.high)
        if not range_.hold(_log(known[-1])) and known[-1] is rows[-1]:
            known[-1]["is_unusual"] = "yes"
    return Table(
        name="months",
        title="Month by month, what was remediated",
        columns=[
            Column(name="month", label="Month"),
            Column(name="remediated", label="Remediated", is_number=True),
            Column(name="median_days", label="Median days open", is_number=True),
            Column(name="usual_from", label="Usual from", is_number=True),
            Column(name="usual_to", label="Usual to", is_number=True),
            Column(name="is_unusual", label="Out of the usual"),
        ],
        rows=rows[::-1],
        plot=Plot(
            on="month",
            value="median_days",
            low="usual_from",
            high="usual_to",
            label="Median days open of what was remediated",
            unit="days",
            band="usual for such months",
        )
        if known
        else None,
        empty="Nothing was remediated yet.",
    )


def _months(as_of: datetime) -> list[tuple[date, date]]:
    """First days of each of the last whole months and of the one after it, oldest first."""
    end = as_of.astimezone(UTC).date().replace(day=1)
    found: list[tuple[date, date]] = []
    while len(found) < SHOWN:
        start = (end - timedelta(days=1)).replace(day=1)
        found.append((start, end))
        end = start
    return found[::-1]


def _row(clusters: Clusters, start: date, end: date) -> dict[str, Any]:
    first, after = day_number(start), day_number(end)
    closed = clusters.event & (clusters.end >= first) & (clusters.end < after)
    ages = np.maximum((clusters.end - clusters.start)[closed], _LEAST_DAYS)
    return {
        "month": start,
        "remediated": int(closed.sum()),
        "median_days": float(np.median(ages)) if ages.size >= FEWEST_CLOSED else None,
        "usual_from": None,
        "usual_to": None,
        "is_unusual": "",
    }


def _log(row: dict[str, Any]) -> float:
    return math.log(row["median_days"])
