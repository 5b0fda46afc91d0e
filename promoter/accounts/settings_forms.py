"""What an account is called, where it is, and which clock it lives by."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account

# Old spellings and offsets; whoever has one keeps it.
NOT_OFFERED = {"Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"}
Choices = list[tuple[str, list[tuple[str, str]]]]


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """The account itself."""

    error_css_class = "invalid"
    time_zone = forms.CharField(
        label=_("Time zone"),
        help_text=_(
            "Days and hours on all pages are in it, and so are the days of reports."
        ),
    )

    class Meta:
        model = Account
        fields = ("name", "time_zone", "postal_address")
        labels: ClassVar[dict[str, Any]] = {
            "name": _("Name"),
            "postal_address": _("Postal address"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _(
                "Your company’s name, say: survey mail and its pages tell who sent it."
            ),
            "postal_address": _(
                "Stands at the foot of every survey mail; many laws ask for "
                "it. A street or a post box, with the city."
            ),
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "name": {"required": _("Give the account a name.")}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.fields["postal_address"].widget.attrs |= {
            "rows": 3,
            "autocomplete": "street-address",
        }
        self.fields["time_zone"].widget = forms.Select(
            attrs={"translate": "no"}, choices=zone_choices(self.instance.time_zone)
        )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_postal_address(self) -> str:
        lines = str(self.cleaned_data["postal_address"]).splitlines()
        return "\n".join(line.strip() for line in lines if line.strip())

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in zone_names() and zone != self.initial["time_zone"]:
            raise ValidationError(gettext("Choose a time zone from the list."))
        return zone


@cache
def zone_names() -> frozenset[str]:
    """Those that a person may choose: REGION/CITY, and UTC."""
    named = {zone for zone in available_timezones() if "/" in zone}
    return frozenset({zone for zone in named if zone.split("/")[0] not in NOT_OFFERED}) | {
        "UTC"
    }


def zone_choices(current: str) -> Choices:
    """In groups by region, with the present one even if it is an old spelling."""
    names = sorted(zone_names() | {current}, key=lambda zone: ("/" in zone, zone))
    groups = groupby(
        names, key=lambda zone: zone.split("/")[0] if "/" in zone else gettext("Other")
    )
    return [
        (
            region,
            [(zone, zone.partition("/")[2].replace("_", " ") or zone) for zone in zones],
        )
        for region, zones in groups
    ]
