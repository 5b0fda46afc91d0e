"""Who reads a campaign's answers by mail, as part of a step of its setup."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.forms import StepForm
from campaigns.models import Campaign
from contacts.addresses import clean_address

MAX_FORWARD_TO = 10


class ForwardingFields(StepForm):
    """The addresses that get each answer, and which answers."""

    forward_to = forms.CharField(
        label=_("Forwarding email"),
        required=False,
        max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=format_lazy(
            _(
                "Addresses that get each answer by mail, a minute after it came. A reply "
                "to that mail goes to the person. One a line, at most {most}."
            ),
            most=MAX_FORWARD_TO,
        ),
    )
    forward_when = forms.ChoiceField(
        label=_("Which answers are forwarded?"),
        widget=forms.RadioSelect,
        choices=Campaign.ForwardWhen.choices,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["forward_to"].initial = "\n".join(self.instance.forward_to)
        self.fields["forward_when"].initial = self.instance.forward_when

    def columns(self) -> list[str]:
        return [*super().columns(), "forward_to", "forward_when"]

    def clean_forward_to(self) -> list[str]:
        """Addresses between line ends, commas or semicolons; each once."""
        found: dict[str, str] = {}
        for text in re.split(r"[\s,;]+", self.cleaned_data["forward_to"]):
            if not text:
                continue
            address = clean_address(text)
            if address is None:
                raise ValidationError(
                    gettext("“%(text)s” is not an email address.") % {"text": text}
                )
            found.setdefault(address.casefold(), address)
        if len(found) > MAX_FORWARD_TO:
            raise ValidationError(
                gettext("At most %(most)s addresses.") % {"most": MAX_FORWARD_TO}
            )
        return list(found.values())

    def clean_forward_when(self) -> str:
        return self.cleaned_data["forward_when"] or Campaign.ForwardWhen.ALWAYS

    def store(self) -> Campaign:
        self.instance.forward_to = self.cleaned_data["forward_to"]
        self.instance.forward_when = self.cleaned_data["forward_when"]
        return super().store()
