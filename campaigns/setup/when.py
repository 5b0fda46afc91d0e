"""The step of a campaign to a list that says when its people are asked."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.forms import StepForm
from campaigns.models import (
    MAX_REPEAT_DAYS,
    MAX_SPREAD_DAYS,
    MIN_REPEAT_DAYS,
    Campaign,
)
from promoter.lib.zones import zone_or_none

NOW, AT = "now", "at"
INSTANT, SPREAD = "instant", "spread"
SUGGESTED_REPEAT_DAYS = 90
NO_TIME = _("Enter a date and a time.")


class ZonedDateTimeField(forms.DateTimeField):
    """A date and a time on the wall clock of one zone."""

    zone = ZoneInfo("UTC")

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().to_python(value)


def _days(label: Any, least: int, most: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        error_messages={
            "invalid": gettext("Enter a whole number of days, for example 90."),
            "min_value": ngettext_lazy(
                "At least %(limit_value)s day.", "At least %(limit_value)s days.", least
            ),
            "max_value": _("At most %(limit_value)s days."),
        },
        help_text=format_lazy(_("{least} to {most}."), least=least, most=most),
        **more,
    )


class WhenForm(StepForm):
    """When a campaign to a list begins, over how many days it asks, how often again."""

    start = forms.ChoiceField(
        label=_("When does it begin?"),
        widget=forms.RadioSelect,
        choices=[
            (NOW, _("As soon as it is activated")),
            (AT, _("At a date and time")),
        ],
        error_messages={"required": _("Choose when it begins.")},
    )
    start_at = ZonedDateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        error_messages={
            "invalid": _(
                "Enter a date and a time that the clock shows there, for example "
                "2027-01-31 09:00."
            )
        },
    )
    distribution = forms.ChoiceField(
        label=_("Distribution"),
        widget=forms.RadioSelect,
        choices=[
            (INSTANT, _("Instant")),
            (SPREAD, _("Evenly over several days")),
        ],
        error_messages={"required": _("Choose whether all are asked at once.")},
    )
    spread_days = _days(_("Days"), 1, MAX_SPREAD_DAYS)
    repeat_days = _days(_("Ask again every so many days"), MIN_REPEAT_DAYS, MAX_REPEAT_DAYS)

    class Meta:
        model = Campaign
        fields = ("start_at", "spread_days", "repeat_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = cast(ZonedDateTimeField, self.fields["start_at"])
        at.zone = zone_or_none(self.account.time_zone) or at.zone
        at.help_text = gettext("As the clock shows it in %(zone)s.") % {"zone": at.zone.key}
        self.fields["start"].initial = AT if self.instance.start_at else NOW
        spread = self.instance.spread_days
        self.fields["distribution"].initial = SPREAD if spread else INSTANT
        if not spread:
            self.initial["spread_days"] = None
        if self.instance.kind != Campaign.Kind.RECURRING:
            del self.fields["repeat_days"]
        elif self.instance.repeat_days is None:
            self.initial["repeat_days"] = SUGGESTED_REPEAT_DAYS
        if self.instance.has_begun:
            for name in ("start", "start_at", "distribution", "spread_days"):
                self.fields[name].disabled = True

    def columns(self) -> list[str]:
        names = ["start_at", "spread_days", "repeat_days"]
        return [*names, "enrolled_at"] if "repeat_days" in self.changed_data else names

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._ask_for("start_at", data.get("start") == AT, NO_TIME)
        spread = data.get("distribution") == SPREAD
        self._ask_for("spread_days", spread, gettext("Enter a number of days."))
        repeats = "repeat_days" in self.fields
        self._ask_for("repeat_days", repeats, gettext("Enter a number of days."))
        if data.get("start") != AT:
            data["start_at"] = None
        data["spread_days"] = data.get("spread_days") if spread else 0
        return data

    def _ask_for(self, name: str, is_wanted: bool, words: Any) -> None:
        if not is_wanted:
            # What stands in a field that isn't asked for is no mistake.
            self.errors.pop(name, None)
        elif name not in self.errors and self.cleaned_data.get(name) is None:
            self.add_error(name, words)

    def store(self) -> Campaign:
        if "repeat_days" in self.changed_data:
            # How far the repeats were looked through depends on their pace.
            self.instance.enrolled_at = None
        return super().store()
