"""Answers that a machine may have given: look, take, drop."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from promoter.lib.paging import page_of
from surveys.answering.quarantine import drop, take
from surveys.models import SuspectAnswer
from surveys.responding import PersonErased
from surveys.views.inbox import tab_bar

PAGE_SIZE = 30
Status = SuspectAnswer.Status


@account_required()
@require_safe
def quarantine_list(request: AccountRequest) -> HttpResponse:
    """Those that wait; `?dropped=1` shows the dropped ones."""
    dropped = request.GET.get("dropped") == "1"
    suspects = for_account(SuspectAnswer, request.account).filter(
        status=Status.DROPPED if dropped else Status.WAITING
    )
    return render(
        request,
        "surveys/quarantine.html",
        {
            "now": timezone.now(),
            "page": page_of(
                suspects.select_related("survey__contact", "survey__campaign"),
                query=request.GET,
                size=PAGE_SIZE,
                key="answered_at",
            ),
            "dropped": dropped,
            "may_edit": has_role(request.membership, Membership.Role.EDITOR),
            **tab_bar(request),
        },
    )


@account_required(Membership.Role.EDITOR)
@require_POST
def quarantine_settle(request: AccountRequest, pk: int) -> HttpResponse:
    """`act` is take or drop."""
    suspect = get_object_or_404(
        for_account(SuspectAnswer, request.account).select_related("survey"), pk=pk
    )
    now = timezone.now()
    if request.POST.get("act") == "take":
        try:
            with transaction.atomic():
                if taken := take(suspect=suspect, now=now):
                    note(request, Action.ANSWER_TAKEN, suspect, now=now)
        except PersonErased:
            messages.error(request, gettext("The person was erased meanwhile."))
        else:
            _say_taken(request, suspect, taken=taken)
    else:
        with transaction.atomic():
            if dropped := drop(suspect=suspect, now=now):
                note(request, Action.ANSWER_DROPPED, suspect, now=now)
        if dropped:
            messages.success(request, gettext("Dropped. You find it under “Dropped”."))
        else:
            messages.info(request, gettext("Nothing changed: it was settled meanwhile."))
    return redirect("quarantine")


@account_required(Membership.Role.EDITOR)
@require_POST
def quarantine_take(request: AccountRequest) -> HttpResponse:
    """Count each `suspect` that the page showed: none that came since then, unseen."""
    shown = [id_in(pk) for pk in request.POST.getlist("suspect")[:PAGE_SIZE]]
    suspects = for_account(SuspectAnswer, request.account).filter(pk__in=shown)
    now, count = timezone.now(), 0
    for suspect in suspects.filter(status=Status.WAITING).select_related("survey"):
        try:
            with transaction.atomic():
                if take(suspect=suspect, now=now):
                    note(request, Action.ANSWER_TAKEN, suspect, now=now)
                    count += 1
        except PersonErased:
            continue
    if count:
        words = ngettext(
            "%(count)s answer counts now.", "%(count)s answers count now.", count
        )
        messages.success(request, words % {"count": count})
    else:
        messages.info(request, gettext("Nothing changed: it was settled meanwhile."))
    return redirect("quarantine")


def _say_taken(request: AccountRequest, suspect: SuspectAnswer, *, taken: bool) -> None:
    suspect.refresh_from_db(fields=["status"])
    if taken:
        messages.success(request, gettext("It counts as an answer now."))
    elif suspect.status == Status.REPLACED:
        messages.info(
            request,
            gettext("The person has answered themselves meanwhile. That answer counts."),
        )
    else:
        messages.info(request, gettext("Nothing changed: it was settled meanwhile."))
