"""The step of a campaign that says when mail goes out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns.forms import NONE, StepForm
from campaigns.models import MAX_DELIVERY_DELAY_DAYS, MAX_REMINDER_DAYS, Campaign
from promoter.accounts.send_window_form import WINDOW_FIELDS, SendWindowForm

OWN = "own"
REMINDER_DAYS = (3, 5, 7)


def _reminders() -> list[tuple[str, str]]:
    presets = [
        (
            str(days),
            ngettext("%(days)s day after the mail", "%(days)s days after the mail", days)
            % {"days": days},
        )
        for days in REMINDER_DAYS
    ]
    own = gettext("After another number of days")
    return [(NONE, gettext("No reminder")), *presets, (OWN, own)]


class DeliveryForm(SendWindowForm, StepForm):
    """When the mail goes out after the event, at what times of the week, and whether one
    reminder follows."""

    delivery_delay = forms.IntegerField(
        label=_("Delivery delay, in days"),
        min_value=0,
        max_value=MAX_DELIVERY_DELAY_DAYS,
        error_messages={
            "required": _("Enter a number of days; 0 sends at once."),
            "invalid": _("Enter a whole number of days, for example 7."),
            "min_value": _("Days can't be negative; 0 sends at once."),
            "max_value": _("At most %(limit_value)s days."),
        },
        help_text=_(
            "0 to 365. Days of 24 hours from the event to the mail; 0 sends at once."
        ),
    )
    reminder = forms.ChoiceField(
        label=_("Reminder"),
        widget=forms.RadioSelect,
        choices=_reminders,
        error_messages={"required": _("Choose whether a reminder goes out.")},
    )
    reminder_days = forms.IntegerField(
        label=_("Days until the reminder"),
        required=False,
        min_value=1,
        max_value=MAX_REMINDER_DAYS,
        error_messages={
            "invalid": _("Enter a whole number of days, for example 10."),
            "min_value": _("A reminder goes out one day after the mail at the earliest."),
            "max_value": _("At most %(limit_value)s days."),
        },
        help_text=format_lazy(_("1 to {most}."), most=MAX_REMINDER_DAYS),
    )

    class Meta:
        model = Campaign
        fields = ("delivery_delay", *WINDOW_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.asks_a_list:
            # The step before says when each of them is asked.
            del self.fields["delivery_delay"]
        saved = self.instance.reminder_after
        is_preset = saved in REMINDER_DAYS
        self.fields["reminder"].initial = (
            NONE if saved is None else str(saved) if is_preset else OWN
        )
        self.fields["reminder_days"].initial = None if is_preset else saved

    def columns(self) -> list[str]:
        return [*super().columns(), "reminder_after"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reminder") != OWN:
            # What stands in a field that isn't asked for is no mistake.
            self.errors.pop("reminder_days", None)
        elif "reminder_days" not in self.errors and data["reminder_days"] is None:
            self.add_error("reminder_days", gettext("Enter a number of days."))
        return data

    def store(self) -> Campaign:
        reminder = self.cleaned_data["reminder"]
        if reminder == OWN:
            self.instance.reminder_after = self.cleaned_data["reminder_days"]
        else:
            self.instance.reminder_after = None if reminder == NONE else int(reminder)
        return super().store()
