"""Campaigns with what came of them.

Lives here, not in campaigns: what was sent and answered is up the ladder from there.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from campaigns.lifecycle import possible_acts
from campaigns.models import Campaign
from campaigns.options import options_in_words
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.mail_providers import Provider, current
from surveys.charts import band_parts
from surveys.daily_sums.coverage import zone_of
from surveys.funnel import funnel
from surveys.models import Survey, SurveyEmail
from surveys.next_steps import mail_to_look_at, next_step
from surveys.reports import Report
from surveys.results.periods import everything
from surveys.selections import Selection

# Those who were asked last; the decision log has them all.
LATEST = 10
IN_ORDER = [
    Campaign.Status.ACTIVE,
    Campaign.Status.READY,
    Campaign.Status.PAUSED,
    Campaign.Status.DRAFT,
    Campaign.Status.COMPLETE,
]


@account_required()
@require_safe
def campaign_list(request: AccountRequest) -> HttpResponse:
    account, now = request.account, timezone.now()
    window = everything(account, zone=zone_of(account), now=now)
    report = Report.of(Selection(account), now=now)
    figures = {line.campaign.pk: line for line in report.by_campaign(window)}
    mails = mail_to_look_at(account)
    campaigns = [
        (
            campaign,
            figures.get(campaign.pk),
            next_step(campaign, mails=mails.get(campaign.pk, 0), now=now),
        )
        for campaign in sorted(
            for_account(Campaign, account).select_related("contact_list"), key=_place
        )
    ]
    context = {
        "now": now,
        "campaigns": campaigns,
        "may_edit": has_role(request.membership, Membership.Role.EDITOR),
    }
    return render(request, "campaigns/campaign_list.html", context)


@account_required()
@require_safe
def campaign_page(request: AccountRequest, pk: int) -> HttpResponse:
    account, now = request.account, timezone.now()
    campaign = get_object_or_404(
        for_account(Campaign, account).select_related(
            "email_template", "contact_list", "throttle"
        ),
        pk=pk,
    )
    if _still_waits(request, campaign):
        # Nothing has changed before the eyes of who is watching.
        return HttpResponse(status=204)
    window = everything(account, zone=zone_of(account), now=now)
    summary = Report.of(Selection(account, campaign), now=now).summary(window)
    surveys = for_account(Survey, account).filter(campaign=campaign)
    return render(
        request,
        "campaigns/campaign.html",
        {
            "now": now,
            "campaign": campaign,
            "may_edit": has_role(request.membership, Membership.Role.EDITOR),
            "acts": possible_acts(campaign),
            "api_address": _api_address(campaign),
            "floor_hours": settings.SURVEY_FLOOR_HOURS,
            "options": options_in_words(campaign),
            "summary": summary,
            "parts": band_parts(summary.counts),
            "funnel": funnel(campaign),
            "mail_words": _mail_words(current()),
            "needs_look": SurveyEmail.objects.unsettled()
            .filter(account=account, survey__campaign=campaign)
            .count(),
            "latest": surveys.select_related("contact", "response").prefetch_related(
                "emails"
            )[:LATEST],
        },
    )


def _still_waits(request: AccountRequest, campaign: Campaign) -> bool:
    """Whether the page only asks, as it does every 3 seconds, if it must be drawn anew."""
    asks = request.headers.get("HX-Target") == "campaign"
    return asks and campaign.status == Campaign.Status.READY and not campaign.has_begun


def _mail_words(provider: Provider | None) -> str:
    """What the way out doesn't tell of its mail; "" where it tells all."""
    if provider is None:
        return gettext("The mail server does not tell whether a sent mail was delivered.")
    if not provider.events:
        return gettext("%(provider)s does not tell whether a sent mail was delivered.") % {
            "provider": provider.label
        }
    if not provider.takes_events:
        return gettext(
            "%(provider)s would tell whether a sent mail was delivered: the person who "
            "runs this installation can set up its events."
        ) % {"provider": provider.label}
    return ""


def _api_address(campaign: Campaign) -> str:
    if campaign.kind != Campaign.Kind.API:
        return ""
    return settings.SITE_URL.rstrip("/") + f"/api/v1/campaigns/{campaign.pk}/surveys"


def _place(campaign: Campaign) -> int:
    """What asks now stands above what may ask, and that above what has ended."""
    return IN_ORDER.index(Campaign.Status(campaign.status))
