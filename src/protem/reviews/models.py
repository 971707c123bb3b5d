"""Deals, customers' security reviews and the outcome of single questions, as imported."""

from django.db import models

from protem.ledger.models import Imported


class Deal(Imported):
    """One sales opportunity."""

    external_id = models.CharField(max_length=200)
    customer = models.CharField(max_length=200)
    name = models.CharField(max_length=300, blank=True)
    stage = models.CharField(max_length=100, blank=True)
    is_late_stage = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)
    amount = models.FloatField(null=True)
    close_on = models.DateField(null=True)
    previous_close_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name or self.customer


class Demand(models.Model):
    """A framework that a deal asks for."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="demands")
    framework = models.CharField(max_length=100)
    level = models.CharField(max_length=100, blank=True)
    binding = models.CharField(max_length=16, default="preferred")
    needed_on = models.DateField(null=True)
    is_confirmed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.framework} {self.level}".strip()


class CustomerReview(Imported):
    """One customer's security review."""

    external_id = models.CharField(max_length=200)
    customer = models.CharField(max_length=200)
    deal = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    questions = models.IntegerField(null=True)
    hours = models.FloatField(null=True)
    paused_hours = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.customer} ({self.external_id})"


class QuestionOutcome(Imported):
    """How one question was answered."""

    review = models.CharField(max_length=200)
    external_id = models.CharField(max_length=200)
    domain = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=16, blank=True)
    confidence = models.SmallIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.review}/{self.external_id}"
