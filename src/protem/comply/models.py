"""Certificates with their typed dates."""

from django.db import models

from protem.ledger.models import Imported


class Certificate(Imported):
    """One certificate, attestation or attested period; a later version replaces it."""

    external_id = models.CharField(max_length=200)
    framework = models.CharField(max_length=100)
    level = models.CharField(max_length=100, blank=True)
    scope = models.CharField(max_length=300, blank=True)
    auditor = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=32, blank=True)
    is_required = models.BooleanField(default=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    bridge_until = models.DateField(null=True, blank=True)
    next_due_on = models.DateField(null=True, blank=True)
    opinion = models.CharField(max_length=32, blank=True)
    is_removed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.framework} {self.level}".strip()
