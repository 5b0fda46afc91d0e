"""Ask the owners what to do about a campaign that paused itself.

At most once, like the mail on quotas: the campaign is marked as told, then the mail is
sent, and one that the server does not take unmarks it for the next run. A worker that
dies between the two loses the mail; the campaign's page, the list of campaigns and the
dashboard ask the same until somebody decides.
"""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from campaigns.models import Campaign
from promoter.accounts.notices import page_address, tell_owners


def tell_of_pauses(*, now: datetime) -> int:
    """Mail the owners of each campaign that waits for their word; how many were told of."""
    waiting = (
        Campaign.objects.filter(status=Campaign.Status.PAUSED, pause_told_at=None)
        .exclude(paused_because="")
        .select_related("account")
        .order_by("pk")
    )
    return sum(_tell(campaign, now) for campaign in waiting)


def _tell(campaign: Campaign, now: datetime) -> bool:
    page = page_address(reverse("campaign", args=[campaign.pk]))

    def write() -> tuple[str, str]:
        text = render_to_string("emails/pause.txt", {"campaign": campaign, "page": page})
        subject = gettext("%(campaign)s has paused itself: go on?")
        return subject % {"campaign": campaign.name}, text.strip()

    row = Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.PAUSED)
    row = row.exclude(paused_because="")
    if not row.filter(pause_told_at=None).update(pause_told_at=now):
        return False
    if tell_owners(account=campaign.account, write=write):
        return True
    row.filter(pause_told_at=now).update(pause_told_at=None)
    return False
