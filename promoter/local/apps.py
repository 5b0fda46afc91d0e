from django.apps import AppConfig


class LocalConfig(AppConfig):
    """`make run`: the supervisor, the demo data and the mail catcher's page."""

    name = "promoter.local"
    label = "local"
