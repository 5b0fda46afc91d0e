"""The keys that an account's systems show. promoter.accounts.models names them."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from promoter.accounts.models import Account

KEY_ALPHABET = string.ascii_letters + string.digits
KEY_PREFIX_LENGTH = 12
# 32 characters of 62 are 190 random bits; ASVS 5.0 11.5.1 asks for 128.
KEY_SECRET_LENGTH = 32
USE_NOTED_EVERY = timedelta(hours=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Sets of keys."""

    def usable(self) -> ApiKeyQuerySet:
        return self.filter(revoked_at=None)

    def with_text(self, key: str) -> ApiKeyQuerySet:
        """The usable key with this text: one row or none, never an error.

        The digest is compared in the database by equality: it is a hash of 190 random
        bits, so neither a guess nor its timing leads towards a key.
        """
        if not key.isascii() or len(key) != KEY_PREFIX_LENGTH + KEY_SECRET_LENGTH:
            return self.none()
        return self.usable().filter(
            prefix=key[:KEY_PREFIX_LENGTH], digest=ApiKey.digest_of(key)
        )

    def matching(self, key: str) -> ApiKey | None:
        """The usable key with this text, with its account, or None."""
        return self.with_text(key).select_related("account").first()

    def issue(
        self,
        *,
        account: Account,
        name: str,
        now: datetime,
        is_browser: bool = False,
        allowed_origins: Sequence[str] = (),
    ) -> tuple[ApiKey, str]:
        """Make a key. Its text is in the answer and nowhere else: show it once."""
        key = "seg_" + "".join(
            secrets.choice(KEY_ALPHABET)
            for _ in range(KEY_PREFIX_LENGTH + KEY_SECRET_LENGTH - len("seg_"))
        )
        row = self.create(
            account=account,
            name=name,
            prefix=key[:KEY_PREFIX_LENGTH],
            digest=ApiKey.digest_of(key),
            created_at=now,
            is_browser=is_browser,
            allowed_origins=list(allowed_origins),
        )
        return row, key


class ApiKey(models.Model):
    """One key that Segment (or a Segment client) shows us; only its hash is kept.

    An account may have several usable ones at once, so that a key can be rotated
    without losing an event.
    """

    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=80, default="Segment")
    prefix = models.CharField(max_length=KEY_PREFIX_LENGTH, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("To within an hour.")
    )
    is_browser = models.BooleanField(
        default=False,
        help_text=_(
            "Stands in a web page for everybody to read: it may identify from the "
            "allowed origins, and never triggers a survey."
        ),
    )
    allowed_origins = models.JSONField(
        default=list, blank=True, help_text=_('For example ["https://www.example.com"].')
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("API key")

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"

    @staticmethod
    def digest_of(key: str) -> str:
        """SHA-256, hex. No salt or stretching: the key itself is random."""
        return hashlib.sha256(key.encode()).hexdigest()

    def note_use(self, *, now: datetime) -> None:
        """Remember that the key was shown. Written once an hour at most: a busy key comes
        a thousand times a second. Of several at once each may write: they say the same."""
        if self.last_used_at is None or now - self.last_used_at >= USE_NOTED_EVERY:
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=now)

    def revoke(self, *, now: datetime) -> None:
        if self.revoked_at is not None:
            raise ValidationError(gettext("This key is revoked already."))
        self.revoked_at = now
        self.save(update_fields=["revoked_at"])
