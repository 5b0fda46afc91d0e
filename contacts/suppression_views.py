"""Who must not be mailed: look, add by hand, let be mailed again, export."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.addresses import address_digest, clean_address
from contacts.csv_export import suppression_rows
from contacts.forms import SuppressForm
from contacts.models import Suppression
from contacts.suppression import Entry, lift, suppress_all
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.csvs import csv_response
from promoter.lib.paging import page_of

PAGE_SIZE = 50
EDITOR = Membership.Role.EDITOR
# Why a row can't be taken back, for the person who looks for the button.
FINAL = {
    Suppression.Reason.UNSUBSCRIBED: _("They asked for it; only they can change it."),
    Suppression.Reason.COMPLAINED: _("They called our mail spam; mailing again harms you."),
    Suppression.Reason.ERASED: _("They were erased; this keeps the promise not to mail."),
}


@account_required()
@require_safe
def suppression_list(request: AccountRequest) -> HttpResponse:
    """Newest first; `q` finds parts of an address, `reason` one kind."""
    sought = request.GET.get("q", "").replace("\0", "").strip()[:254]
    reason = request.GET.get("reason", "")
    rows = for_account(Suppression, request.account)
    counts = dict(rows.values_list("reason").annotate(Count("pk")).order_by())
    if reason in Suppression.Reason.values:
        rows = rows.filter(reason=reason)
    else:
        reason = ""
    if sought:
        rows = rows.filter(_matching(sought))
    return render(
        request,
        "contacts/suppression_list.html",
        {
            "now": timezone.now(),
            "sought": sought,
            "reason": reason,
            "reasons": [(choice, counts.get(choice, 0)) for choice in Suppression.Reason],
            "page": page_of(rows, query=request.GET, size=PAGE_SIZE, key="created_at"),
            "total": sum(counts.values()),
            "may_edit": has_role(request.membership, EDITOR),
        },
    )


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def suppression_add(request: AccountRequest) -> HttpResponse:
    """Stop mailing the typed addresses."""
    form = SuppressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entries = [
            Entry(address, Suppression.Reason.MANUAL, form.cleaned_data["detail"])
            for address in form.cleaned_data["addresses"]
        ]
        now = timezone.now()
        with transaction.atomic():
            new, _, before = suppress_all(account=request.account, entries=entries, now=now)
            note(request, Action.SUPPRESSION_ADDED, count=new, now=now)
        told = [gettext("%(count)s added: nobody mails them from now on.") % {"count": new}]
        if before:
            told.append(
                gettext("%(count)s must not be mailed already.") % {"count": before}
            )
        messages.success(
            request,
            " ".join(told),
        )
        return redirect("contact-suppressions")
    return render(request, "contacts/suppression_form.html", {"form": form})


@account_required(EDITOR)
@require_POST
def suppression_lift(request: AccountRequest, pk: int) -> HttpResponse:
    """Let the address be mailed again, where that is the team's to decide."""
    row = get_object_or_404(for_account(Suppression, request.account), pk=pk)
    with transaction.atomic():
        lifted = lift(suppression=row)
        if lifted:
            note(request, Action.SUPPRESSION_LIFTED, now=timezone.now())
    if lifted:
        messages.success(
            request, gettext("%(email)s may be mailed again.") % {"email": row.email}
        )
    elif left := for_account(Suppression, request.account).filter(pk=pk).first():
        messages.error(request, FINAL[Suppression.Reason(left.reason)])
    # Else another press was faster, and has said so.
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("contact-suppressions")


@account_required()
@require_safe
def suppression_export(request: AccountRequest) -> HttpResponseBase:
    rows = for_account(Suppression, request.account)
    note(request, Action.SUPPRESSION_EXPORTED, now=timezone.now())
    return csv_response("suppressions.csv", suppression_rows(rows))


def _matching(sought: str) -> Q:
    """By parts of the address; a whole one also finds the row of an erased person."""
    address = clean_address(sought)
    found = Q(email__icontains=sought)
    return found | Q(address_digest=address_digest(address)) if address else found
