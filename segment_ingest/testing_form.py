"""What a test event holds: what a person enters, first what a live campaign asks for."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.conditions import ConditionError, Of, example, parse
from contacts.attributes import without_address
from promoter.accounts.models import Account
from segment_ingest.snippets import EXAMPLE_EVENT, waiting_campaign

MOST_CHARACTERS = 10_000


class JSONObject(forms.CharField):
    """Text that is a JSON object, {} where it is empty."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(
            attrs={"rows": 4, "class": "mono", "spellcheck": "false", "autocomplete": "off"}
        )
        super().__init__(
            required=False, max_length=MOST_CHARACTERS, widget=widget, **kwargs
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            found = json.loads(text or "{}", parse_constant=_refuse)
        except json.JSONDecodeError as error:
            sentence = gettext(
                "This can’t be read as JSON, from line %(line)s, character %(column)s on."
            )
            raise ValidationError(
                sentence % {"line": error.lineno, "column": error.colno}
            ) from None
        except (ValueError, RecursionError):
            raise ValidationError(gettext("This can’t be read as JSON.")) from None
        if not isinstance(found, dict):
            raise ValidationError(gettext('Enter an object in braces: {"plan": "gold"}.'))
        return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


class TestEventForm(forms.Form):
    """An event with its properties, and the traits of who does it. Whatever an address is
    called among the traits, it is left out: only who sends the test gets mail of it."""

    event = forms.CharField(
        label=_("Event"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    properties = JSONObject(label=_("Properties of the event, as JSON"))
    traits = JSONObject(label=_("Your traits, as JSON"))

    def __init__(self, data: QueryDict | None = None, *, account: Account) -> None:
        super().__init__(data, initial=_initial(account))
        self.label_suffix = ""

    def clean_event(self) -> str:
        return self.cleaned_data["event"] or str(self.initial["event"])

    def clean_traits(self) -> dict[str, Any]:
        return without_address(self.cleaned_data["traits"])

    @property
    def shows_values(self) -> bool:
        """Whether properties and traits are worth showing at once."""
        names = ("properties", "traits")
        return any(self.initial[name] != "{}" or name in self.errors for name in names)


def _initial(account: Account) -> dict[str, str]:
    campaign = waiting_campaign(account)
    try:
        conditions = parse(campaign.conditions) if campaign else []
    except ConditionError:
        conditions = []
    return {
        "event": campaign.event_name if campaign else EXAMPLE_EVENT,
        "properties": _pretty(example(conditions, Of.EVENT)),
        "traits": _pretty(without_address(example(conditions, Of.CONTACT))),
    }


def _pretty(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False)
