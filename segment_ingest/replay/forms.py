"""What a replay is to go through."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from contacts.forms import PlainForm
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from promoter.lib.relative import written_day

# As browsers write the value of their own field, with and without seconds.
WALL_CLOCK = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


class CampaignField(forms.ModelChoiceField):
    """One of the campaigns that may ask, or may again once somebody resumes it."""

    def label_from_instance(self, campaign: Campaign) -> str:
        names = {"campaign": campaign.name, "event": campaign.event_name}
        if campaign.status == Campaign.Status.PAUSED:
            return gettext("%(campaign)s (%(event)s, paused)") % names
        return "{campaign} ({event})".format_map(names)


class ReplayForm(PlainForm):
    """Which campaign, and how far back. Times are those of the account's clocks."""

    campaign = CampaignField(
        label=_("Campaign"),
        queryset=Campaign.objects.none(),
        empty_label=None,
        error_messages={
            "required": _("Choose a campaign."),
            "invalid_choice": _("Choose a campaign from the list."),
        },
    )
    since = forms.DateTimeField(
        label=_("Events since"),
        input_formats=WALL_CLOCK,
        widget=forms.DateTimeInput(
            format=WALL_CLOCK[0], attrs={"type": "datetime-local", "class": "input"}
        ),
        error_messages={
            "required": _("Choose a moment."),
            "invalid": _("Write it like 2026-11-01 09:00."),
        },
    )

    def __init__(
        self, *args: Any, account: Account, first: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(account.time_zone)
        campaigns = for_account(Campaign, account).filter(
            kind=Campaign.Kind.SEGMENT,
            status__in=[*Campaign.LIVE, Campaign.Status.PAUSED],
        )
        choice = self.fields["campaign"]
        assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101  # for mypy
        choice.queryset = campaigns.order_by("name")
        since = self.fields["since"]
        since.help_text = gettext("%(zone)s time. Events are kept since %(day)s.") % {
            "zone": account.time_zone,
            "day": written_day(first, "j F"),
        }
        since.widget.attrs["min"] = f"{first.astimezone(self.zone):{WALL_CLOCK[0]}}"

    def clean_since(self) -> datetime:
        wall: datetime = self.cleaned_data["since"]
        return wall.replace(tzinfo=self.zone)
