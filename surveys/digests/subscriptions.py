"""Which mails about an account each of its members wants."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account, Membership


class Frequency(models.TextChoices):
    """How often a digest comes; each is about the whole day, week or month before it."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week, on Monday")
    MONTHLY = "monthly", _("Every month, on the 1st")
    NEVER = "never", _("Never")


class Subscription(models.Model):
    """What one member of an account wants to be mailed about it.

    A worker makes the row within seconds of the membership, by the role that it has then;
    from then on it is the person's own choice. `next_at`: when the next digest is due, by
    the zones of the person and the account as they were when this one was; None for never.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="subscriptions"
    )
    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="subscription"
    )
    frequency = models.CharField(max_length=10, choices=Frequency)
    wants_detractors = models.BooleanField()
    wants_moves = models.BooleanField()
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["account", "id"]
        constraints = [
            models.CheckConstraint(
                name="surveys_subscription_next",
                condition=Q(frequency="never", next_at=None)
                | (~Q(frequency="never") & Q(next_at__isnull=False)),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="surveys_digest_next",
                condition=Q(next_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.frequency} to member {self.membership_id}"


def usual(role: str) -> dict[str, str | bool]:
    """What a member of this role gets until they choose.

    Who runs the campaigns hears weekly and of the rare great move, as with Delighted; only
    owners of each detractor, so that somebody is told and not everybody is interrupted.
    Who only looks is mailed nothing unasked.
    """
    runs_it = role != Membership.Role.VIEWER
    return {
        "frequency": Frequency.WEEKLY if runs_it else Frequency.NEVER,
        "wants_detractors": role == Membership.Role.OWNER,
        "wants_moves": runs_it,
    }
