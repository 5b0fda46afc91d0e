"""Mail that leaves a case: a reply, a forward, and another try of what did not leave."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from promoter.accounts.access import AccountRequest, account_required
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from surveys.inbox.mailing import send_again
from surveys.inbox.meanwhile import Seen, hold, is_done, missed
from surveys.inbox.passing_on import forward
from surveys.inbox.replying import refusal, reply
from surveys.models import CaseEvent, CaseMail
from surveys.tasks import case_bell
from surveys.views.case import (
    ForwardForm,
    ReplyForm,
    back,
    case_of,
    show,
    with_ready_reply,
)


@account_required(Membership.Role.EDITOR)
@require_POST
def response_reply(request: AccountRequest, pk: int) -> HttpResponse:
    """Refused with a sentence to who must not be written to, or was by somebody else since
    the page was opened; what was typed stays. Pressed twice it goes once. `take` only puts
    a ready reply behind what was typed."""
    case, form = case_of(request, pk), ReplyForm(request.POST, label_suffix="")
    if "take" in request.POST:
        return show(request, case, reply_form=with_ready_reply(request, case))
    seen = Seen.read(request.POST.get("seen", ""))
    with transaction.atomic():
        hold(case)
        is_again = form.is_valid() and is_done(
            *(case, CaseEvent.Kind.REPLIED),
            by=request.user,
            seen=seen,
            mail__words=form.cleaned_data["text"],
        )
        if form.is_valid() and not is_again:
            if why := refusal(case.response.contact) or missed(case, seen=seen):
                form.add_error(None, why)
            else:
                reply(
                    case=case,
                    text=form.cleaned_data["text"],
                    by=request.user,
                    closes=form.cleaned_data["closes"],
                    now=timezone.now(),
                )
    if form.errors:
        return show(request, case_of(request, pk), status=422, reply_form=form)
    case_bell.ring()
    if form.cleaned_data["closes"]:
        words = gettext("Your reply is on its way. The case is closed.")
    else:
        words = gettext("Your reply is on its way.")
    messages.success(request, words)
    return back(request, case)


@account_required(Membership.Role.EDITOR)
@require_POST
def response_forward(request: AccountRequest, pk: int) -> HttpResponse:
    case, form = case_of(request, pk), ForwardForm(request.POST, label_suffix="")
    if not form.is_valid():
        return show(request, case, status=422, forward_form=form)
    to = form.cleaned_data["to"]
    words, now = form.cleaned_data["words"], timezone.now()
    seen, by = Seen.read(request.POST.get("seen", "")), request.user
    kind, same = CaseEvent.Kind.FORWARDED, {"about": to, "mail__words": words}
    with transaction.atomic():
        hold(case)
        if not is_done(case, kind, by=by, seen=seen, **same):
            forward(case=case, to=to, words=words, by=by, now=now)
    case_bell.ring()
    messages.success(request, gettext("Forwarded to %(to)s.") % {"to": to})
    return back(request, case)


@account_required(Membership.Role.EDITOR)
@require_POST
def response_again(request: AccountRequest, pk: int) -> HttpResponse:
    """`mail` of this case once more: it failed, or nobody knows whether it left."""
    case = case_of(request, pk)
    text = request.POST.get("mail", "")
    mails = CaseMail.objects.filter(event__case=case)
    mail = get_object_or_404(mails, pk=id_in(text))
    if send_again(mail=mail, now=timezone.now()):
        case_bell.ring()
        messages.success(request, gettext("It is on its way once more."))
    else:
        messages.info(
            request, gettext("Nothing changed: it is on its way, or out already.")
        )
    return back(request, case)
