"""One answer as a case: what was said, by whom, what was done about it, what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.rendering import contact_values, fill
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from surveys.inbox.acting import TooManyTagsError, tag_names, untag, write_note
from surveys.inbox.filtering import TABS, back_to, wanted
from surveys.inbox.meanwhile import Seen, hold, is_done
from surveys.inbox.replying import caution, refusal
from surveys.models import CannedReply, Case, CaseEvent, Tag
from surveys.responding import clean_comment
from surveys.views.inbox import choices
from surveys.views.inbox_bulk import (
    ACTS,
    LEFT,
    TOO_MANY_TAGS,
    done_words,
    is_for_who_left,
    run,
)


class ReplyForm(forms.Form):
    """What a member writes to the person."""

    text = forms.CharField(
        label=_("Reply"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write something first.")},
    )
    closes = forms.BooleanField(label=_("and close the case"), required=False, initial=True)


class ForwardForm(forms.Form):
    """Whom a member shows the case, and with which words."""

    prefix = "forward"
    to = forms.EmailField(label=_("To"), max_length=254)
    words = forms.CharField(
        label=_("Words above it"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@account_required()
@require_safe
def response_page(request: AccountRequest, pk: int) -> HttpResponse:
    """The query is the list's from which one came, for the way back and to the next."""
    return show(request, case_of(request, pk))


@account_required(Membership.Role.EDITOR)
@require_POST
def response_act(request: AccountRequest, pk: int) -> HttpResponse:
    """`act` is close, reopen, assign, tag, untag or note."""
    case, act, now = case_of(request, pk), request.POST.get("act", ""), timezone.now()
    if act == "note":
        if text := clean_comment(request.POST.get("text", "")):
            note_(request, case, text, now)
            messages.success(request, gettext("Noted. Only your team sees it."))
    elif act == "untag":
        untag_(request, case, now)
    elif act == "assign" and is_for_who_left(request):
        messages.error(request, LEFT)
    elif act in ACTS and (act != "tag" or tag_names(request.POST.get("tag", ""))):
        try:
            if run(request, act, [case.pk])():
                messages.success(request, done_words(act, 1))
        except TooManyTagsError:
            messages.error(request, TOO_MANY_TAGS)
    return back(request, case)


def note_(request: AccountRequest, case: Case, text: str, now: datetime) -> None:
    """Once, also when it is pressed twice."""
    seen, by = Seen.read(request.POST.get("seen", "")), request.user
    with transaction.atomic():
        hold(case)
        if not is_done(case, CaseEvent.Kind.NOTE, by=by, seen=seen, text=text):
            write_note(case=case, text=text, by=by, now=now)


def untag_(request: AccountRequest, case: Case, now: datetime) -> None:
    tags = for_account(Tag, request.account)
    if found := tags.filter(pk=id_in(request.POST.get("tag"))).first():
        untag(cases=[case.pk], from_=found, by=request.user, now=now)


def case_of(request: AccountRequest, pk: int) -> Case:
    related = (
        *("response__contact", "response__campaign__email_template"),
        *("response__survey", "assignee__user"),
    )
    cases = for_account(Case, request.account).select_related("account", *related)
    return get_object_or_404(cases, pk=id_in(pk))


def back(request: AccountRequest, case: Case) -> HttpResponse:
    """To the case, which still knows its list."""
    query = back_to(request.GET.urlencode())
    return redirect(f"{reverse('response', args=[case.pk])}{'?' if query else ''}{query}")


def show(
    request: AccountRequest, case: Case, *, status: int = 200, **more: Any
) -> HttpResponse:
    asked = wanted(request.GET, account=request.account, me=request.membership)
    around = asked.among.exclude(pk=case.pk)
    at, pk = case.responded_at, case.pk
    older = around.filter(responded_at__lte=at).exclude(responded_at=at, pk__gt=pk)
    newer = around.filter(responded_at__gte=at).exclude(responded_at=at, pk__lt=pk)
    by_time = ("responded_at", "pk")
    response = case.response
    events = list(case.events.select_related("actor", "mail"))
    context = {
        "now": timezone.now(),
        "case": case,
        "response": response,
        "contact": response.contact,
        "attributes": sorted(response.attributes.items()),
        "case_tags": case.tags.all(),
        "events": events,
        "seen": Seen.of(case, events),
        "reply_form": ReplyForm(initial={"closes": True}, label_suffix=""),
        "replies": for_account(CannedReply, request.account),
        "forward_form": ForwardForm(label_suffix=""),
        "refusal": refusal(response.contact),
        "caution": caution(response.contact),
        "emails": response.survey.emails.filter(template_version__isnull=False),
        "older": older.order_by("-responded_at", "-pk")
        .values_list("pk", flat=True)
        .first(),
        "newer": newer.order_by(*by_time).values_list("pk", flat=True).first(),
        "tab": TABS[asked.tab],
        "from_list": back_to(request.GET.urlencode()),
        **choices(request),
        **more,
    }
    return render(request, "surveys/inbox/case.html", context, status=status)


def with_ready_reply(request: AccountRequest, case: Case) -> ReplyForm:
    """The form with the ready reply that was chosen, filled for this person, behind what
    was typed."""
    response, typed = case.response, request.POST.get("text", "").strip()
    ready = for_account(CannedReply, request.account)
    found = ready.filter(pk=id_in(request.POST.get("canned", ""))).first()
    text = ""
    if found is not None:
        template = response.campaign.email_template
        values = contact_values(
            response.contact,
            brand=template.brand if template else request.account.name,
            account_name=request.account.name,
        )
        text = fill(found.text, values)
    initial = {
        "text": "\n\n".join(each for each in (typed, text) if each),
        "closes": "closes" in request.POST or not case.is_open,
    }
    return ReplyForm(initial=initial, label_suffix="")
