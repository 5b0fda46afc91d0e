"""Know of each contact's answers which is the latest."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import zip_longest

from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.daily_sums.rolling_up import mark_changed
from surveys.models import Response, Survey


def figures_changed(
    response: Response, *, survey: Survey, created: bool, now: datetime
) -> None:
    """An answer came or is another one now. In the transaction that writes it."""
    if created and survey.contact is not None:
        keep_latest(contact=survey.contact, now=now)
    mark_changed(
        account=survey.account,
        at=[response.responded_at],
        asked_at=[survey.asked_at if created else None],
        now=now,
    )


def keep_latest(*, contact: Contact, now: datetime) -> None:
    """Say of each of the contact's answers when the next one came. In the transaction
    that adds one or takes one back.

    Accepted: of two surveys answered in the same moment both may pass for the latest,
    until the contact answers again.
    """
    keep_latest_of(account=contact.account, contacts=[contact.pk], now=now)


def keep_latest_of(*, account: Account, contacts: Collection[int], now: datetime) -> None:
    """The same of many, in 2 statements."""
    rows = list(
        Response.objects.filter(contact__in=contacts)
        .order_by("contact", "responded_at", "pk")
        .only("contact", "responded_at", "superseded_at")
    )
    changed = []
    for row, after in zip_longest(rows, rows[1:]):
        is_last = after is None or after.contact_id != row.contact_id
        at = None if is_last else after.responded_at
        if row.superseded_at != at:
            row.superseded_at = at
            changed.append(row)
    if not changed:
        return
    Response.objects.bulk_update(changed, ["superseded_at"])
    mark_changed(account=account, at=[row.responded_at for row in changed], now=now)
