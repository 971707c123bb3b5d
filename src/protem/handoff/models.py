"""The weekly state of each handoff signal."""

from django.db import models


class SignalSnapshot(models.Model):
    """One signal as of the end of one week."""

    signal = models.CharField(max_length=64)
    week = models.DateField()
    as_of = models.DateTimeField()
    state = models.CharField(max_length=8)
    """``on``, ``off`` or ``unknown``."""
    since = models.DateField(null=True)
    value = models.FloatField(null=True)
    threshold = models.FloatField(null=True)
    unit = models.CharField(max_length=16, blank=True)
    confidence = models.FloatField(default=0.0)
    detail = models.JSONField(default=dict)

    class Meta:
        """One row a signal and week."""

        constraints = [
            models.UniqueConstraint(fields=["signal", "week"], name="one_signal_state_a_week")
        ]

    def __str__(self) -> str:
        return f"{self.signal} {self.state} as of {self.week}"


class Leader(models.Model):
    """A stretch of time in which someone's hours count as engineering leadership."""

    address = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    since = models.DateField(null=True)
    """Null: for as long as there are calendars."""
    until = models.DateField(null=True)
    """The last day; null while it goes on."""
    added_by = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    is_mistake = models.BooleanField(default=False)
    """Never to have counted at all."""

    def __str__(self) -> str:
        return self.name or self.address
