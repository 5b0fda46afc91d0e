"""The step of a campaign's setup for what most campaigns do without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.conditions import (
    MAX_CONDITIONS,
    OF_LABELS,
    OP_LABELS,
    Condition,
    ConditionError,
    Of,
    Op,
    parse,
    parse_one,
)
from campaigns.forms import StepForm
from campaigns.models import MAX_HOLD_HOURS, Campaign
from contacts.catalogue import names_to_compare

PARTS = ("of", "name", "op", "value")
MOST_SUGGESTIONS = 300


class OptionsForm(StepForm):
    """Conditions, sample, hold and cancel event. A row of conditions whose name and
    value are empty counts as none."""

    sample_percent = forms.IntegerField(
        label=_("Share of the events to ask about, in per cent"),
        min_value=1,
        max_value=100,
        error_messages={
            "required": _("Enter a percentage; 100 asks about each event."),
            "invalid": _("Enter a whole number, for example 20."),
            "min_value": _("At least 1 per cent. To ask nobody, pause the campaign."),
            "max_value": _("At most %(limit_value)s per cent."),
        },
        help_text=_(
            "1 to 100; 100 asks about each event. Chosen at random, once for each event."
        ),
    )
    hold_hours = forms.IntegerField(
        label=_("Hours to wait for the identify"),
        min_value=0,
        max_value=MAX_HOLD_HOURS,
        error_messages={
            "required": _("Enter a number of hours; 0 doesn’t wait."),
            "invalid": _("Enter a whole number of hours, for example 6."),
            "min_value": _("Hours can’t be negative; 0 doesn’t wait."),
            "max_value": _("At most %(limit_value)s hours."),
        },
        help_text=format_lazy(
            _(
                "0 to {most}; 0 doesn’t wait. An event of somebody Segment hasn’t "
                "identified is kept so long, and asked about if the identify follows."
            ),
            most=MAX_HOLD_HOURS,
        ),
    )

    class Meta:
        model = Campaign
        fields = ("sample_percent", "hold_hours", "cancel_event")
        labels: ClassVar[dict[str, Any]] = {
            "cancel_event": _("Event that withdraws a survey")
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "cancel_event": _(
                "Empty for none. For example Order Refunded, exactly as your "
                "app sends it: when a person does it, what this campaign has not sent them "
                "yet is not sent."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cancel_event"].widget.attrs |= {
            "list": "event-names",
            "autocomplete": "off",
            "autocapitalize": "off",
            "spellcheck": "false",
        }
        self.numbers = range(1, self._count() + 1)
        for number in self.numbers:
            self._add_row(number)

    def columns(self) -> list[str]:
        return [*super().columns(), "conditions"]

    def rows(self) -> list[tuple[int, list[BoundField]]]:
        """The conditions' fields, row by row, with the number of each."""
        return [(n, [self[f"{part}_{n}"] for part in PARTS]) for n in self.numbers]

    @property
    def may_grow(self) -> bool:
        return len(self.numbers) < MAX_CONDITIONS

    def attribute_names(self) -> list[str]:
        """What contacts of the account have, to choose from while typing."""
        return names_to_compare(self.account)[:MOST_SUGGESTIONS]

    @classmethod
    def reshaped(cls, data: Mapping[str, str]) -> dict[str, str] | None:
        """What to show when a button asks for one condition more or less: what was typed,
        not saved. None when another button was pressed."""
        count = _number(data.get("rows"))
        if "more" in data:
            return {**_typed(data), "rows": str(min(count + 1, MAX_CONDITIONS))}
        gone = _number(data.get("less"))
        if not 1 <= gone <= count:
            return None
        kept = [number for number in range(1, count + 1) if number != gone]
        shown = _typed(data)
        for to, number in enumerate(kept, 1):
            for part in PARTS:
                shown[f"{part}_{to}"] = data.get(f"{part}_{number}", "")
        return shown | {"rows": str(len(kept))}

    def clean_cancel_event(self) -> str:
        name: str = self.cleaned_data["cancel_event"]
        if name and name == self.instance.event_name:
            raise ValidationError(
                gettext(
                    "This event starts the campaign’s surveys. Choose another one to "
                    "withdraw them."
                )
            )
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.conditions: list[Condition] = []
        for number in self.numbers:
            row = {part: str(data.get(f"{part}_{number}") or "") for part in PARTS}
            if not row["name"] and not row["value"]:
                continue
            try:
                self.conditions.append(parse_one(row))
            except ConditionError as error:
                self.add_error(f"{error.part or 'name'}_{number}", str(error))
        return data

    def store(self) -> Campaign:
        self.instance.conditions = [each.stored() for each in self.conditions]
        return super().store()

    def _count(self) -> int:
        """As many rows as the page had, else as are saved, and one to begin with."""
        given = self.data.get("rows") if self.is_bound else self.initial.get("rows")
        if given is not None:
            return min(_number(given), MAX_CONDITIONS)
        return max(1, len(self._saved()))

    def _saved(self) -> list[Condition]:
        try:
            return parse(self.instance.conditions)
        except ConditionError:
            return []

    def _add_row(self, number: int) -> None:
        saved = dict(enumerate(self._saved(), 1)).get(number)
        known = saved.stored() if saved else {"of": Of.EVENT, "op": Op.IS}
        of = (self.data if self.is_bound else self.initial).get(f"of_{number}", known["of"])
        self.fields[f"of_{number}"] = forms.ChoiceField(
            label=gettext("Condition %(number)s: whose") % {"number": number},
            choices=list(OF_LABELS.items()),
            initial=known["of"],
        )
        self.fields[f"name_{number}"] = forms.CharField(
            label=gettext("Condition %(number)s: name") % {"number": number},
            required=False,
            initial=known.get("name", ""),
            widget=forms.TextInput(attrs=SUGGESTED | {"list": NAMES.get(of, "")}),
        )
        self.fields[f"op_{number}"] = forms.ChoiceField(
            label=gettext("Condition %(number)s: comparison") % {"number": number},
            choices=list(OP_LABELS.items()),
            initial=known["op"],
        )
        self.fields[f"value_{number}"] = forms.CharField(
            label=gettext("Condition %(number)s: value") % {"number": number},
            required=False,
            initial=known.get("value", ""),
            widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "gold"}),
        )


# The lists to choose from while typing, by whose condition it is; conditions.js changes
# them with it.
NAMES = {Of.EVENT: "property-names", Of.CONTACT: "attribute-names"}
SUGGESTED = {
    "autocomplete": "off",
    "autocapitalize": "off",
    "spellcheck": "false",
    "placeholder": "plan",
}


def _typed(data: Mapping[str, str]) -> dict[str, str]:
    return {name: data[name] for name in data if name != "csrfmiddlewaretoken"}


def _number(text: str | None) -> int:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 4
    return int(text) if text is not None and is_number else 0
