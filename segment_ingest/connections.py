"""Where Segment itself posts to: one address and one secret a destination."""

from __future__ import annotations

import secrets
import string
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account

ALPHABET = string.ascii_letters + string.digits
# 32 characters of 62 are 190 random bits; ASVS 5.0 11.5.1 asks for 128.
SECRET_LENGTH = 32


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Sets of connections."""

    def usable(self) -> ConnectionQuerySet:
        return self.filter(revoked_at=None)

    def open(self, *, account: Account, name: str, now: datetime) -> Connection:
        """Make a connection with a URL and a secret of its own."""
        return self.create(
            account=account,
            name=name,
            token=new_secret(),
            secret=new_secret(),
            created_at=now,
        )


def new_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))


class Connection(models.Model):
    """One Webhooks destination in Segment, with a URL and a secret of its own.

    The token in the URL says whose events these are; the secret signs them. Both stay
    readable here: the team copies them into Segment, and verifying needs the secret.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="segment_connections"
    )
    name = models.CharField(max_length=80)
    token = models.CharField(max_length=64, unique=True, editable=False)
    secret = models.CharField(max_length=100, editable=False)
    old_secret = models.CharField(
        max_length=100, blank=True, editable=False, help_text=_("Valid beside the new one.")
    )
    takes_unsigned = models.BooleanField(
        default=False, help_text=_("Take events without a signature: the URL alone counts.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_event_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """What is entered in Segment as the URL of the webhook."""
        return f"{settings.SITE_URL}/v1/segment/webhook/{self.token}"

    @property
    def secrets(self) -> list[str]:
        """Those that may have signed: the present one, and the old one while it lasts."""
        return [self.secret, self.old_secret] if self.old_secret else [self.secret]

    def rotate_secret(self) -> None:
        """Take a new secret. The one before stays valid until it is dropped: Segment
        knows only one, so events signed with it come until somebody enters the new one."""
        self.old_secret, self.secret = self.secret, new_secret()
        self.save(update_fields=["secret", "old_secret"])

    def drop_old_secret(self) -> None:
        self.old_secret = ""
        self.save(update_fields=["old_secret"])

    def revoke(self, *, now: datetime) -> None:
        """Refuse what comes to its URL from now on. Revoking twice changes nothing."""
        if self.revoked_at is None:
            self.revoked_at = now
            self.save(update_fields=["revoked_at"])
