"""The tenant, the people who work in it, and the keys its systems use."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts import roles
from promoter.accounts.audit_events import AuditEvent
from promoter.accounts.invitations import Invitation
from promoter.accounts.send_window import SendWindowColumns
from promoter.accounts.sender_checks import SenderCheck
from promoter.lib.zones import validate_zone

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "Invitation",
    "Membership",
    "SenderCheck",
    "User",
]

KEY_ALPHABET = string.ascii_letters + string.digits
KEY_PREFIX_LENGTH = 12
# 32 characters of 62 are 190 random bits; ASVS 5.0 11.5.1 asks for 128.
KEY_SECRET_LENGTH = 32
USE_NOTED_EVERY = timedelta(hours=1)


class Account(SendWindowColumns):
    """One customer of this installation: owner of everything else, never shared."""

    class DeliveryPolicy(models.TextChoices):
        NEVER_TWICE = "never_twice", _("Never twice")
        AT_LEAST_ONCE = "at_least_once", _("At least once")

    name = models.CharField(max_length=120)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_zone],
        help_text=_("A name such as Europe/Berlin. Days and hours on pages are in it."),
    )
    postal_address = models.TextField(
        blank=True,
        max_length=400,
        help_text=_("Stands at the foot of every survey mail; many laws ask for it."),
    )
    link_hosts = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Hosts that links on the account's thank-you pages may lead to."),
    )
    daily_event_limit = models.PositiveIntegerField(
        default=50_000,
        help_text=_("Segment events taken a UTC day; the next one is answered 429."),
    )
    delivery_policy = models.CharField(
        max_length=16,
        choices=DeliveryPolicy,
        default=DeliveryPolicy.NEVER_TWICE,
        help_text=_("What happens to a mail that may have arrived or not."),
    )
    mails_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("Survey mails a minute at most; empty for no limit."),
    )
    sending_paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    sending_paused_because = models.CharField(max_length=500, blank=True, editable=False)
    # By an operator; see suspending.
    sending_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_steps_dismissed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users whose email is their name."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One person who signs in; sees the accounts that a Membership gives them."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_zone],
        help_text=_("Times on pages are in it; empty for the account’s."),
    )
    language = models.CharField(
        max_length=12,
        blank=True,
        help_text=_(
            "A code such as de, of pages and of mail to this person; empty for the "
            "browser’s."
        ),
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(
        default=False, help_text=_("May use the admin: an operator of the installation.")
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(
                name="accounts_user_email_lowercase",
                condition=Q(email=Lower("email")),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ", 1)[0] or self.email


class Membership(models.Model):
    """One person's place in one account, and what they may do there."""

    Role = roles.Role

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.EDITOR)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_(
            "When the person last chose this account; sign-in leads to the latest."
        ),
    )

    class Meta:
        ordering = ["account__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user"], name="accounts_membership_once"
            ),
            models.CheckConstraint(
                name="accounts_membership_role",
                condition=Q(role__in=["owner", "editor", "viewer"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.account} ({self.get_role_display()})"


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

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
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
