"""Settings: the address that survey mail comes from, and whether its domain vouches."""

from __future__ import annotations

import re

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership, SenderCheck
from promoter.accounts.sender_checking import (
    check,
    sending_address,
    sending_domain,
    way_out,
)

OWNER = Membership.Role.OWNER
# A part of a DNS name, or several with dots between them.
SELECTOR = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*")


class SelectorForm(forms.Form):
    """Under which name the DKIM key stands."""

    error_css_class = "invalid"
    selector = forms.CharField(
        label=_("DKIM selector"),
        required=False,
        max_length=63,
        help_text=_(
            "The word before ._domainkey in the record that your mail service or "
            "server shows. Left empty, the usual ones are tried."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )

    def clean_selector(self) -> str:
        text = str(self.cleaned_data["selector"]).lower().partition("._domainkey")[0]
        if text and not SELECTOR.fullmatch(text):
            raise forms.ValidationError(
                gettext("Letters, digits and hyphens, for example mail1.")
            )
        return text


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def sender(request: AccountRequest) -> HttpResponse:
    """GET shows what was found last; an owner's POST asks the DNS, within 3 seconds."""
    may_manage = has_role(request.membership, OWNER)
    if request.method == "POST" and not may_manage:
        raise PermissionDenied
    last = for_account(SenderCheck, request.account).first()
    initial = {"selector": last.selector if last else ""}
    form = SelectorForm(
        request.POST if request.method == "POST" else None, initial=initial, label_suffix=""
    )
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        check(account=request.account, selector=form.cleaned_data["selector"], now=now)
        note(request, Action.DOMAIN_CHECKED, now=now)
        messages.success(request, gettext("Asked just now: here is what the DNS says."))
        return redirect("sender")
    context = {
        "now": timezone.now(),
        "form": form,
        "may_manage": may_manage,
        "address": sending_address(),
        "domain": sending_domain(),
        "way_out": way_out(),
        "last": last if last and last.is_of(sending_domain()) else None,
    }
    status = 422 if form.errors else 200
    return render(request, "settings/sender.html", context, status=status)
