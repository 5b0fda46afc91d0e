"""Settings: the account itself."""

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
from promoter.accounts.models import Account, Membership
from promoter.accounts.settings_forms import AccountForm

OWNER = Membership.Role.OWNER


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: AccountRequest) -> HttpResponse:
    """Everybody reads it; owners change it."""
    may_manage = has_role(request.membership, OWNER)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not may_manage:
        raise PermissionDenied
    # A row of its own: the frame shows the account as it is, not as it was typed.
    form = AccountForm(posted, instance=Account.objects.get(pk=request.account.pk))
    if posted is not None and form.is_valid():
        with transaction.atomic():
            form.instance.save(update_fields=list(form.fields))
            if form.has_changed():
                names, now = changes(form), timezone.now()
                note(request, Action.SETTINGS_CHANGED, changed=names, now=now)
        messages.success(request, gettext("The account is saved."))
        return redirect("account-settings")
    return render(
        request,
        "settings/account.html",
        {"form": form, "may_manage": may_manage, "now": timezone.now()},
        status=422 if form.errors else 200,
    )


@account_required(OWNER)
@require_POST
def show_first_steps(request: AccountRequest) -> HttpResponse:
    """`show` is no, which puts the dashboard's checklist away, or yes."""
    now = timezone.now()
    shown = request.POST.get("show") == "yes"
    action = Action.CHECKLIST_SHOWN if shown else Action.CHECKLIST_DISMISSED
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=request.account.pk)
        if shown != (account.first_steps_dismissed_at is None):
            account.first_steps_dismissed_at = None if shown else now
            account.save(update_fields=["first_steps_dismissed_at"])
            note(request, action, now=now)
    return redirect("dashboard")
