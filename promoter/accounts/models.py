"""The tenant, the people who work in it, and the keys its systems use."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from promoter.accounts import roles
from promoter.accounts.api_keys import ApiKey
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
