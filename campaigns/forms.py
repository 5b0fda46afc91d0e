"""The forms of a campaign's setup, one a step; the same ones edit it later.

Each saves its own columns and nothing else, so that two people at two steps of one
campaign don't undo each other. Callers validate and save in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.boundfield import BoundWidget
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, EmailTemplate
from promoter.accounts.access import for_account
from promoter.accounts.models import Account

NONE = "none"
KINDS: dict[str, str | Promise] = {
    Campaign.Kind.SEGMENT: _(
        "A track event that Segment sends. Whoever does it, and was "
        "identified before, is asked."
    ),
    Campaign.Kind.ONE_TIME: _(
        "Asks everybody who stands in one of your contact lists once, "
        "now or on a day of your choice."
    ),
    Campaign.Kind.RECURRING: _(
        "Asks everybody in one of your contact lists, and again every "
        "few months. Who is added to the list later joins in."
    ),
    Campaign.Kind.API: _("Your own program says whom to ask, with a call to our API."),
}


class StepForm(forms.ModelForm):
    """One step of one campaign in one account."""

    error_css_class = "invalid"
    # The list or throttle that store() made on the spot.
    made: models.Model | None = None

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    @classmethod
    def reshaped(cls, data: Mapping[str, str]) -> dict[str, str] | None:
        """What to show again when the button that was pressed only changes the form;
        None when it saves."""
        return None

    def columns(self) -> list[str]:
        """What the step writes."""
        return list(self._meta.fields or ())

    def store(self) -> Campaign:
        """Write the step's columns; the form must be valid."""
        campaign: Campaign = self.save(commit=False)
        if campaign._state.adding:
            campaign.account = self.account
            campaign.save()
        else:
            campaign.save(update_fields=self.columns())
        return campaign


class KindForm(StepForm):
    """What starts a survey, and what the campaign is called."""

    kind = forms.ChoiceField(
        label=_("What starts a survey?"),
        choices=[(kind.value, kind.label) for kind in Campaign.ASKING_KINDS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what starts a survey.")},
    )

    class Meta:
        model = Campaign
        fields = ("kind", "name")
        labels: ClassVar[dict[str, Any]] = {"name": _("Name of the campaign")}
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("Only your team sees it, for example “After an order”.")
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "name": {"required": _("Give the campaign a name.")}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.is_draft:
            # Who was asked in one way can't turn into people asked in another.
            kind = Campaign.Kind(self.instance.kind)
            cast(forms.ChoiceField, self.fields["kind"]).choices = [(kind, kind.label)]

    @property
    def options(self) -> list[tuple[BoundWidget, str]]:
        """Each kind with what to say beside it."""
        return [(radio, str(KINDS[str(radio.data["value"])])) for radio in self["kind"]]

    def columns(self) -> list[str]:
        return ["kind", "name", *self._of_other_kinds()]

    def store(self) -> Campaign:
        if self.instance.is_draft:
            for column, value in self._of_other_kinds().items():
                setattr(self.instance, column, value)
        return super().store()

    def _of_other_kinds(self) -> dict[str, Any]:
        """What a draft may have had under another kind, and has no page for now."""
        if not self.instance.is_draft:
            return {}
        found: dict[str, Any] = {}
        if self.instance.kind != Campaign.Kind.SEGMENT:
            found |= {"event_name": "", "cancel_event": "", "conditions": []}
            found |= {"sample_percent": 100, "hold_hours": 0}
        if self.instance.kind != Campaign.Kind.RECURRING:
            found |= {"repeat_days": None}
        if self.instance.asks_a_list:
            found |= {"delivery_delay": 0}
        else:
            found |= {"start_at": None, "spread_days": 0}
        return found

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = for_account(Campaign, self.account).exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(
                gettext(
                    "There is a campaign called “%(name)s” already. Choose another name."
                )
                % {"name": name}
            )
        return name


class TemplateForm(StepForm):
    """Which words the mail has."""

    email_template = forms.ModelChoiceField(
        label=_("Which mail goes out?"),
        queryset=EmailTemplate.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        blank=False,
        error_messages={
            "required": _("Choose an email template."),
            "invalid_choice": _("This template was deleted meanwhile. Choose another one."),
        },
    )

    class Meta:
        model = Campaign
        fields = ("email_template",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = for_account(EmailTemplate, self.account)
        choice = self.fields["email_template"]
        cast("forms.ModelChoiceField[EmailTemplate]", choice).queryset = templates
        self.templates = list(templates)
        if len(self.templates) == 1:
            self.fields["email_template"].initial = self.templates[0]

    @property
    def chosen(self) -> EmailTemplate | None:
        """The one to show: as posted, else as saved, else the only one there is."""
        value = str(self["email_template"].value() or "")
        if not value and len(self.templates) == 1:
            return self.templates[0]
        return next((one for one in self.templates if str(one.pk) == value), None)


class EventForm(StepForm):
    """Which track event triggers a survey. Spaces around the name are dropped."""

    class Meta:
        model = Campaign
        fields = ("event_name",)
        labels: ClassVar[dict[str, Any]] = {"event_name": _("Name of the track event")}
        help_texts: ClassVar[dict[str, Any]] = {
            "event_name": _(
                "Exactly as your app sends it: capitals and spaces inside count, "
                "for example Order Completed."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["event_name"]
        field.required = True
        field.error_messages["required"] = gettext("Enter the name of the track event.")
        field.widget.attrs |= {
            "list": "event-names",
            "autocomplete": "off",
            "autocapitalize": "off",
            "spellcheck": "false",
        }

    @property
    def was_trimmed(self) -> bool:
        """Whether what was typed had spaces around it that don't count."""
        return bool(self.data.get("event_name", "") != self.cleaned_data.get("event_name"))

    def clean_event_name(self) -> str:
        name: str = self.cleaned_data["event_name"]
        if self.instance.event_is_fixed and name != self.initial.get("event_name"):
            raise ValidationError(
                gettext(
                    "An event has matched already, so the answers belong to it. "
                    "Duplicate the campaign to listen for another one."
                )
            )
        if name == self.instance.cancel_event:
            raise ValidationError(
                gettext(
                    "This event withdraws the campaign’s surveys, as its options say. One "
                    "event can’t do both."
                )
            )
        return name
