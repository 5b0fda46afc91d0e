"""Telling other systems: who wants to know, and what is still to be told."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account
from promoter.lib.outbound import OutboundError, split_url
from promoter.webhooks.signing import new_secret, secret_bytes

# How long the replaced secret still signs: time to give the receiver the new one.
ROTATION = timedelta(hours=24)
MOST_OLD = 3


class EventType(models.TextChoices):
    """What happened. The values are what receivers see; they never change."""

    RESPONSE_CREATED = "response.created", _("Somebody answered")
    RESPONSE_UPDATED = "response.updated", _("Somebody changed their answer")
    RESPONSE_DELETED = "response.deleted", _("Somebody deleted their answer")
    RESPONSE_STATUS_CHANGED = (
        "response.status_changed",
        _("An answer’s case opened or closed"),
    )
    RESPONSE_TAGS_CHANGED = "response.tags_changed", _("The tags of an answer changed")
    CONTACT_UNSUBSCRIBED = "contact.unsubscribed", _("Somebody unsubscribed")


def validate_url(url: str) -> None:
    """Raises ValidationError for what can't be called at all."""
    try:
        split_url(url)
    except OutboundError as error:
        raise ValidationError(f"{error}.") from None


def validate_secret(secret: str) -> None:
    """Raises ValidationError for what no receiver could verify with."""
    try:
        secret_bytes(secret)
    except ValueError as error:
        raise ValidationError(
            gettext("It must be so: %(error)s.") % {"error": error}
        ) from None


def validate_event_types(event_types: object) -> None:
    """Raises ValidationError unless it is a list of known types."""
    if not isinstance(event_types, list) or any(
        one not in EventType.values for one in event_types
    ):
        raise ValidationError(
            gettext("Choose from: %(names)s.") % {"names": ", ".join(EventType.values)}
        )


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Sets of endpoints."""

    def wanting(self, event_type: str, *, account: Account) -> list[Endpoint]:
        """The account's enabled ones that want to know of this. An account has few."""
        enabled = self.filter(account=account, disabled_at=None)
        return [endpoint for endpoint in enabled if endpoint.wants(event_type)]


class Endpoint(models.Model):
    """One address of another system that is told what happens in the account.

    `disabled_at` with its reason: nothing is sent, and nothing is kept to be sent, until
    somebody enables it again. The secret stays readable here: signing needs it itself.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="webhook_endpoints"
    )
    url = models.CharField("URL", max_length=2_000, validators=[validate_url])
    event_types = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_event_types],
        help_text=_('For example ["response.created"]; empty for everything.'),
    )
    secret = models.CharField(
        max_length=100, default=new_secret, validators=[validate_secret]
    )
    # The replaced ones, the latest first, with spaces between.
    old_secret = models.CharField(max_length=300, blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_reason = models.CharField(max_length=200, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["account", "url", "id"]
        constraints = [
            models.CheckConstraint(
                name="webhooks_endpoint_disabled_pair",
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
            ),
            models.CheckConstraint(
                name="webhooks_endpoint_old_secret_pair",
                condition=Q(old_secret="", old_secret_until=None)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types

    def secrets(self, *, now: datetime) -> list[str]:
        """Those to sign with: the new one first, the old ones while they last."""
        if self.old_secret_until is not None and now < self.old_secret_until:
            return [self.secret, *self.old_secret.split()]
        return [self.secret]

    def rotate_secret(self, *, now: datetime) -> None:
        """Take a new secret; for 24 hours the old one signs too, so that no delivery is
        refused. Pressed twice, or because the new one was not copied, the one that the
        receiver has is kept among the old ones."""
        old = self.secrets(now=now)
        # Of too many the newest but one go: the oldest is most likely the receiver's.
        self.old_secret = " ".join([*old[: MOST_OLD - 1], *old[MOST_OLD - 1 :][-1:]])
        self.old_secret_until = now + ROTATION
        self.secret = new_secret()
        self.save(update_fields=["secret", "old_secret", "old_secret_until"])

    def disable(self, *, reason: str, now: datetime) -> None:
        """Send nothing more, and drop what waits. Runs in the caller's transaction."""
        self.disabled_at, self.disabled_reason = now, reason[:200]
        self.save(update_fields=["disabled_at", "disabled_reason"])
        Delivery.objects.filter(endpoint=self, status=Delivery.Status.PENDING).update(
            status=Delivery.Status.CANCELLED, finished_at=now, error=reason[:500]
        )

    def enable(self) -> None:
        self.disabled_at, self.disabled_reason = None, ""
        self.save(update_fields=["disabled_at", "disabled_reason"])


def new_webhook_id() -> str:
    """What the receiver tells two deliveries apart by; the same over every try."""
    return f"msg_{uuid.uuid4().hex}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Sets of deliveries."""

    def due(self, *, now: datetime) -> DeliveryQuerySet:
        return self.filter(status=Delivery.Status.PENDING, due_at__lte=now)

    def expired(self, *, now: datetime) -> DeliveryQuerySet:
        """Claimed by a worker that has not finished within its lease."""
        return self.filter(status=Delivery.Status.SENDING, lease_until__lt=now)

    def held(self, delivery: Delivery) -> DeliveryQuerySet:
        """The row while the claim that `delivery` was read with still holds; or none.

        The lease's end tells apart two claims of the same number: sending again starts
        the counting anew.
        """
        return self.filter(
            pk=delivery.pk,
            status=Delivery.Status.SENDING,
            attempt=delivery.attempt,
            lease_until=delivery.lease_until,
        )

    def finished(self) -> DeliveryQuerySet:
        return self.filter(finished_at__isnull=False)

    def send_again(self, *, now: datetime) -> int:
        """Put finished ones back to the start of their schedule; how many there were.

        They keep their id: a receiver that has seen one knows it again.
        """
        return self.finished().update(
            status=Delivery.Status.PENDING,
            due_at=now,
            attempt=0,
            finished_at=None,
            response_code=None,
            error="",
        )


class Delivery(models.Model):
    """One thing to tell one endpoint: the outbox row, written with what it tells of.

    pending -> sending -> delivered; a failed try goes back to pending with a later
    `due_at`, the last one to failed. A dead worker's row is tried again: the receiver
    may then see it twice, and knows it by its id. `attempt` fences: who holds an older
    one has lost the row. `payload` is the body's exact text, the same over every try.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", pgettext_lazy("a mail or a call", "Sending")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="webhook_deliveries"
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    webhook_id = models.CharField(
        max_length=40, unique=True, default=new_webhook_id, editable=False
    )
    event_type = models.CharField(max_length=40, choices=EventType)
    payload = models.TextField()
    created_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    due_at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    response_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="webhooks_delivery_claimed_has_lease",
                condition=Q(status="sending", lease_until__isnull=False)
                | (~Q(status="sending") & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="webhooks_delivery_finished_has_time",
                condition=Q(status__in=["pending", "sending"], finished_at=None)
                | (
                    Q(status__in=["delivered", "failed", "cancelled"])
                    & Q(finished_at__isnull=False)
                ),
            ),
        ]
        indexes = [
            # The poller reads nothing else: its cost is what is due, not what waits.
            models.Index(
                fields=["due_at", "id"],
                name="webhooks_delivery_due",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["lease_until"],
                name="webhooks_delivery_leased",
                condition=Q(status="sending"),
            ),
            # The latest of one endpoint; the pruning of old ones.
            models.Index(fields=["endpoint", "-created_at"], name="webhooks_of_endpoint"),
            models.Index(
                fields=["finished_at"],
                name="webhooks_delivery_finished",
                condition=Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.webhook_id}"
