"""The people of an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.condition_rows import condition_rows, empty_row
from contacts.conditions import MAX_TEXT
from contacts.filters import BY_EMAIL, MAIL_CHOICES, SORT_CHOICES, ContactFilter
from contacts.models import (
    Attribute,
    BulkJob,
    Contact,
    ContactList,
    SavedFilter,
    Suppression,
)
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.paging import page_of

PAGE_SIZE = 50
# In the list that drops down while somebody types an attribute's name.
MOST_SUGGESTIONS = 200


@account_required()
@require_safe
def contact_list(request: AccountRequest) -> HttpResponse:
    """Newest change first, or by email; `q` searches email, name and userId, the rest
    filters."""
    wanted = ContactFilter.of(request.GET)
    by_email = wanted.sort == BY_EMAIL
    page = page_of(
        wanted.contacts_of(request.account),
        query=request.GET,
        size=PAGE_SIZE,
        key="email" if by_email else "updated_at",
        rising=by_email,
        late=True,
        among=for_account(Contact, request.account) if wanted.beyond_search else None,
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
            "bulk_job": BulkJob.objects.under_way().filter(account=request.account).first(),
            "may_edit": has_role(request.membership, Membership.Role.EDITOR),
            "may_erase": has_role(request.membership, Membership.Role.OWNER),
            **_choices(request, wanted),
        },
    )


def _choices(request: AccountRequest, wanted: ContactFilter) -> dict[str, Any]:
    """What the filter form and the saved views offer."""
    saved_filters = list(for_account(SavedFilter, request.account))
    known = for_account(Attribute, request.account).order_by("-last_seen_at", "name")
    return {
        "mail_choices": MAIL_CHOICES,
        "sort_choices": SORT_CHOICES,
        "rows": condition_rows(request.account, wanted.conditions),
        "known_attributes": known[:MOST_SUGGESTIONS],
        "lists": for_account(ContactList, request.account),
        "saved_filters": saved_filters,
        "is_saved": any(saved.query == wanted.query for saved in saved_filters),
    }


@account_required()
@require_safe
def contact_condition(request: AccountRequest) -> HttpResponse:
    """The filter's empty row once its attribute is chosen: with what suits the type."""
    name = request.GET.get("attribute", "").replace("\0", "").strip()[:MAX_TEXT]
    known = for_account(Attribute, request.account).filter(name=name).first()
    return render(
        request,
        "contacts/_condition.html",
        {"row": empty_row(name, known.type if known else "")},
    )


def _suppressed(reason: str | None) -> Suppression.Reason | None:
    return Suppression.Reason(reason) if reason else None
