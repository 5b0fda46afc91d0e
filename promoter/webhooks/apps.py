from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "promoter.webhooks"
    label = "webhooks"
