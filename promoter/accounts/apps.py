from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from promoter.accounts import audit_guard
from promoter.accounts.checks import check_configuration


class AccountsConfig(AppConfig):
    name = "promoter.accounts"
    label = "accounts"
    verbose_name = _("Accounts and people")

    def ready(self) -> None:
        register(check_configuration, "promoter")
        pre_migrate.connect(audit_guard.take_down, sender=self)
        post_migrate.connect(audit_guard.put_up, sender=self)
