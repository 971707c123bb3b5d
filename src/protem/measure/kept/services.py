"""Every write of what is kept beside snapshots: lists behind metrics, freshness of tools."""

from datetime import date, datetime, timedelta

import msgspec
import numpy as np
from django.db import transaction

from protem.ledger.facts import Facts
from protem.measure.days import EPOCH
from protem.measure.metric import METRICS, Column, Table
from protem.measure.models import KeptTable, ToolFreshness
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import usual_interval

MOST_ROWS = 500
"""Rows of a list that are kept; its download computes the rest."""


def keep_for_pages(facts: Facts, *, as_of: datetime) -> None:
    """Keep the lists behind each metric and the freshness of each tool as of a moment."""
    tables = [
        KeptTable(
            metric=metric.name,
            name=table.name,
            as_of=as_of,
            place=place,
            table=msgspec.to_builtins(_first_rows(table)),
            dates=[column.name for column in table.columns if _holds_dates(table, column)],
        )
        for metric in METRICS
        for place, table in enumerate(metric.tables(facts, as_of))
    ]
    with transaction.atomic():
        forget_kept()
        KeptTable.objects.bulk_create(tables)
        ToolFreshness.objects.bulk_create(_freshness(facts))


def forget_kept() -> None:
    """Take out all that is kept."""
    KeptTable.objects.all().delete()
    ToolFreshness.objects.all().delete()


def _first_rows(table: Table) -> Table:
    more = max(0, len(table.rows) - MOST_ROWS)
    return msgspec.structs.replace(table, rows=table.rows[:MOST_ROWS], more=more)


def _holds_dates(table: Table, column: Column) -> bool:
    return any(isinstance(row.get(column.name), date) for row in table.rows[:MOST_ROWS])


def _freshness(facts: Facts) -> list[ToolFreshness]:
    history = scan_history(facts)
    newest = np.maximum(history.newest(np.inf)[0], history.newest_partial(np.inf))
    found = []
    for number, tool in enumerate(history.tools):
        mine = history.tool == number
        found.append(
            ToolFreshness(
                tool=tool,
                newest_at=EPOCH + timedelta(days=float(newest[mine].max())),
                usual_days=usual_interval(history, np.inf, mine),
                scopes=int(mine.sum()),
            )
        )
    return found
