"""One person: what we know of them, what we asked, what they said.

Lives here, not in contacts: a contact's page looks up the ladder to surveys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.models import Contact, ContactList, Suppression
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from promoter.lib.paging import page_of
from surveys.charts import PersonChart, person_chart
from surveys.models import Response, Survey

PAGE_SIZE = 20
# The latest of them; more dots than this run together on a phone.
MOST_ANSWERS = 30


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
    may_edit = has_role(request.membership, Membership.Role.EDITOR)
    inside = {each.pk for each in contact.lists.all()}
    lists = for_account(ContactList, request.account) if may_edit else ()
    other_lists = [each for each in lists if each.pk not in inside]
    chart = chart_of(contact)
    return render(
        request,
        "contacts/contact.html",
        {
            "now": timezone.now(),
            "contact": contact,
            "attributes": _attributes(contact),
            # One answer is no course.
            "chart": chart if len(chart.answers) > 1 else None,
            "other_lists": other_lists,
            "suppression": _suppression(contact),
            "may_edit": may_edit,
            "may_erase": has_role(request.membership, Membership.Role.OWNER),
            "page": page_of(surveys, query=request.GET, size=PAGE_SIZE, key="triggered_at"),
        },
    )


@dataclass(frozen=True, slots=True)
class KnownAttribute:
    """A value, where it came from, and when it was last set."""

    name: str
    value: Any
    source: str
    at: datetime | None


def _attributes(contact: Contact) -> list[KnownAttribute]:
    """Those that were never said to be from elsewhere are from Segment."""
    sources = dict(Contact.Source.choices)
    times = contact.attribute_times
    return [
        KnownAttribute(
            name,
            value,
            str(sources.get(contact.attribute_sources.get(name, ""), "Segment")),
            datetime.fromisoformat(times[name]) if name in times else None,
        )
        for name, value in sorted(contact.attributes.items())
    ]


def chart_of(contact: Contact) -> PersonChart:
    """The latest of their answers."""
    answers = Response.objects.filter(account=contact.account_id, contact=contact)
    latest = answers.order_by("-responded_at", "-pk").values_list(
        "responded_at", "score", "campaign__name"
    )[:MOST_ANSWERS]
    return person_chart(list(latest)[::-1])


def _suppression(contact: Contact) -> Suppression | None:
    if not contact.address_digest:
        return None
    return Suppression.objects.filter(
        account=contact.account_id, address_digest=contact.address_digest
    ).first()
