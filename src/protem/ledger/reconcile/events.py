"""Rows kept as their file states them: patches, calendar entries, tickets."""

from datetime import datetime

import msgspec

from protem.formats.records import Meeting as MeetingRecord
from protem.formats.records import Patch as PatchRecord
from protem.formats.records import WorkItem as WorkItemRecord
from protem.ledger.models import Meeting, PatchEvent, WorkItem
from protem.ledger.reconcile.presences import described_host, store_records
from protem.sources.models import ImportRun

_BATCH = 1_000
HOSTS = "host"
"""The source name of hosts that scanners and logs speak of by name alone."""


def store_patches(run: ImportRun, patches: list[PatchRecord], known_at: datetime) -> None:
    """Store patch events, with a record of each host they speak of."""
    hosts = {}
    for patch in patches:
        record = described_host(patch.hostname, patch.os_family, HOSTS, known_at)
        hosts[record.id] = record
    store_records(hosts)
    ids = {record.name.lower(): record.id for record in hosts.values()}
    PatchEvent.objects.bulk_create(
        (
            PatchEvent(
                run=run,
                known_at=known_at,
                record_id=ids[patch.hostname.lower()],
                patch=patch.patch[:200],
                version=patch.version[:200],
                installed_at=patch.installed_at,
                released_on=patch.released_on,
                is_automatic=patch.is_automatic,
                is_reboot_pending=patch.is_reboot_pending,
            )
            for patch in patches
        ),
        batch_size=_BATCH,
    )


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
