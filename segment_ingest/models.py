"""What Segment sent: the inbox, and how much of the day's quota it took."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account
from segment_ingest.connections import Connection
from segment_ingest.replays import Replay
from surveys.models import Survey

__all__ = [
    "Connection",
    "DailyUsage",
    "ErasedUser",
    "EventCount",
    "RefusedRequest",
    "Replay",
    "SegmentMessage",
]


class SegmentMessageQuerySet(models.QuerySet["SegmentMessage"]):
    """Sets of messages.

    SQLite takes a partial index only where the query repeats its condition: without it,
    finding one person or one event reads all of the account's messages.
    """

    def of_user(self, user_id: str) -> SegmentMessageQuerySet:
        """None for the empty userId: those are many people, or nobody."""
        return self.filter(user_id=user_id).exclude(user_id="")

    def of_event(self, event: str) -> SegmentMessageQuerySet:
        """The tracks of that name."""
        return self.filter(event=event).exclude(event="")

    def of_servers(self) -> SegmentMessageQuerySet:
        """Without what came by keys that everybody can read."""
        return self.filter(is_public=False)


class SegmentMessage(models.Model):
    """One event as Segment sent it, stored before the 200, with what became of it.

    `body` is the event itself without characters that a database refuses; it is dropped
    after SEGMENT_BODY_RETENTION_DAYS, the row (the dedup key) after SEGMENT_DEDUP_DAYS.
    Rows of an account get their ids in the order in which they were committed, because
    the account's quota row is locked first: id order is arrival order.
    """

    class Verdict(models.TextChoices):
        PENDING = "", _("Waiting")
        CONTACT_SAVED = "contact_saved", _("Contact saved")
        NO_USER_ID = "no_user_id", _("Not stored: no userId")
        SCHEDULED = "scheduled", _("Survey scheduled")
        NOT_IDENTIFIED = "not_identified", _("Not identified before")
        NO_CAMPAIGN = "no_campaign", _("No live campaign listens")
        THROTTLED = "throttled", _("Throttled")
        SUPPRESSED = "suppressed", _("Must not be mailed")
        NO_ADDRESS = "no_address", _("No usable email address")
        LATE = "late", _("Too old to survey")
        HELD = "held", _("Waiting for an identify")
        CONDITIONS = "conditions", _("Conditions not met")
        SAMPLED_OUT = "sampled_out", _("Not in the sample")
        WITHDREW = "withdrew", _("Survey withdrawn")
        BURST = "burst", _("Campaign paused itself")
        ERASED = "erased", _("Person erased")
        IGNORED = "ignored", _("Nothing to do")
        FAILED = "failed", _("Could not be processed")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="segment_messages"
    )
    message_id = models.CharField(max_length=255)
    type = models.CharField(max_length=20)
    user_id = models.CharField(max_length=255, blank=True)
    event = models.CharField(max_length=255, blank=True)
    body = models.JSONField(null=True)
    timestamp = models.DateTimeField(
        help_text=_("When it happened, by the client's corrected clock.")
    )
    received_at = models.DateTimeField()
    verdict = models.CharField(
        max_length=20, choices=Verdict, default=Verdict.PENDING, blank=True
    )
    detail = models.CharField(max_length=300, blank=True)
    is_public = models.BooleanField(
        default=False,
        help_text=_("Came by a browser key, which everybody can read and use."),
    )
    survey = models.ForeignKey(
        Survey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    processed_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Until then an identify may bring its survey.")
    )

    objects = SegmentMessageQuerySet.as_manager()

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
            models.CheckConstraint(
                name="segment_message_held_pair",
                condition=Q(verdict="held", held_until__isnull=False)
                | (~Q(verdict="held") & Q(held_until=None)),
            ),
        ]
        indexes = [
            # Processing reads the oldest waiting messages of an account. The verdict is
            # a column of it too: without, SQLite can't tell it from the one below, and
            # may read all of the account's messages to find the few that wait.
            models.Index(
                fields=["account", "verdict", "id"],
                name="segment_message_waiting",
                condition=Q(verdict=""),
            ),
            # The Segment page: the account's last messages.
            models.Index(fields=["account", "-id"], name="segment_message_latest"),
            # One event's or one person's messages, latest first.
            models.Index(
                fields=["account", "event", "-id"],
                name="segment_message_by_event",
                condition=~Q(event=""),
            ),
            models.Index(
                fields=["account", "user_id", "-id"],
                name="segment_message_by_user",
                condition=~Q(user_id=""),
            ),
            # Held events: those of a person just identified, those whose time is over.
            models.Index(
                fields=["account", "user_id"],
                name="segment_message_held",
                condition=Q(verdict="held"),
            ),
            models.Index(
                fields=["held_until"],
                name="segment_message_held_until",
                condition=Q(verdict="held"),
            ),
            # Pruning, by age.
            models.Index(fields=["received_at"], name="segment_message_age"),
            # The operators' look for what could not be processed.
            models.Index(
                fields=["received_at"],
                name="segment_message_failed",
                condition=Q(verdict="failed"),
            ),
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
    rejected = models.PositiveIntegerField(default=0, help_text=_("Unusable events."))
    refused = models.PositiveIntegerField(default=0, help_text=_("Over the limit."))
    counted = models.PositiveIntegerField(
        default=0, help_text=_("How many of the accepted are added up in EventCount.")
    )
    counted_to = models.BigIntegerField(
        default=0, editable=False, help_text=_("The last message that is added up there.")
    )
    told_high_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the owners were told of 80 %.")
    )
    told_full_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the owners were told that it is used up.")
    )

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = _("daily usage")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day"], name="segment_usage_day_once"
            )
        ]
        indexes = [
            # What is to be added up: mostly nothing, whatever the number of days.
            models.Index(
                fields=["day"],
                name="segment_usage_uncounted",
                condition=Q(accepted__gt=models.F("counted")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.accepted}"


class EventCount(models.Model):
    """How often one event was taken on one UTC day; what the tracking plan adds up.

    `event` is the track's name, empty for the other types and, where there are too many
    names, for the rest of them. See counting.py.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="event_counts"
    )
    day = models.DateField(help_text="UTC.")
    type = models.CharField(max_length=20)
    event = models.CharField(max_length=255, blank=True)
    count = models.PositiveIntegerField(default=0)
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "-count"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day", "type", "event"], name="segment_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.count} {self.event or self.type}"


class ErasedUser(models.Model):
    """That a userId was erased, and up to which moment; the userId itself is not kept.

    What an identify or a track says of an earlier time arrives too late: it must not
    bring the person back.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="erased_users"
    )
    user_id_digest = models.CharField(max_length=64)
    erased_at = models.DateTimeField(help_text=_("When the erasure was asked for."))

    class Meta:
        ordering = ["-erased_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user_id_digest"], name="segment_erased_user_once"
            )
        ]

    def __str__(self) -> str:
        return gettext("erased user %(self)s") % {"self": self.pk}


class RefusedRequest(models.Model):
    """What was not taken at the door, counted by hour, reason and way in.

    A flood of wrong requests writes one row an hour and reason; the last of them is
    described, none is kept.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="refused_requests"
    )
    hour = models.DateTimeField(help_text=_("The start of the hour."))
    code = models.CharField(max_length=40)
    way_in = models.CharField(
        max_length=80, blank=True, help_text=_("The name of the key or the connection.")
    )
    message = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "hour", "code", "way_in"], name="segment_refused_once"
            )
        ]
        indexes = [
            models.Index(fields=["account", "-last_at"], name="segment_refused_latest"),
            models.Index(fields=["last_at"], name="segment_refused_age"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.count}"
