"""The Django app that carries the shared templates, tags and static files."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "protem.ui"
    label = "ui"
    verbose_name = "Pages"
