"""How often one contact may be asked."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account

MAX_THROTTLE_DAYS = 365
MAX_DEFER_DAYS = 30


class ThrottleQuerySet(models.QuerySet["Throttle"]):
    """Sets of throttles."""

    def of(
        self, *, account: Account, days: int, scope: Throttle.Scope, defer_days: int = 0
    ) -> Throttle:
        """The account's throttle that says just this, made when there is none."""
        says = {"days": days, "scope": scope, "defer_days": defer_days}
        found = self.filter(account=account, **says).first()
        if found is not None:
            return found
        name = self.filter(account=account).free_name(Throttle(**says).rule)
        return self.create(account=account, name=name, **says)

    def free_name(self, rule: str) -> str:
        """The rule as a name, numbered when one of these has it."""
        taken = set(self.values_list("name", flat=True))
        name, number = rule, 1
        while name in taken:
            number += 1
            name = f"{rule} ({number})"
        return name


class Throttle(models.Model):
    """A policy that campaigns share: at most one ask of a contact in so many days."""

    class Scope(models.TextChoices):
        CAMPAIGN = "campaign", _("This campaign")
        ACCOUNT = "account", _("All campaigns of the account")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="throttles")
    name = models.CharField(max_length=120)
    days = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_THROTTLE_DAYS)],
        help_text=_("Days of 24 hours between two surveys of one contact."),
    )
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ACCOUNT)
    defer_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_DEFER_DAYS)],
        help_text=_("How many days a throttled survey may wait for its turn; 0 skips it."),
    )

    objects = ThrottleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="campaigns_throttle_name_once"
            ),
            models.CheckConstraint(
                name="campaigns_throttle_days",
                condition=Q(days__gte=1, days__lte=MAX_THROTTLE_DAYS),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> str:
        """What it says, in a few words: `30 days, all campaigns`."""
        said = {"days": _days(self.days), "wait": _days(self.defer_days)}
        if self.scope == self.Scope.ACCOUNT and self.defer_days:
            return gettext("%(days)s, all campaigns, waits up to %(wait)s") % said
        if self.scope == self.Scope.ACCOUNT:
            return gettext("%(days)s, all campaigns") % said
        if self.defer_days:
            return gettext("%(days)s, same campaign, waits up to %(wait)s") % said
        return gettext("%(days)s, same campaign") % said

    @property
    def title(self) -> str:
        """Its name; one that only repeats the rule, in the reader's language."""
        number = self._number_behind_rule
        return self.name if number is None else f"{self.rule}{number}"

    @property
    def is_called_by_rule(self) -> bool:
        """Whether nobody gave it a name of its own."""
        return self._number_behind_rule is not None

    @property
    def _number_behind_rule(self) -> str | None:
        """Empty or ` (2)`, where the name is the rule in the language of who made it."""
        for code, _language in settings.LANGUAGES:
            with translation.override(code):
                number = self.name.removeprefix(self.rule)
            if number != self.name and (not number or number.startswith(" (")):
                return number
        return None


def _days(number: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", number) % {"days": number}
