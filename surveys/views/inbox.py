"""What people answered, as a list of cases: newest first, by tab, filter and search."""

from __future__ import annotations

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.paging import page_of
from surveys.chart_words import BAND_PEOPLE
from surveys.inbox.filtering import TABS, back_to, wanted
from surveys.inbox.searching import reads
from surveys.models import Case, SuspectAnswer, Tag
from surveys.results.values import other_spelling

PAGE_SIZE = 30
COUNTED = 1_000


@account_required()
@require_safe
def response_list(request: AccountRequest) -> HttpResponse:
    """What the address may ask for stands in surveys.inbox.filtering."""
    asked = wanted(request.GET, account=request.account, me=request.membership)
    page = page_of(
        asked.cases,
        query=request.GET,
        size=PAGE_SIZE,
        key="responded_at",
        among=asked.among if asked.is_filtered else None,
        test=asked.cases_among,
    )
    prefetch_related_objects(
        page.rows, "response__contact", "response__campaign", "response__changes", "tags"
    )
    prefetch_related_objects(page.rows, "assignee__user")
    now = timezone.now()
    respelt = ""
    if asked.value and not page.rows:
        respelt = other_spelling(
            account=request.account, key=asked.attribute, value=asked.value, now=now
        )
    return render(
        request,
        "surveys/inbox/list.html",
        {
            "now": now,
            "respelt": respelt,
            "page": page,
            "asked": asked,
            "bands": BAND_PEOPLE.items(),
            "campaigns": for_account(Campaign, request.account).order_by("name", "pk"),
            "has_any": bool(page.rows) or for_account(Case, request.account).exists(),
            "from_list": back_to(request.GET.urlencode()),
            "newest_read": asked.q and reads(request.account),
            **tab_bar(request),
            **choices(request),
        },
    )


def tab_bar(request: AccountRequest) -> dict[str, object]:
    """The inbox's tabs with their counts, and how many answers are in quarantine."""
    opened = for_account(Case, request.account).filter(closed_at=None)
    mine = opened.filter(assignee=request.membership)
    counts = {"open": _count(opened), "mine": _count(mine)}
    suspects = for_account(SuspectAnswer, request.account)
    return {
        "tabs": [(tab, label, counts.get(tab, "")) for tab, label in TABS.items()],
        "quarantined": suspects.filter(status=SuspectAnswer.Status.WAITING).count(),
    }


def choices(request: AccountRequest) -> dict[str, object]:
    """Who can be given a case, and the tags there are."""
    members = for_account(Membership, request.account).select_related("user")
    return {
        "members": members.order_by("user__name", "user__email"),
        "tags": for_account(Tag, request.account),
        "may_edit": has_role(request.membership, Membership.Role.EDITOR),
    }


def _count(cases: QuerySet[Case]) -> str:
    """How many, up to a thousand: more than that is many."""
    count = cases.order_by().values("pk")[:COUNTED].count()
    return f"{COUNTED - 1}+" if count >= COUNTED else str(count)
