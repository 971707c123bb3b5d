"""Indexes of what pages list: lists begin anywhere at once, and the few in doubt are found."""

from django.db.models import Index, Q
from django.db.models.functions import Lower

_OPEN = Q(closed_at__isnull=True)

EPISODE_INDEXES = [
    Index(fields=["finding"], condition=Q(is_pending=True), name="pending_episodes"),
    Index(
        fields=["finding"],
        condition=Q(critical_at__isnull=False) | Q(is_exploited=True),
        name="measured_episodes",
    ),
    Index(fields=["-severity", "opened_at", "id"], condition=_OPEN, name="gravest"),
    Index(fields=["opened_at", "id"], condition=_OPEN, name="oldest_open"),
    Index(fields=["-closed_at", "-id"], condition=~_OPEN, name="last_closed"),
]
FINDING_INDEXES = [Index(fields=["vulnerability"]), Index(fields=["component"])]

_IN_USE = Q(is_in_use=True)

ASSET_INDEXES = [
    Index(Lower("name"), "name", "id", condition=_IN_USE, name="assets_by_name"),
    Index(
        fields=["group", "kind", "os_family", "criticality"],
        condition=_IN_USE,
        name="asset_choices",
    ),
]
SCAN_INDEXES = [
    Index(fields=["-at", "id"], condition=Q(asks_for_confirmation=True), name="asking_scans")
]
PRESENCE_INDEXES = [
    Index(fields=["scope", "last_at"]),
    Index(
        fields=["record", "state", "silent_days"],
        condition=Q(last_at__isnull=True),
        name="current_presences",
    ),
]
