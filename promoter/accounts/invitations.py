"""An invitation into an account: who is asked, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from promoter.accounts.roles import Role
from promoter.lib.signing import make_token, read_token

LASTS = timedelta(days=7)
KEPT = timedelta(days=90)
# Two presses in a row are one mail.
BETWEEN_MAILS = timedelta(minutes=1)
PURPOSE = "invitation"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Sets of invitations."""

    def pending(self) -> InvitationQuerySet:
        """Neither accepted nor withdrawn; the expired ones too: they can be sent again."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def open(self, *, now: datetime) -> InvitationQuerySet:
        """Those that can be accepted."""
        return self.pending().filter(expires_at__gt=now)

    def over(self, *, now: datetime) -> InvitationQuerySet:
        """Those that opened nothing for so long that nobody asks: the audit log has who
        was invited, and who came."""
        return self.filter(expires_at__lt=now - KEPT)

    def with_token(self, token: str) -> Invitation | None:
        """The invitation that this link names, in whatever state, or None."""
        pk = read_token(PURPOSE, token)
        return self.select_related("account", "invited_by").filter(pk=pk or 0).first()


class Invitation(models.Model):
    """One address that an owner asked into the account, with the role it gets.

    Its link is signed and stands in the mail alone; a copy of this row opens nothing.
    """

    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.EDITOR)
    invited_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="accounts_invitation_pending_once",
                fields=["account", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="accounts_invitation_role", condition=Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} into {self.account}"

    @property
    def token(self) -> str:
        return make_token(PURPOSE, self.pk)

    def is_expired(self, *, now: datetime) -> bool:
        return self.expires_at <= now

    def was_sent_just_now(self, *, now: datetime) -> bool:
        return self.sent_at is not None and now - self.sent_at < BETWEEN_MAILS
