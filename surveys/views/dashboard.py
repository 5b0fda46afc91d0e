"""The first page: how likely people are to recommend the account, and why."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Account, Membership
from surveys.charts import band_parts
from surveys.first_steps import first_steps
from surveys.models import Response, SurveyEmail, SuspectAnswer
from surveys.reports import latest_comments
from surveys.results.drawing import Drawings
from surveys.results.pages import Page
from surveys.results.periods import last_range_with_answers
from surveys.results.tags import top_tags
from surveys.results.words import MOST_COMMENTS, top_words
from surveys.views.results_form import form_context, keep_sums_of_pair, respelt

COMMENTS = 6
Status = SuspectAnswer.Status


@account_required()
@require_safe
def dashboard(request: AccountRequest) -> HttpResponse:
    """The address is the filter: see surveys.results.filtering."""
    account, now = request.account, timezone.now()
    unsettled = SurveyEmail.objects.unsettled().filter(account=account)
    context: dict[str, Any] = {
        "now": now,
        "needs_look": unsettled.count(),
        "may_dismiss": has_role(request.membership, Membership.Role.OWNER),
    }
    if for_account(Response, account).exists():
        page = Page.of(request.GET, account=account, now=now)
        campaigns = list(page.filter.campaigns)
        context |= _results(page, account) | form_context(page)
        keep_sums_of_pair(page)
        # Who looks closer, through a filter, or has many answers is past them.
        is_new = context["summary"].counts.is_small and not request.GET
        if is_new and account.first_steps_dismissed_at is None:
            context["steps"] = first_steps(account, campaigns=campaigns)
    else:
        campaigns = list(for_account(Campaign, account))
        waiting = for_account(SuspectAnswer, account).filter(status=Status.WAITING)
        context |= {
            "steps": first_steps(account, campaigns=campaigns),
            "quarantined": waiting.count(),
            "filled": _filled_elsewhere(request),
        }
    context["paused_themselves"] = [one for one in campaigns if one.paused_because]
    return render(request, "surveys/dashboard.html", context)


def _filled_elsewhere(request: AccountRequest) -> Account | None:
    """Who tries the product on their own computer has an account with invented answers."""
    others = [each.account for each in request.memberships if each != request.membership]
    if not settings.MAIL_CATCHER_DIR or not others:
        return None
    answered = Response.objects.filter(account=OuterRef("pk"))
    return Account.objects.filter(Exists(answered), pk__in=[o.pk for o in others]).first()


def _results(page: Page, account: Account) -> dict[str, Any]:
    chosen, overview = page.filter, page.overview()
    counts = overview.summary.counts
    context: dict[str, Any] = {
        "summary": overview.summary,
        "period": chosen.period,
        "parts": band_parts(counts),
        "campaigns": overview.campaigns,
        "has_rate": not chosen.selection.is_of_answers,
    }
    if counts.n == 0:
        reach = last_range_with_answers(
            account=account, zone=page.coverage.zone, now=page.coverage.now
        )
        known = {choice.key: choice for choice in chosen.ranges}
        context["reach"] = reach
        context["reach_address"] = known[reach.key].address if reach else ""
        context["respelt"] = respelt(page, account)
        return context
    window = chosen.period.window
    tags = top_tags(chosen.selection, window, tags=chosen.tags)
    return context | {
        "drawings": Drawings.of(overview),
        "words": top_words(chosen.selection, window),
        "most_comments": MOST_COMMENTS,
        "tags": tags,
        "tag_lines": [(line, chosen.query_with_tag(line.tag)) for line in tags.tags],
        "comments": latest_comments(
            account=account, limit=COMMENTS, selection=chosen.selection, window=window
        ),
    }
