"""Rows kept as their file states them: calendar entries and tickets."""

from datetime import datetime

import msgspec

from protem.formats.records import Meeting as MeetingRecord
from protem.formats.records import WorkItem as WorkItemRecord
from protem.ledger.models import Meeting, WorkItem
from protem.sources.models import ImportRun

_BATCH = 1_000


def store_meetings(run: ImportRun, meetings: list[MeetingRecord], known_at: datetime) -> None:
    """Store calendar entries."""
    Meeting.objects.bulk_create(
        (
            Meeting(
                run=run,
                known_at=known_at,
                **{
                    **msgspec.structs.asdict(meeting),
                    "title": meeting.title[:500],
                    "uid": meeting.uid[:500],
                    "attendees": list(meeting.attendees),
                },
            )
            for meeting in meetings
        ),
        batch_size=_BATCH,
    )


def store_work_items(run: ImportRun, items: list[WorkItemRecord], known_at: datetime) -> None:
    """Store tickets."""
    WorkItem.objects.bulk_create(
        (
            WorkItem(run=run, known_at=known_at, **msgspec.structs.asdict(item))
            for item in items
        ),
        batch_size=_BATCH,
    )
