"""Stop mailing an address."""

from __future__ import annotations

from datetime import datetime

from contacts.addresses import address_digest
from contacts.models import Suppression
from promoter.accounts.models import Account


def suppress(
    *, account: Account, email: str, reason: str, now: datetime, detail: str = ""
) -> Suppression:
    """Stop mailing the address. The first reason stays when it is suppressed already."""
    row, _ = Suppression.objects.get_or_create(
        account=account,
        address_digest=address_digest(email),
        defaults={
            "email": email,
            "reason": reason,
            "detail": detail[:300],
            "created_at": now,
        },
    )
    return row
