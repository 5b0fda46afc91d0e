"""Pausing a campaign.

Lives here, not in campaigns: what mail is scheduled is up the ladder from there.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from campaigns import lifecycle
from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from surveys.models import SurveyEmail


@account_required(Membership.Role.EDITOR)
@require_POST
def pause_campaign(request: AccountRequest, pk: int) -> HttpResponse:
    """Asks once more, until `confirmed` is yes, where scheduled mail may be lost by it."""
    campaign = get_object_or_404(for_account(Campaign, request.account), pk=pk)
    if request.POST.get("confirmed") != "yes" and (scheduled := _may_be_lost(campaign)):
        context = {"campaign": campaign, "scheduled": scheduled}
        return render(request, "campaigns/campaign_pause.html", context)
    now = timezone.now()
    try:
        with transaction.atomic():
            lifecycle.pause(campaign=campaign)
            note(request, Action.CAMPAIGN_PAUSED, campaign, now=now)
    except ValidationError as refusal:
        for words in refusal.messages:
            messages.error(request, words)
    else:
        messages.success(request, gettext("Paused. Nobody is asked until you resume it."))
    return redirect("campaign", pk=campaign.pk)


def _may_be_lost(campaign: Campaign) -> int:
    """How many mails are skipped for good if they fall due while it is paused. Those to a
    list wait instead."""
    if campaign.asks_a_list or "pause" not in lifecycle.possible_acts(campaign):
        return 0
    mails = SurveyEmail.objects.filter(
        account=campaign.account,
        survey__campaign=campaign,
        status=SurveyEmail.Status.SCHEDULED,
    )
    return mails.count()
