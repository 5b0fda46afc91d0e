"""Whose an email address is: allauth keeps a row of each, confirmed or not."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from promoter.accounts.models import User


@transaction.atomic
def confirm_address(user: User) -> None:
    """The person's email is theirs, and their only one: an operator or a mail says so."""
    rows = EmailAddress.objects.filter(user=user)
    rows.exclude(email=user.email).delete()
    rows.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def prove_address(user: User) -> None:
    """Somebody came by a mail to it. A new address that waits for its proof stays."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def confirm_if_unasked(user: User) -> None:
    """Who has no row did not sign up: an operator entered them, whose word counts."""
    if not EmailAddress.objects.filter(user=user).exists():
        confirm_address(user)
