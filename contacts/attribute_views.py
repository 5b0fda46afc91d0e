"""The attribute catalogue: what the account's contacts have."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.models import Attribute
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.lib.any_case import holds

PAGE_SIZE = 100


@account_required()
@require_safe
def attribute_list(request: AccountRequest) -> HttpResponse:
    """By name; `q` is a part of it, `after` the name that the page before ended with."""
    sought, after = (
        request.GET.get(name, "").replace("\0", "")[:255] for name in ("q", "after")
    )
    found = for_account(Attribute, request.account).order_by("name")
    if sought.strip():
        found = found.filter(holds("name", sought.strip()))
    if after:
        found = found.filter(name__gt=after)
    rows = list(found[: PAGE_SIZE + 1])
    return render(
        request,
        "contacts/attribute_list.html",
        {
            "now": timezone.now(),
            "attributes": rows[:PAGE_SIZE],
            "next": rows[PAGE_SIZE - 1].name if len(rows) > PAGE_SIZE else "",
            "after": after,
            "sought": sought.strip(),
        },
    )
