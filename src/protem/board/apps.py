from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "protem.board"
    label = "board"
