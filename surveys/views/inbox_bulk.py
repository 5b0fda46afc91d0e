"""What the inbox does with several answers at once: the ticked, or all that match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from promoter.lib.paging import page_of
from surveys.inbox.acting import (
    TooManyTagsError,
    assign,
    close,
    reopen,
    tag_named,
    tag_names,
    tag_with_all,
)
from surveys.inbox.filtering import back_to, wanted
from surveys.models import Case, Tag
from surveys.views.inbox import PAGE_SIZE

# An act on so many takes a second; who has more presses again.
MOST = 1_000
TOO_MANY_TAGS = _("There are 500 tags, the most there can be. Merge or delete some first.")
LEFT = _("This person has left the account. Nothing was assigned; choose somebody else.")
ACTS = {"close", "reopen", "assign", "tag"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which cases the person means."""

    cases: list[int]
    already: int = 0
    """Of these so many are what the act would make them."""
    is_all: bool = False
    """All that match and are not so already, up to MOST, newest first; otherwise ticked."""
    has_more: bool = False

    @classmethod
    def of(cls, request: AccountRequest, act: str) -> Chosen:
        if request.POST.get("all") == "yes":
            return cls._matching(request, act)
        ticked = [id_in(pk) for pk in request.POST.getlist("case")]
        cases = for_account(Case, request.account).filter(pk__in=ticked[:PAGE_SIZE])
        so_already = (
            cases.filter(closed_at__isnull=act == "reopen")
            if act in {"close", "reopen"}
            else cases.none()
        )
        return cls(list(cases.values_list("pk", flat=True)), so_already.count())

    @classmethod
    def _matching(cls, request: AccountRequest, act: str) -> Chosen:
        listed = QueryDict(request.POST.get("list", ""))
        asked = wanted(listed, account=request.account, me=request.membership)
        # What came after the person was asked is not meant.
        upto = id_in(request.POST.get("upto", ""))

        def meant(cases: QuerySet[Case]) -> QuerySet[Case]:
            left = _not_so_yet(cases, request, act)
            return left.filter(pk__lte=upto) if upto else left

        page = page_of(
            meant(asked.cases),
            query={},
            size=MOST,
            key="responded_at",
            among=meant(asked.among) if asked.is_filtered else None,
            test=lambda ids: meant(asked.cases_among(ids)),
        )
        ids = [case.pk for case in page.rows]
        return cls(ids, is_all=True, has_more=page.older is not None)


@account_required(Membership.Role.EDITOR)
@require_POST
def response_bulk(request: AccountRequest) -> HttpResponse:
    """`act` on each ticked `case`, or on `all` of the list; asks once more unless it is one
    that was ticked."""
    back = _back(request)
    act = request.POST.get("act", "")
    if act not in ACTS:
        return redirect(back)
    if act == "tag" and not tag_names(request.POST.get("tag", "")):
        messages.info(request, gettext("Which tag? Write or choose one beside “Tag”."))
        return redirect(back)
    if act == "assign" and is_for_who_left(request):
        messages.error(request, LEFT)
        return redirect(back)
    chosen = Chosen.of(request, act)
    if not chosen.cases and not chosen.is_all:
        messages.info(request, gettext("Tick the answers first."))
        return redirect(back)
    asks = len(chosen.cases) > 1 or (chosen.is_all and chosen.cases)
    if asks and request.POST.get("confirmed") != "yes":
        return _confirm(request, act, chosen, back)
    try:
        count = run(request, act, chosen.cases)()
    except TooManyTagsError:
        messages.error(request, TOO_MANY_TAGS)
        return redirect(back)
    if count:
        messages.success(request, done_words(act, count))
    else:
        messages.info(request, gettext("Nothing changed: it was so already."))
    return redirect(back)


def done_words(act: str, count: int) -> str:
    """What is said of so many cases."""
    number = {"count": intcomma(count)}
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
    names = tag_names(request.POST.get("tag", ""))
    tags = [tag_named(name, account=request.account) for name in names]
    return lambda: tag_with_all(cases=cases, tags=tags, by=by, now=now)


def is_for_who_left(request: AccountRequest) -> bool:
    """Whether the page still offered somebody who is gone: nobody is meant by that."""
    return bool(request.POST.get("assignee")) and chosen_member(request) is None


def chosen_member(request: AccountRequest) -> Membership | None:
    """None for nobody, and for who has left the account meanwhile."""
    pk = request.POST.get("assignee", "")
    members = for_account(Membership, request.account).select_related("user")
    return members.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None


def _not_so_yet(cases: QuerySet[Case], request: AccountRequest, act: str) -> QuerySet[Case]:
    """Without those that the act would leave as they are: pressed again, it takes the
    next."""
    if act in {"close", "reopen"}:
        return cases.filter(closed_at__isnull=act == "close")
    if act == "tag":
        having = for_account(Case, request.account)
        for name in tag_names(request.POST.get("tag", "")):
            tags = Tag.objects.filter(account=request.account).called(name)
            having = having.filter(tags__in=tags)
        return cases.exclude(pk__in=having.values("pk"))
    to = chosen_member(request)
    return cases.exclude(assignee=to) if to else cases.filter(assignee__isnull=False)


def _confirm(request: AccountRequest, act: str, chosen: Chosen, back: str) -> HttpResponse:
    context = {
        "act": act,
        "chosen": chosen,
        "upto": max(chosen.cases),
        "member": chosen_member(request),
        "tag": request.POST.get("tag", "").strip(),
        "list": request.POST.get("list", ""),
        "back": back,
    }
    return render(request, "surveys/inbox/bulk_confirm.html", context)


def _back(request: AccountRequest) -> str:
    """The list somebody came from; after an act on all of it, its beginning."""
    listed = QueryDict(back_to(request.POST.get("list", "")), mutable=True)
    if request.POST.get("all") == "yes":
        listed.pop("older", None)
        listed.pop("newer", None)
    return f"{reverse('response-list')}?{listed.urlencode()}"
