"""What Segment sent: the inbox, and how much of the day's quota it took."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from promoter.accounts.models import Account
from surveys.models import Survey


class SegmentMessage(models.Model):
    """One event as Segment sent it, stored before the 200, with what became of it.

    `body` is the event itself without characters that a database refuses; it is dropped
    after SEGMENT_BODY_RETENTION_DAYS, the row (the dedup key) after SEGMENT_DEDUP_DAYS.
    Rows of an account get their ids in the order in which they were committed, because
    the account's quota row is locked first: id order is arrival order.
    """

    class Verdict(models.TextChoices):
        PENDING = "", "Waiting"
        CONTACT_SAVED = "contact_saved", "Contact saved"
        NO_USER_ID = "no_user_id", "Not stored: no userId"
        SCHEDULED = "scheduled", "Survey scheduled"
        NOT_IDENTIFIED = "not_identified", "Not identified before"
        NO_CAMPAIGN = "no_campaign", "No live campaign listens"
        THROTTLED = "throttled", "Throttled"
        SUPPRESSED = "suppressed", "Must not be mailed"
        NO_ADDRESS = "no_address", "No usable email address"
        LATE = "late", "Too old to survey"
        IGNORED = "ignored", "Nothing to do"
        FAILED = "failed", "Could not be processed"

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="segment_messages"
    )
    message_id = models.CharField(max_length=255)
    type = models.CharField(max_length=20)
    user_id = models.CharField(max_length=255, blank=True)
    event = models.CharField(max_length=255, blank=True)
    body = models.JSONField(null=True)
    timestamp = models.DateTimeField(
        help_text="When it happened, by the client's corrected clock."
    )
    received_at = models.DateTimeField()
    verdict = models.CharField(
        max_length=20, choices=Verdict, default=Verdict.PENDING, blank=True
    )
    detail = models.CharField(max_length=300, blank=True)
    survey = models.ForeignKey(
        Survey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "message_id"], name="segment_message_once"
            ),
            models.CheckConstraint(
                name="segment_message_verdict_pair",
                condition=Q(verdict="", processed_at=None)
                | (~Q(verdict="") & Q(processed_at__isnull=False)),
            ),
        ]
        indexes = [
            # Processing reads the oldest waiting messages of an account.
            models.Index(
                fields=["account", "id"],
                name="segment_message_waiting",
                condition=Q(verdict=""),
            ),
            # The Segment page: the account's last messages.
            models.Index(fields=["account", "-id"], name="segment_message_latest"),
            # Pruning, by age.
            models.Index(fields=["received_at"], name="segment_message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class DailyUsage(models.Model):
    """How many events of one account were taken on one UTC day, and how many not."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="daily_usage"
    )
    day = models.DateField(help_text="UTC.")
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0, help_text="Unusable events.")
    refused = models.PositiveIntegerField(default=0, help_text="Over the limit.")

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "daily usage"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day"], name="segment_usage_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.accepted}"
