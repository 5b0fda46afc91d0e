"""Digests and alerts on their way to members, and what there is to be alerted of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account, Membership
from surveys.answers import Response
from surveys.small_mails import SmallMail


class Alert(models.Model):
    """One thing that members are told at once: detractors who wrote, or a score that moved.

    `last` and `days` are of a score: it moved by the windows of so many days that end with
    that day, each against the window before it.
    """

    class Kind(models.TextChoices):
        DETRACTORS = "detractors", _("Detractors wrote")
        MOVED = "moved", _("NPS moved")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    last = models.DateField(null=True, blank=True)
    days = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # When the account was last alerted.
            models.Index(fields=["account", "kind", "-at"], name="surveys_alerts")
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"


class AlertedAnswer(models.Model):
    """A detractor's answer with words, to be told of once, however often it changes.

    Without an alert it waits for the next one, and until it has settled.
    """

    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, primary_key=True, related_name="alerted"
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="alerted_answers"
    )
    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, null=True, blank=True, related_name="answers"
    )
    settles_at = models.DateTimeField()

    class Meta:
        ordering = ["-settles_at"]
        indexes = [
            models.Index(
                fields=["settles_at"],
                name="surveys_alerts_waiting",
                condition=Q(alert=None),
            )
        ]

    def __str__(self) -> str:
        return f"answer {self.response_id}"


class ScoreWatch(models.Model):
    """Whether an account's score of the last `days` days differs from that of as many
    before, as of the last look: which way, and of which way members were told last.

    The first look tells nobody: what it finds is no news.
    """

    class Direction(models.TextChoices):
        NONE = "", _("Not significantly")
        UP = "up", _("Up")
        DOWN = "down", _("Down")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="watches")
    days = models.PositiveSmallIntegerField()
    next_at = models.DateTimeField()
    looked_on = models.DateField(null=True, blank=True)
    direction = models.CharField(max_length=4, choices=Direction, blank=True)
    told = models.CharField(max_length=4, choices=Direction, blank=True)
    told_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["account", "days"]
        constraints = [
            models.UniqueConstraint(fields=["account", "days"], name="surveys_watch_once")
        ]
        indexes = [models.Index(fields=["next_at"], name="surveys_watch_next")]

    def __str__(self) -> str:
        return f"{self.days} days {self.direction}".rstrip()


class TeamMail(SmallMail):
    """One digest or alert to one member: the outbox row. Its words are made as it leaves,
    so it holds nothing that somebody wrote.

    `first` and `last` are the days that a digest is about. One that may have left is not
    sent again.
    """

    class Kind(models.TextChoices):
        DAILY = "daily", _("Daily digest")
        WEEKLY = "weekly", _("Weekly digest")
        MONTHLY = "monthly", _("Monthly digest")
        DETRACTORS = "detractors", _("Detractors wrote")
        MOVED = "moved", _("NPS moved")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="team_mails"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="team_mails"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, null=True, blank=True, related_name="mails"
    )
    is_asked_for = models.BooleanField(
        default=False, help_text="The person pressed “Send me one now”."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # Whoever plans a period twice, at once or a year later, plans it once.
            models.UniqueConstraint(
                fields=["membership", "kind", "first"],
                name="surveys_digest_once",
                condition=Q(alert=None, is_asked_for=False),
            ),
            models.UniqueConstraint(
                fields=["alert", "membership"],
                name="surveys_alert_mail_once",
                condition=Q(alert__isnull=False),
            ),
            models.CheckConstraint(
                name="surveys_team_mail_claimed_has_lease",
                condition=Q(status="sending", lease_until__isnull=False)
                | (~Q(status="sending") & Q(lease_until=None)),
            ),
            models.CheckConstraint(
                name="surveys_team_mail_about",
                condition=Q(alert__isnull=False, first=None, last=None)
                | Q(alert=None, first__isnull=False, last__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="surveys_team_mail_due",
                condition=Q(status="waiting"),
            ),
            models.Index(
                fields=["lease_until"],
                name="surveys_team_mail_leased",
                condition=Q(status="sending"),
            ),
            # The last ones, as the person sees them.
            models.Index(
                fields=["membership", "-created_at", "-id"], name="surveys_team_mails"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to member {self.membership_id}"
