"""How the account's mail is sent: its owners decide."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from promoter.accounts.access import AccountRequest, account_required, has_role
from promoter.accounts.audit import changes, note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.accounts.sending_forms import PolicyForm, RateForm, SectionForm, WindowForm
from surveys.sending.pausing import resume_sending

SECTIONS: dict[str, type[SectionForm]] = {
    "window": WindowForm,
    "speed": RateForm,
    "policy": PolicyForm,
}


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def sending_settings(request: AccountRequest) -> HttpResponse:
    """Everybody reads it; an owner's POST saves the one section that it names."""
    may_manage = has_role(request.membership, Membership.Role.OWNER)
    if request.method == "POST" and not may_manage:
        raise PermissionDenied
    chosen = request.POST.get("section", "")
    forms = {
        name: section(
            request.POST if name == chosen else None, instance=request.account, prefix=name
        )
        for name, section in SECTIONS.items()
    }
    posted = forms.get(chosen)
    if posted is not None and posted.is_valid():
        with transaction.atomic():
            posted.store()
            if posted.has_changed():
                names = changes(posted)
                now = timezone.now()
                note(request, Action.SENDING_CHANGED, changed=names, now=now)
        messages.success(
            request, gettext("“%(title)s” is saved.") % {"title": posted.title}
        )
        return redirect("sending-settings")
    return render(
        request,
        "surveys/sending_settings.html",
        {
            "sections": forms,
            "posted": posted,
            "may_manage": may_manage,
            "now": timezone.now(),
        },
        status=422 if posted is not None else 200,
    )


@account_required(Membership.Role.OWNER)
@require_POST
def sending_resume(request: AccountRequest) -> HttpResponse:
    """Try again now, without waiting for the next probe."""
    with transaction.atomic():
        resumed = resume_sending(account=request.account)
        if resumed:
            note(request, Action.MAIL_RESUMED, now=timezone.now())
    if resumed:
        messages.success(
            request,
            gettext(
                "Mail is sent again. If the mail server still refuses it, you see it here "
                "within a minute."
            ),
        )
    return redirect("outbox")
