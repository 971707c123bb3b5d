"""Indexes of findings: what is in doubt, and lists that begin anywhere at once."""

from django.db.models import Index, Q

_OPEN = Q(closed_at__isnull=True)

EPISODE_INDEXES = [
    Index(fields=["finding"], condition=Q(is_pending=True), name="pending_episodes"),
    Index(fields=["-severity", "opened_at", "id"], condition=_OPEN, name="gravest"),
    Index(fields=["opened_at", "id"], condition=_OPEN, name="oldest_open"),
    Index(fields=["-closed_at", "-id"], condition=~_OPEN, name="last_closed"),
]
FINDING_INDEXES = [Index(fields=["vulnerability"]), Index(fields=["component"])]
