"""The form of a throttle on a page of its own; a campaign's setup makes one in place."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import MAX_THROTTLE_DAYS, Throttle
from campaigns.throttles import MAX_DEFER_DAYS


class ThrottleRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a throttle says. Validate and save while holding the account."""

    error_css_class = "invalid"

    class Meta:
        model = Throttle
        fields = ("days", "scope", "defer_days", "name")
        labels: ClassVar[dict[str, Any]] = {
            "days": _("Days between two surveys of one person"),
            "scope": _("Which surveys count"),
            "defer_days": _("Days a survey may wait for its turn"),
            "name": _("Name"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "days": format_lazy(_("1 to {most} days of 24 hours."), most=MAX_THROTTLE_DAYS),
            "defer_days": format_lazy(
                _(
                    "0 skips who was asked too recently; else up to {most} days, from the "
                    "day the survey would go out."
                ),
                most=MAX_DEFER_DAYS,
            ),
            "name": _("Leave it empty to call it by what it says."),
        }

        error_messages: ClassVar[dict[str, Any]] = {
            "days": {
                "required": _("Enter a whole number of days, for example 30."),
                "invalid": _("Enter a whole number of days, for example 30."),
                "min_value": _("At least 1 day."),
                "max_value": _("At most %(limit_value)s days."),
            },
            "defer_days": {
                "required": _("Enter a whole number of days, for example 7."),
                "invalid": _("Enter a whole number of days, for example 7."),
                "min_value": _("At least 0 days."),
                "max_value": _("At most %(limit_value)s days."),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["name"].required = False
        # A name that only repeats the rule follows it.
        if self.instance.pk and self.instance.is_called_by_rule:
            self.initial["name"] = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        account = self.instance.account
        others = Throttle.objects.filter(account=account).exclude(pk=self.instance.pk)
        name = " ".join(data["name"].split())
        if not name:
            rule = {key: data[key] for key in ("days", "scope", "defer_days")}
            data["name"] = others.free_name(Throttle(**rule).rule)
        elif others.filter(name__iexact=name).exists():
            taken = gettext("There is a throttle called “%(name)s” already.")
            self.add_error("name", ValidationError(taken % {"name": name}))
        else:
            data["name"] = name
        return data
