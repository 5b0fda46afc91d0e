"""What a team would do next about a campaign, in one line; nothing where all runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from campaigns.models import Campaign
from campaigns.setup.wizard import REVIEW, Wizard
from promoter.accounts.models import Account
from surveys.models import SurveyEmail

Status = Campaign.Status


@dataclass(frozen=True, slots=True)
class NextStep:
    """A sentence and where it leads."""

    words: str
    url: str


def mail_to_look_at(account: Account) -> dict[int, int]:
    """Campaign id -> how many of its mails somebody has to look at. 1 query."""
    rows = SurveyEmail.objects.unsettled().filter(account=account)
    found = rows.values_list("survey__campaign").annotate(count=Count("pk")).order_by()
    return dict(found)


def next_step(campaign: Campaign, *, mails: int, now: datetime) -> NextStep | None:
    """The most pressing one; `mails` are those that need a look."""
    page = reverse("campaign", args=[campaign.pk])
    if campaign.is_draft:
        here = Wizard(campaign).here()
        what = gettext("Review and activate it")
        if here is not REVIEW:
            what = gettext("Go on with “%(title)s”") % {"title": here.title}
        return NextStep(what, reverse("campaign-setup", args=[campaign.pk]))
    if campaign.paused_because:
        return NextStep(gettext("It paused itself: decide whether it goes on"), page)
    if mails:
        words = ngettext(
            "%(count)s mail needs a look", "%(count)s mails need a look", mails
        )
        count = number_format(mails, force_grouping=True)
        return NextStep(words % {"count": count}, reverse("outbox"))
    if campaign.status == Status.PAUSED:
        return NextStep(gettext("Resume it, or complete it"), page)
    if campaign.status == Status.READY:
        return NextStep(_awaited(campaign, now), page)
    return None


def _awaited(campaign: Campaign, now: datetime) -> str:
    if campaign.kind == Campaign.Kind.SEGMENT:
        return gettext("Waits for the first %(event)s") % {"event": campaign.event_name}
    if campaign.kind == Campaign.Kind.API:
        return gettext("Waits for your program’s first call")
    begins = campaign.begins_at
    if begins is not None and begins > now:
        return gettext("Waits for its day")
    return gettext("Looks through its list")
