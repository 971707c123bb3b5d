"""The Django application."""

from django.apps import AppConfig


class HandoffConfig(AppConfig):
    """Signals and what follows from them."""

    name = "protem.handoff"
    label = "handoff"
    default_auto_field = "django.db.models.BigAutoField"
