"""The step of a campaign that says when mail goes out."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.forms import NONE, StepForm
from campaigns.models import MAX_DELIVERY_DELAY_DAYS, MAX_REMINDER_DAYS, Campaign
from promoter.accounts.send_window_form import WINDOW_FIELDS, SendWindowForm

OWN = "own"
REMINDER_DAYS = (3, 5, 7)


class DeliveryForm(SendWindowForm, StepForm):
    """When the mail goes out after the event, at what times of the week, and whether one
    reminder follows."""

    delivery_delay = forms.IntegerField(
        label="Delivery delay, in days",
        min_value=0,
        max_value=MAX_DELIVERY_DELAY_DAYS,
        error_messages={
            "required": "Enter a number of days; 0 sends at once.",
            "invalid": "Enter a whole number of days, for example 7.",
            "min_value": "Days can't be negative; 0 sends at once.",
            "max_value": "At most %(limit_value)s days.",
        },
        help_text="0 to 365. Days of 24 hours from the event to the mail; 0 sends at once.",
    )
    reminder = forms.ChoiceField(
        label="Reminder",
        widget=forms.RadioSelect,
        choices=[
            (NONE, "No reminder"),
            *((str(days), f"{days} days after the mail") for days in REMINDER_DAYS),
            (OWN, "After another number of days"),
        ],
        error_messages={"required": "Choose whether a reminder goes out."},
    )
    reminder_days = forms.IntegerField(
        label="Days until the reminder",
        required=False,
        min_value=1,
        max_value=MAX_REMINDER_DAYS,
        error_messages={
            "invalid": "Enter a whole number of days, for example 10.",
            "min_value": "A reminder goes out one day after the mail at the earliest.",
            "max_value": "At most %(limit_value)s days.",
        },
        help_text=f"1 to {MAX_REMINDER_DAYS}.",
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
            self.add_error("reminder_days", "Enter a number of days.")
        return data

    def store(self) -> Campaign:
        reminder = self.cleaned_data["reminder"]
        if reminder == OWN:
            self.instance.reminder_after = self.cleaned_data["reminder_days"]
        else:
            self.instance.reminder_after = None if reminder == NONE else int(reminder)
        return super().store()
