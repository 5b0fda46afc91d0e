"""Which userIds were erased, and up to which moment.

Segment promises no order: an identify of last week may come after the deletion of today.
A tombstone keeps it from bringing the person back, and holds no userId, only its digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from promoter.accounts.models import Account
from promoter.lib.signing import keyed_digest
from segment_ingest.models import ErasedUser


def erased_until(*, account: Account, user_ids: Iterable[str]) -> dict[str, datetime]:
    """userId -> the moment up to which everything of it is erased; one statement."""
    by_digest = {_digest(user_id): user_id for user_id in user_ids}
    rows = ErasedUser.objects.filter(account=account, user_id_digest__in=list(by_digest))
    return {by_digest[row.user_id_digest]: row.erased_at for row in rows}


def mark_erased(*, account: Account, user_id: str, at: datetime) -> datetime:
    """Note the erasure; the latest moment known of it. The caller holds the account."""
    row, created = ErasedUser.objects.get_or_create(
        account=account, user_id_digest=_digest(user_id), defaults={"erased_at": at}
    )
    if not created and row.erased_at < at:
        row.erased_at = at
        row.save(update_fields=["erased_at"])
    return row.erased_at


def _digest(user_id: str) -> str:
    return keyed_digest("erased-user", user_id)
