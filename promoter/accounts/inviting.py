"""Ask somebody into an account, again or no longer; and come in.

The row is stored before the mail leaves, and stays when the mail server does not take it:
the page says so, and the owner sends it again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from promoter.accounts.addresses import confirm_address
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.invitations import LASTS, Invitation
from promoter.accounts.language import language_for_address
from promoter.accounts.models import Account, Membership, User
from promoter.accounts.notices import page_address, send_notice

# A stolen owner's sign-in must not turn the installation into a sender of spam.
MOST_PENDING = 100


class TooManyInvitationsError(Exception):
    """So many invitations wait that no more are sent."""


def invite(
    *, account: Account, email: str, role: str, by: User, now: datetime
) -> Invitation:
    """The pending invitation of that address, with that role: there is never a second.

    Raises TooManyInvitationsError.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        pending = Invitation.objects.pending().filter(account=account)
        invitation = pending.filter(email=email).first()
        if invitation is None:
            if pending.count() >= MOST_PENDING:
                raise TooManyInvitationsError
            invitation = Invitation(account=account, email=email, created_at=now)
        invitation.role = role
        invitation.invited_by = by
        invitation.expires_at = now + LASTS
        invitation.save()
        record(
            account=account,
            actor=by,
            action=Action.PERSON_INVITED,
            now=now,
            target=invitation,
            label=email,
            role=invitation.role,
        )
    return invitation


def send_invitation(*, invitation: Invitation, now: datetime) -> bool:
    """Mail the link, which lasts anew. False when the mail server did not take it."""
    invitation.expires_at = now + LASTS
    invitation.save(update_fields=["expires_at"])
    with translation.override(language_for_address(invitation.email)):
        sent = _mail(invitation)
    if sent:
        invitation.sent_at = now
        invitation.save(update_fields=["sent_at"])
    return sent


def _mail(invitation: Invitation) -> bool:
    by = invitation.invited_by
    inviter = by.get_full_name() if by else gettext("An owner")
    facts = {
        "invitation": invitation,
        "inviter": inviter,
        "may": Membership.Role(invitation.role).may,
        "link": page_address(reverse("invitation", args=[invitation.token])),
    }
    names = {"inviter": inviter, "account": invitation.account.name}
    return send_notice(
        to=[invitation.email],
        subject=gettext("%(inviter)s invites you to %(account)s") % names,
        text=render_to_string("emails/people/invitation.txt", facts).strip(),
        why=gettext("%(inviter)s entered your address at Promoter.") % names,
    )


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User, now: datetime) -> bool:
    """The link opens nothing from now on. False when it was accepted meanwhile."""
    row = Invitation.objects.pending().filter(pk=invitation.pk)
    if not row.update(withdrawn_at=now):
        return False
    record(
        account=invitation.account,
        actor=by,
        action=Action.INVITATION_WITHDRAWN,
        now=now,
        target=invitation,
        label=invitation.email,
    )
    return True


@transaction.atomic
def accept(*, invitation: Invitation, user: User, now: datetime) -> Membership | None:
    """Take the person in; None when somebody was faster, or the owner took it back.

    Who is in the account already keeps their role.
    """
    # Two presses, or a withdrawal in the same moment: the first UPDATE wins.
    row = Invitation.objects.open(now=now).filter(pk=invitation.pk, email=user.email)
    if not row.update(accepted_at=now):
        return None
    membership, is_new = Membership.objects.get_or_create(
        account=invitation.account,
        user=user,
        defaults={"role": invitation.role, "created_at": now, "last_used_at": now},
    )
    if is_new:
        record(
            account=invitation.account,
            actor=user,
            action=Action.PERSON_JOINED,
            now=now,
            role=membership.role,
        )
    return membership


@transaction.atomic
def accept_as_new(
    *, invitation: Invitation, name: str, password: str, now: datetime
) -> Membership | None:
    """Make the person, whose address the link has proved, and take them in; None as for
    accept(), and when they were made meanwhile."""
    # Of two presses the second waits here, for as long as a password takes to be hashed.
    list(Invitation.objects.select_for_update().filter(pk=invitation.pk).values_list("pk"))
    if User.objects.filter(email=invitation.email).exists():
        return None
    user = User.objects.create_user(invitation.email, password, name=name)
    confirm_address(user)
    membership = accept(invitation=invitation, user=user, now=now)
    if membership is None:
        transaction.set_rollback(True)
    return membership
