"""The step of a campaign that says when mail goes out, and who reads the answers."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from campaigns.forms import NONE, StepForm
from campaigns.models import MAX_DELIVERY_DELAY_DAYS, MAX_REMINDER_DAYS, Campaign
from contacts.addresses import clean_address
from promoter.accounts.send_window_form import WINDOW_FIELDS, SendWindowForm

OWN = "own"
REMINDER_DAYS = (3, 5, 7)
MAX_FORWARD_TO = 10


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

    forward_to = forms.CharField(
        label="Forwarding email",
        required=False,
        max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text="Addresses that get each answer by mail, a minute after it came. A reply "
        f"to that mail goes to the person. One a line, at most {MAX_FORWARD_TO}.",
    )
    forward_when = forms.ChoiceField(
        label="Which answers are forwarded?",
        widget=forms.RadioSelect,
        choices=Campaign.ForwardWhen.choices,
        required=False,
    )

    class Meta:
        model = Campaign
        fields = ("delivery_delay", *WINDOW_FIELDS, "forward_when")

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
        self.fields["forward_to"].initial = "\n".join(self.instance.forward_to)

    def columns(self) -> list[str]:
        return [*super().columns(), "reminder_after", "forward_to"]

    def clean_forward_to(self) -> list[str]:
        """Addresses between line ends, commas or semicolons; each once."""
        found: dict[str, str] = {}
        for text in re.split(r"[\s,;]+", self.cleaned_data["forward_to"]):
            if not text:
                continue
            address = clean_address(text)
            if address is None:
                raise ValidationError(f"“{text}” is not an email address.")
            found.setdefault(address.casefold(), address)
        if len(found) > MAX_FORWARD_TO:
            raise ValidationError(f"At most {MAX_FORWARD_TO} addresses.")
        return list(found.values())

    def clean_forward_when(self) -> str:
        return self.cleaned_data["forward_when"] or Campaign.ForwardWhen.ALWAYS

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
        self.instance.forward_to = self.cleaned_data["forward_to"]
        return super().store()
