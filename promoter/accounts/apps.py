from django.apps import AppConfig
from django.core.checks import register

from promoter.accounts.checks import check_configuration


class AccountsConfig(AppConfig):
    name = "promoter.accounts"
    label = "accounts"
    verbose_name = "Accounts and people"

    def ready(self) -> None:
        register(check_configuration, "promoter")
