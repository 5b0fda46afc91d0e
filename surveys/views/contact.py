"""One person: what we know of them, what we asked, what they said.

Lives here, not in contacts: a contact's page looks up the ladder to surveys.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.models import Contact, Suppression
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.paging import page_of
from surveys.models import Survey

PAGE_SIZE = 20


@account_required()
@require_safe
def contact_page(request: AccountRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(
        for_account(Contact, request.account).prefetch_related("lists"), pk=pk
    )
    surveys = (
        for_account(Survey, request.account)
        .filter(contact=contact)
        .select_related("campaign", "response")
        .prefetch_related("emails")
    )
    return render(
        request,
        "contacts/contact.html",
        {
            "now": timezone.now(),
            "contact": contact,
            "attributes": sorted(contact.attributes.items()),
            "suppression": _suppression(contact),
            "may_edit": has_role(request.membership, Membership.Role.EDITOR),
            "may_erase": has_role(request.membership, Membership.Role.OWNER),
            "page": page_of(surveys, query=request.GET, size=PAGE_SIZE, key="triggered_at"),
        },
    )


def _suppression(contact: Contact) -> Suppression | None:
    if not contact.address_digest:
        return None
    return Suppression.objects.filter(
        account=contact.account_id, address_digest=contact.address_digest
    ).first()
