"""Where links on thank-you pages may lead: the account's owners decide."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from promoter.accounts.access import AccountRequest, account_required
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.link_forms import LinkHostsForm
from promoter.accounts.models import Membership


@account_required(Membership.Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def link_settings(request: AccountRequest) -> HttpResponse:
    if request.method != "POST":
        form = LinkHostsForm(account=request.account)
        return render(request, "accounts/links.html", {"form": form})
    form = LinkHostsForm(request.POST, account=request.account)
    if not form.is_valid():
        return render(request, "accounts/links.html", {"form": form}, status=422)
    with transaction.atomic():
        form.store()
        record(
            account=request.account,
            actor=request.user,
            action=Action.SETTINGS_CHANGED,
            now=timezone.now(),
            changed=[gettext_noop("allowed links")],
        )
    messages.success(request, gettext("The allowed hosts are saved."))
    return redirect("link-settings")
