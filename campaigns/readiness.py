"""What stands between a campaign that is set up and its first survey."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext, ngettext

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.models import ApiKey


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know before activating; nothing that forbids it.

    `url_name` is where it is mended, empty when nobody but the operator can.
    """

    words: str
    url_name: str = ""
    link: str = ""


def notes(*, campaign: Campaign) -> list[Note]:
    """In the order of their weight."""
    found = []
    keys = ApiKey.objects.usable().filter(account=campaign.account_id)
    if not campaign.asks_a_list and not keys.exists():
        if campaign.kind == Campaign.Kind.API:
            words = gettext("Your program can’t reach this account yet: it has no API key.")
        else:
            words = gettext("Segment can’t reach this account yet: it has no API key.")
        found.append(Note(words, "segment", gettext("Create a key")))
    if not campaign.account.postal_address.strip():
        found.append(
            Note(
                gettext(
                    "The account has no postal address. Many laws ask for one in every "
                    "survey mail; the person who runs this installation can add it."
                )
            )
        )
    found += [
        Note(_shared(campaign.event_name, with_campaign=other))
        for other in _listeners(campaign)
    ]
    return found


def _shared(event: str, *, with_campaign: str) -> str:
    hours = settings.SURVEY_FLOOR_HOURS
    sentence = ngettext(
        "“%(campaign)s” listens to %(event)s too. Nobody is asked twice within %(hours)s "
        "hour, so the event may bring a person only one of the two surveys.",
        "“%(campaign)s” listens to %(event)s too. Nobody is asked twice within %(hours)s "
        "hours, so the event may bring a person only one of the two surveys.",
        hours,
    )
    return sentence % {"campaign": with_campaign, "event": event, "hours": hours}


def _listeners(campaign: Campaign) -> list[str]:
    if not campaign.event_name:
        return []
    same = for_account(Campaign, campaign.account).filter(
        event_name=campaign.event_name, status__in=Campaign.LIVE
    )
    return list(same.exclude(pk=campaign.pk).values_list("name", flat=True)[:5])
