"""What a person may do to a campaign with one press."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import lifecycle
from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership


@account_required(Membership.Role.EDITOR)
@require_POST
def activate(request: AccountRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    now = timezone.now()
    try:
        with transaction.atomic():
            lifecycle.activate(campaign=campaign, now=now)
            note(request, Action.CAMPAIGN_ACTIVATED, campaign, now=now)
    except ValidationError as refusal:
        if campaign.is_draft:
            for words in refusal.messages:
                messages.error(request, words)
            # The setup's last page names what is missing and leads to it.
            return redirect("campaign-setup", pk=campaign.pk)
        return _refused(request, campaign, refusal)
    # The page says what it waits for, and what comes then.
    return _done(request, campaign, gettext("Activated."))


@account_required(Membership.Role.EDITOR)
@require_POST
def resume(request: AccountRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    now = timezone.now()
    try:
        with transaction.atomic():
            lifecycle.resume(campaign=campaign, now=now)
            note(request, Action.CAMPAIGN_RESUMED, campaign, now=now)
    except ValidationError as refusal:
        return _refused(request, campaign, refusal)
    if campaign.kind == Campaign.Kind.SEGMENT:
        words = gettext("Resumed. New events are answered with surveys again.")
    else:
        words = gettext("Resumed. It asks again.")
    return _done(request, campaign, words)


@account_required(Membership.Role.EDITOR)
@require_POST
def keep_paused(request: AccountRequest, pk: int) -> HttpResponse:
    """Answers a campaign that paused itself and asks whether to go on."""
    campaign = _campaign(request, pk)
    now = timezone.now()
    try:
        with transaction.atomic():
            lifecycle.keep_paused(campaign=campaign)
            note(request, Action.CAMPAIGN_KEPT_PAUSED, campaign, now=now)
    except ValidationError as refusal:
        return _refused(request, campaign, refusal)
    return _done(
        request,
        campaign,
        gettext("It stays paused. Mail that falls due meanwhile is not sent."),
    )


@account_required(Membership.Role.EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more, because there is no way back; POST ends the campaign."""
    campaign = _campaign(request, pk)
    if request.method != "POST":
        return render(request, "campaigns/campaign_complete.html", {"campaign": campaign})
    now = timezone.now()
    try:
        with transaction.atomic():
            lifecycle.complete(campaign=campaign)
            note(request, Action.CAMPAIGN_COMPLETED, campaign, now=now)
    except ValidationError as refusal:
        return _refused(request, campaign, refusal)
    return _done(
        request, campaign, gettext("Complete. Its figures stay; it asks nobody any more.")
    )


def _campaign(request: AccountRequest, pk: int) -> Campaign:
    return get_object_or_404(for_account(Campaign, request.account), pk=pk)


def _done(request: AccountRequest, campaign: Campaign, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("campaign", pk=campaign.pk)


def _refused(
    request: AccountRequest, campaign: Campaign, refusal: ValidationError
) -> HttpResponse:
    for words in refusal.messages:
        messages.error(request, words)
    return redirect("campaign", pk=campaign.pk)
