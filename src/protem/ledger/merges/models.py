"""Pins by people; and, derived with the assets, merges with their evidence, and doubts."""

from django.db import models


class PinKind(models.TextChoices):
    JOINED = "joined"
    """Two records are one machine, whatever else is known."""
    SPLIT = "split"
    """A record is another machine than all the others."""


class Pin(models.Model):
    """What a person said of some records, by the names their sources give them.

    Sources' names survive re-imports and reverted imports, where rows come and go.
    """

    kind = models.CharField(max_length=16, choices=PinKind.choices)
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=300)
    others = models.JSONField()
    """``[["intune", "7f3…"], …]``: the records it is joined with, or split from."""
    name = models.CharField(max_length=300)
    """What it was about when it was made, in words: “LT-ADA (Intune) and lt-ada (Falcon)”."""
    reason = models.CharField(max_length=500)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    undone_by = models.CharField(max_length=200, blank=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class RecordMerge(models.Model):
    """Derived: two records whose groups became one machine, by which rule on what value."""

    left = models.ForeignKey(
        "ledger.AssetRecord", on_delete=models.CASCADE, related_name="merges_left"
    )
    right = models.ForeignKey(
        "ledger.AssetRecord", on_delete=models.CASCADE, related_name="merges_right"
    )
    rule = models.CharField(max_length=16)
    evidence = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.left_id} and {self.right_id}: {self.rule} {self.evidence}"


class MergeDoubt(models.Model):
    """Derived: two records that share a value and were not joined, and why not."""

    left = models.ForeignKey("ledger.AssetRecord", on_delete=models.CASCADE, related_name="+")
    right = models.ForeignKey("ledger.AssetRecord", on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=16)
    evidence = models.CharField(max_length=300)
    because = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.left_id} or {self.right_id}: {self.rule} {self.evidence}"


class Resolved(models.Model):
    """What the assets were last resolved from; the same again needs no work."""

    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.digest
