"""The people of an account."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.models import Contact, Suppression
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.lib.paging import page_of

PAGE_SIZE = 50
SEARCHED = ("email", "first_name", "last_name", "user_id")
# Each word is a scan of the account's contacts; nobody types more names than that.
MOST_WORDS = 5


@account_required()
@require_safe
def contact_list(request: AccountRequest) -> HttpResponse:
    """Newest change first; `q` searches email, name and userId."""
    sought = request.GET.get("q", "").replace("\0", "").strip()[:200]
    page = page_of(
        _matching(for_account(Contact, request.account), sought),
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
            "sought": sought,
        },
    )


def _matching(contacts: QuerySet[Contact], sought: str) -> QuerySet[Contact]:
    """Every word in one of the fields, so that `ada lovelace` finds Ada."""
    for word in sought.split()[:MOST_WORDS]:
        found = Q()
        for field in SEARCHED:
            found |= Q(**{f"{field}__icontains": word})
        contacts = contacts.filter(found)
    return contacts


def _suppressed(reason: str | None) -> Suppression.Reason | None:
    return Suppression.Reason(reason) if reason else None
