"""Weekly snapshots and targets."""

from django.db import models


class Snapshot(models.Model):
    """One metric as of the end of one week, with everything a page shows of it."""

    metric = models.CharField(max_length=64)
    cut = models.CharField(max_length=220, blank=True, default="")
    """The part of the company it is about, such as ``group:Payments``; empty: all of it."""
    week = models.DateField()
    """The Sunday that ends it."""
    as_of = models.DateTimeField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    unit = models.CharField(max_length=16)
    n = models.IntegerField(default=0)
    verdict = models.CharField(max_length=24)
    target = models.FloatField(null=True)
    detail = models.JSONField(default=dict)
    """The rest of the ``Reading``: companions, exclusions, sources, sentences."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "cut", "week"], name="one_snapshot_of_a_cut_a_week"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.cut} as of {self.week}"


class Target(models.Model):
    """A target of a metric from a day on; the history stays."""

    metric = models.CharField(max_length=64)
    value = models.FloatField()
    since = models.DateField()

    def __str__(self) -> str:
        return f"{self.metric}: {self.value} from {self.since}"
