"""Decisions on findings, and what they cover now."""

from django.conf import settings
from django.db import models

from protem.sources.models import ImportRun


class Kind(models.TextChoices):
    """What was decided."""

    ACCEPTED = "accepted", "risk accepted"
    FALSE_POSITIVE = "false_positive", "false positive"
    DUPLICATE = "duplicate", "duplicate"
    CLAIMED_FIXED = "claimed_fixed", "said to be fixed"
    """A supplier's word: shown beside the finding, and believed only once a scan agrees."""
    CLAIMED_OPEN = "claimed_open", "said to be open"
    """Likewise: it decides nothing, and takes back what the same supplier said before."""


class FindingDecision(models.Model):
    """What somebody decided about one finding, or about all that a rule matches.

    Of the kind *accepted* it is a ``RiskException``: with a reason, an approver and an expiry.
    A row is never deleted and its ruling never edited: withdrawing, undoing and extending
    leave it standing with its end. With ``finding_id`` it is about that finding; without, the
    filled fields of the rule must all match, also on findings that come later.
    """

    kind = models.CharField(max_length=16, choices=Kind.choices)
    batch = models.UUIDField(db_index=True)
    """Decisions made in one act share it, and are undone together."""
    finding_id = models.BigIntegerField(null=True, db_index=True)
    """No foreign key: an import may be reverted and come again, the id is the same then."""
    duplicate_of = models.BigIntegerField(null=True)
    vulnerability = models.CharField(max_length=200, blank=True)
    component = models.CharField(max_length=500, blank=True)
    asset = models.CharField(max_length=300, blank=True)
    asset_group = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=200, blank=True)
    severity_at_most = models.SmallIntegerField(null=True)
    reason = models.TextField()
    justification = models.CharField(max_length=64, blank=True)
    """Why a flaw cannot bite, in the words of VEX, such as ``vulnerable_code_not_present``."""
    approver = models.CharField(max_length=200, blank=True)
    ticket = models.CharField(max_length=200, blank=True)
    expires_on = models.DateField(null=True)
    """The last day on which it holds."""
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    replaces = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    """The exception that this one extends."""
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.CASCADE, related_name="+")
    """The VEX document or register it comes from."""
    external_id = models.CharField(max_length=200, blank=True, db_index=True)
    """Its name in a register, or what a supplier's statement is about: the newest counts."""
    ended_at = models.DateTimeField(null=True)
    """When it was withdrawn or extended: it does not hold from then on."""
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_why = models.TextField(blank=True)
    is_undone = models.BooleanField(default=False)
    """Taken back as a mistake: it counts as never made, in past weeks too."""

    class Meta:
        indexes = [models.Index(fields=["decided_at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason[:60]}"


class Cover(models.Model):
    """Derived: the decision that holds for a finding now, for lists to be fast."""

    finding_id = models.BigIntegerField(primary_key=True)
    decision = models.ForeignKey(FindingDecision, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    until_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.finding_id}: {self.kind}"
