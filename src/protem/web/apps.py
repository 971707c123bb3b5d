from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "protem.web"
    label = "web"
