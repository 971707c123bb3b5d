"""Rows kept as their file states them: calendar entries and tickets."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import polars as pl
from django.db import models

from protem.formats.records import Meeting as MeetingRecord
from protem.formats.records import Record
from protem.formats.records import WorkItem as WorkItemRecord
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.models import Meeting, WorkItem

RUN = {"run_id": pl.Int64, "known_at": INSTANT}
"""The columns of every such row: its import run, and the as-of of the file."""
_MEETING: dict[str, Any] = {
    "uid": pl.String,
    "person": pl.String,
    "title": pl.String,
    "organizer": pl.String,
    "starts_at": INSTANT,
    "ends_at": INSTANT,
    "is_all_day": pl.Boolean,
    "is_cancelled": pl.Boolean,
    "is_declined": pl.Boolean,
    "is_free": pl.Boolean,
}
_WORK_ITEM: dict[str, Any] = {
    "external_id": pl.String,
    "title": pl.String,
    "assignee": pl.String,
    "is_security": pl.Boolean,
    "is_planned": pl.Boolean,
    "created_at": INSTANT,
    "started_at": INSTANT,
    "resolved_at": INSTANT,
    "due_on": pl.Date,
    "hours": pl.Float64,
}
Kind = TypeVar("Kind", bound=Record)
Delivered = Iterable[tuple[int, datetime, Kind]]
"""(import run's id, the as-of of its file, one record) each."""


def store_meetings(meetings: Delivered[MeetingRecord]) -> None:
    """Store calendar entries."""
    values = reader_of(Meeting, _MEETING)
    rows = [
        (run_id, known_at, json.dumps(meeting.attendees), *values(meeting))
        for run_id, known_at, meeting in meetings
    ]
    bulk.insert(Meeting, bulk.frame(rows, {**RUN, "attendees": pl.String, **_MEETING}))


def store_work_items(items: Delivered[WorkItemRecord]) -> None:
    """Store tickets."""
    values = reader_of(WorkItem, _WORK_ITEM)
    rows = [(run_id, known_at, *values(item)) for run_id, known_at, item in items]
    bulk.insert(WorkItem, bulk.frame(rows, {**RUN, **_WORK_ITEM}))


def reader_of(
    model: type[models.Model], schema: Mapping[str, Any]
) -> Callable[[Record], Iterator[Any]]:
    """What reads the columns of ``schema`` off a record, no longer than the table holds."""
    texts = {
        field.name: field.max_length
        for field in model._meta.fields  # noqa: SLF001 - documented despite its name
        if schema.get(field.name) == pl.String
    }

    def read(record: Record) -> Iterator[Any]:
        for name in schema:
            value = getattr(record, name)
            yield value[: texts[name]] if name in texts else value

    return read
