"""Import runs: what came in, when, what became of it."""

from django.conf import settings
from django.db import models


class RunState(models.TextChoices):
    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    UNCHANGED = "unchanged", "already imported"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    REVERTED = "reverted", "reverted"


class ImportRun(models.Model):
    """One file on its way into the ledger, with the summary that stays."""

    name = models.CharField(max_length=500)
    content_hash = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    stored_as = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=64, blank=True)
    target = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.QUEUED)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    file_modified_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    """The newest moment the file speaks of: the report's own date, else the file's."""
    as_of_source = models.CharField(max_length=32, blank=True)
    touched_on = models.DateField(null=True, blank=True)
    """The first day of which any number may have changed."""
    records = models.JSONField(default=dict)
    read = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    closed = models.BigIntegerField(default=0)
    reopened = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    skipped = models.JSONField(default=list)
    """``[{"reason": …, "count": …}]``"""
    warnings = models.JSONField(default=list)
    error = models.JSONField(default=dict)
    """``{"what", "where", "remedy"}`` where it failed."""
    progress = models.FloatField(default=0.0)
    step = models.CharField(max_length=100, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["state", "format"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"
