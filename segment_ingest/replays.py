"""Stored events on their way through a campaign once more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from promoter.accounts.jobs import Job, JobQuerySet, job_constraints
from promoter.accounts.models import Account

# What was counted longer ago may be true no more: people are asked, leave and arrive.
COUNT_HOLDS = timedelta(hours=1)


class ReplayQuerySet(JobQuerySet["Replay"]):
    """Sets of replays."""


class Replay(Job):
    """One look at the stored events of one campaign: whom it would ask, and then asks.

    It waits, runs and is done first to count. A person who has seen the counts may have it
    send, and it goes through the same once more. `cursor` is the last message that was
    sent for, so that nobody is asked twice. A count writes nothing and begins anew instead.

    A backtest only counts, as if the campaign had been live all the time.
    """

    class Kind(models.TextChoices):
        REPLAY = "replay", "Replay"
        BACKTEST = "backtest", _("Backtest")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Stopped")

    WAITS = Status.WAITING
    OPEN = (Status.WAITING, Status.RUNNING)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="replays")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="replays")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REPLAY)
    event_name = models.CharField(
        max_length=255, help_text=_("The campaign's, at the count.")
    )
    settings_key = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("A backtest's: the same for the same settings; see backtesting."),
    )
    since = models.DateTimeField(
        help_text=_("Events that happened and arrived from then on.")
    )
    until = models.DateTimeField(help_text=_("Events that arrived before."))
    at = models.DateTimeField(help_text=_("Mail whose time was earlier is due then."))
    sends = models.BooleanField(default=False, help_text=_("False: only counts."))
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    cursor = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text=_("Verdict -> how many events."))
    forecast = models.JSONField(default=dict, help_text=_("The counts before it sent."))
    people = models.PositiveIntegerField(default=0, help_text=_("Whom it asks, each once."))
    days = models.JSONField(default=dict, help_text=_("Day of the event -> surveys."))
    newest_only = models.BooleanField(default=False, help_text=_("There were too many."))
    oldest_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the oldest event that asks somebody happened."),
    )
    queued_at = models.DateTimeField()

    objects = ReplayQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints = [
            *job_constraints("segment_replay"),
            models.CheckConstraint(
                name="segment_replay_backtest_sends_nothing",
                condition=Q(kind="replay") | Q(kind="backtest", sends=False),
            ),
            models.CheckConstraint(
                name="segment_replay_since_before_until",
                condition=Q(since__lt=F("until")),
            ),
        ]
        indexes = [
            # The last backtest of a campaign.
            models.Index(fields=["campaign", "-id"], name="segment_replay_of_campaign"),
            # The worker's look for work: nothing but what waits or runs.
            models.Index(
                fields=["queued_at", "id"],
                name="segment_replay_waiting",
                condition=Q(status__in=["waiting", "running"]),
            ),
            # The replay page, newest first.
            models.Index(fields=["account", "-id"], name="segment_replay_latest"),
        ]

    def __str__(self) -> str:
        return gettext("replay %(self)s") % {"self": self.pk}

    @property
    def surveys(self) -> int:
        """How many it has scheduled, or would."""
        return int(self.counts.get("scheduled", 0))

    def may_send(self, *, now: datetime) -> bool:
        """Whether its count is there, of use, and fresh enough to act on."""
        return (
            self.kind == self.Kind.REPLAY
            and self.status == self.Status.DONE
            and not self.sends
            and self.surveys > 0
            and self.finished_at is not None
            and now - self.finished_at <= COUNT_HOLDS
        )

    def send(self, *, now: datetime) -> bool:
        """Have it send what it counted; False when somebody did so already."""
        return self.move(
            (self.Status.DONE,),
            sends=True,
            status=self.Status.WAITING,
            forecast=self.counts,
            counts={},
            seen=0,
            cursor=0,
            at=now,
            queued_at=now,
            finished_at=None,
        )

    def move(self, before: tuple[str, ...], **values: Any) -> bool:
        """From one of these states, in this turn, whoever else may be pressing a button."""
        rows = Replay.objects.filter(pk=self.pk, sends=self.sends, status__in=before)
        return bool(rows.update(**values))
