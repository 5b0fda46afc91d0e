"""What people answered, as a list of cases: newest first, by tab, filter and search."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from promoter.lib.paging import page_of
from surveys.chart_words import BAND_PEOPLE
from surveys.inbox.acting import TooManyTagsError, assign, close, reopen, tag, tag_named
from surveys.inbox.filtering import TABS, back_to, wanted
from surveys.inbox.searching import reads
from surveys.models import Case, SuspectAnswer, Tag

PAGE_SIZE = 30
COUNTED = 1_000
TOO_MANY_TAGS = _("There are 500 tags, the most there can be. Merge or delete some first.")
ACTS = {"close", "reopen", "assign", "tag"}


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
    return render(
        request,
        "surveys/inbox/list.html",
        {
            "now": timezone.now(),
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


@account_required(Membership.Role.EDITOR)
@require_POST
def response_bulk(request: AccountRequest) -> HttpResponse:
    """`act` on each ticked `case`; asks once more when there are several."""
    listed = f"{reverse('response-list')}?{back_to(request.POST.get('list', ''))}"
    ticked = {id_in(pk) for pk in request.POST.getlist("case")}
    cases = for_account(Case, request.account).filter(pk__in=list(ticked)[:PAGE_SIZE])
    act = request.POST.get("act", "")
    if act not in ACTS:
        return redirect(listed)
    if not cases:
        messages.info(request, gettext("Tick the answers first."))
        return redirect(listed)
    if act == "tag" and not request.POST.get("tag", "").strip():
        messages.info(request, gettext("Which tag? Write or choose one beside “Tag”."))
        return redirect(listed)
    found = list(cases.values_list("pk", flat=True))
    if len(found) > 1 and request.POST.get("confirmed") != "yes":
        return _confirm(request, act, cases, listed)
    try:
        count = run(request, act, found)()
    except TooManyTagsError:
        messages.error(request, TOO_MANY_TAGS)
        return redirect(listed)
    if count:
        messages.success(request, done_words(act, count))
    else:
        messages.info(request, gettext("Nothing changed: it was so already."))
    return redirect(listed)


def done_words(act: str, count: int) -> str:
    """What is said of so many cases."""
    number = {"count": count}
    if act == "close":
        return ngettext("Closed.", "%(count)s cases closed.", count) % number
    if act == "reopen":
        return ngettext("Opened again.", "%(count)s cases opened again.", count) % number
    if act == "assign":
        return ngettext("Assigned.", "%(count)s cases assigned.", count) % number
    return ngettext("Tagged.", "%(count)s cases tagged.", count) % number


def run(request: AccountRequest, act: str, cases: list[int]) -> Callable[[], int]:
    """The act that the form asks for, ready to be done. Raises TooManyTagsError."""
    now, by = timezone.now(), request.user
    if act == "close":
        return lambda: close(cases=cases, by=by, now=now)
    if act == "reopen":
        return lambda: reopen(cases=cases, by=by, now=now)
    if act == "assign":
        to = chosen_member(request)
        return lambda: assign(cases=cases, to=to, by=by, now=now)
    with_ = tag_named(request.POST.get("tag", ""), account=request.account)
    return lambda: tag(cases=cases, with_=with_, by=by, now=now)


def chosen_member(request: AccountRequest) -> Membership | None:
    """None for nobody, and for who has left the account meanwhile."""
    pk = request.POST.get("assignee", "")
    members = for_account(Membership, request.account).select_related("user")
    return members.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None


def _confirm(
    request: AccountRequest, act: str, cases: QuerySet[Case], listed: str
) -> HttpResponse:
    is_status = act in {"close", "reopen"}
    so_already = cases.filter(closed_at__isnull=act == "reopen")
    context = {
        "act": act,
        "chosen": list(cases.values_list("pk", flat=True)),
        "already": so_already.count() if is_status else 0,
        "member": chosen_member(request),
        "tag": request.POST.get("tag", "").strip(),
        "list": request.POST.get("list", ""),
        "back": listed,
    }
    return render(request, "surveys/inbox/bulk_confirm.html", context)


def _count(cases: QuerySet[Case]) -> str:
    """How many, up to a thousand: more than that is many."""
    count = cases.order_by().values("pk")[:COUNTED].count()
    return f"{COUNTED - 1}+" if count >= COUNTED else str(count)
