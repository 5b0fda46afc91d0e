"""Open an account: the tenant and its first owner come together."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, Membership, User


@transaction.atomic
def open_account(*, account: Account, owner: User, now: datetime) -> Membership:
    """Save a new account with its owner. The owner is saved already."""
    account.created_at = now
    account.save()
    record(account=account, actor=owner, action=Action.ACCOUNT_CREATED, now=now)
    return Membership.objects.create(
        account=account,
        user=owner,
        role=Membership.Role.OWNER,
        created_at=now,
        last_used_at=now,
    )
