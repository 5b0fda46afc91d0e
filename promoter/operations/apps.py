from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

from promoter.operations.model_words import translate_names

OURS = frozenset(
    {"accounts", "webhooks", "contacts", "campaigns", "surveys", "segment_ingest"}
    | {"operations"}
)


class OperationsConfig(AppConfig):
    name = "promoter.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        """All models are there by now, whatever their app's place in the list."""
        every = apps.get_models(include_auto_created=True)
        translate_names(model for model in every if model._meta.app_label in OURS)
