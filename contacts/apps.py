from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        # Of every app: whoever has files to be imported says so there.
        autodiscover_modules("import_kinds")
