"""Weekly snapshots, and what people decided about them: targets, definitions, annotations."""

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


class KeptTable(models.Model):
    """One list behind a metric as of the newest week, as far as a page shows it."""

    metric = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    place = models.SmallIntegerField()
    """Its place among the metric's lists."""
    table = models.JSONField()
    """A ``Table`` with the first rows."""
    dates = models.JSONField(default=list)
    """Names of the columns whose values are dates, which JSON does not know."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "name"], name="one_table_of_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.name} as of {self.as_of}"


class FixFirst(models.Model):
    """What to fix first as of the newest week: one row, worked out anew each time."""

    as_of = models.DateTimeField()
    actions = models.JSONField(default=list)
    """The most urgent ``FixAction``s, in order."""

    def __str__(self) -> str:
        return f"what to fix first as of {self.as_of}"


class ToolFreshness(models.Model):
    """How recent what one tool told is."""

    tool = models.CharField(max_length=64, unique=True)
    newest_at = models.DateTimeField()
    usual_days = models.FloatField(null=True)
    """The usual days between its looks at one scope; NULL: unknown."""
    scopes = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.tool}, newest {self.newest_at}"


class Decided(models.Model):
    """Something that a person decided about a metric: who, when and why. None is changed."""

    since = models.DateField()
    """The day from which it holds, or of which it speaks."""
    by = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Target(Decided):
    """A target of a metric from a day on; of two for one day the later entered holds."""

    metric = models.CharField(max_length=64)
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.metric}: {self.value} from {self.since}"


class DefinitionVersion(Decided):
    """A definition; the newest is in force for every week, as the past is measured anew."""

    values = models.JSONField()
    """Every part of ``Definition`` by name."""
    before = models.JSONField()
    """The same before the change."""
    readings = models.JSONField(default=dict)
    """The newest readings before it of the metrics it touches: value, unit, verdict, as_of."""

    def __str__(self) -> str:
        return f"definition {self.pk} of {self.since}"


class Annotation(Decided):
    """One version of a remark on charts, such as “moved scanners”."""

    external_id = models.CharField(max_length=32)
    """Shared by the versions of one remark; the newest counts."""
    metric = models.CharField(max_length=64, blank=True)
    """Empty: on the charts of all metrics."""
    text = models.CharField(max_length=200)
    is_removed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["external_id"])]

    def __str__(self) -> str:
        return f"{self.since}: {self.text}"
