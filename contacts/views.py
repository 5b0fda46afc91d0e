"""The people of an account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.filters import MAIL_CHOICES, ContactFilter
from contacts.models import Contact, ContactList, SavedFilter, Suppression
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.paging import page_of

PAGE_SIZE = 50


@account_required()
@require_safe
def contact_list(request: AccountRequest) -> HttpResponse:
    """Newest change first; `q` searches email, name and userId, the rest filters."""
    wanted = ContactFilter.of(request.GET)
    saved_filters = list(for_account(SavedFilter, request.account))
    page = page_of(
        wanted.apply(for_account(Contact, request.account)),
        query=request.GET,
        size=PAGE_SIZE,
        key="updated_at",
    )
    reasons = Suppression.objects.reasons(
        account=request.account,
        digests=[contact.address_digest for contact in page.rows],
    )
    return render(
        request,
        "contacts/contact_list.html",
        {
            "now": timezone.now(),
            "page": page,
            "contacts": [
                (contact, _suppressed(reasons.get(contact.address_digest)))
                for contact in page.rows
            ],
            "wanted": wanted,
            "sought": wanted.q,
            "mail_choices": MAIL_CHOICES,
            "lists": for_account(ContactList, request.account),
            "saved_filters": saved_filters,
            "is_saved": any(saved.query == wanted.query for saved in saved_filters),
            "may_edit": has_role(request.membership, Membership.Role.EDITOR),
        },
    )


def _suppressed(reason: str | None) -> Suppression.Reason | None:
    return Suppression.Reason(reason) if reason else None
