from django.apps import AppConfig


class ComplyConfig(AppConfig):
    name = "protem.comply"
    label = "comply"
    default_auto_field = "django.db.models.BigAutoField"
