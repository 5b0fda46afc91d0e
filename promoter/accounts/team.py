"""Who is in an account, and as what: it always keeps an owner."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, Membership, User


class LastOwnerError(Exception):
    """Without this person the account would have no owner who can sign in."""


class NotAMemberError(Exception):
    """Somebody else took this person out of the account a moment ago."""


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User, now: datetime) -> None:
    """Raises LastOwnerError, NotAMemberError."""
    _keep_an_owner(membership, stays_owner=role == Membership.Role.OWNER)
    if membership.role == role:
        return
    membership.role = role
    membership.save(update_fields=["role"])
    record(
        account=membership.account,
        actor=by,
        action=Action.ROLE_CHANGED,
        now=now,
        target=membership.user,
        role=membership.role,
    )


@transaction.atomic
def remove_member(*, membership: Membership, by: User, now: datetime) -> None:
    """The person keeps their other accounts. Raises LastOwnerError, NotAMemberError."""
    _keep_an_owner(membership, stays_owner=False)
    is_self = by.pk == membership.user_id
    record(
        account=membership.account,
        actor=by,
        action=Action.PERSON_LEFT if is_self else Action.PERSON_REMOVED,
        now=now,
        target=membership.user,
    )
    membership.delete()


def _keep_an_owner(membership: Membership, *, stays_owner: bool) -> None:
    # Two owners who demote each other in the same moment come one after the other, and
    # the second sees what the first has left.
    Account.objects.select_for_update().get(pk=membership.account_id)
    try:
        membership.refresh_from_db(fields=["role"])
    except Membership.DoesNotExist:
        raise NotAMemberError from None
    others = Membership.objects.filter(
        account_id=membership.account_id,
        role=Membership.Role.OWNER,
        user__is_active=True,
    ).exclude(pk=membership.pk)
    was_owner = membership.role == Membership.Role.OWNER
    if was_owner and not stays_owner and not others.exists():
        raise LastOwnerError
