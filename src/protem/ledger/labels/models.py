"""People's rules on groups, criticality and owners, in every version there ever was."""

from django.db import models


class RuleChange(models.Model):
    """One act upon the rules; the rules of any version are those that lived at its end."""

    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    what = models.CharField(max_length=300)
    """In words: “moved rule 3 up”."""

    def __str__(self) -> str:
        return self.what


class AssetRule(models.Model):
    """A rule at one place from one change to another; a row is never edited, only ended."""

    position = models.IntegerField()
    conditions = models.JSONField(default=list)
    """``[{"on": "name", "patterns": ["pay-*"]}]``"""
    group = models.CharField(max_length=200, null=True)  # noqa: DJ001 - None: not set by it
    criticality = models.CharField(max_length=16, null=True)  # noqa: DJ001
    owner = models.CharField(max_length=200, null=True)  # noqa: DJ001
    is_internet_exposed = models.BooleanField(null=True)
    is_enabled = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True)
    matches = models.IntegerField(null=True)
    """Derived, as ``decides``: how many assets it matched when they were labelled last."""
    decides = models.IntegerField(null=True)
    """On how many of them it decides a label."""
    since = models.ForeignKey(RuleChange, on_delete=models.PROTECT, related_name="begun")
    until = models.ForeignKey(
        RuleChange, null=True, on_delete=models.PROTECT, related_name="ended"
    )

    def __str__(self) -> str:
        return f"rule {self.position}"
