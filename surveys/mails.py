"""The mails of a survey: the outbox, from each row's schedule to its fate."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import TemplateVersion
from promoter.accounts.models import Account
from promoter.lib.signing import make_token
from surveys.sending.message_ids import new_email_message_id

# Of a mail that is not sent: some server may have it from an earlier attempt.
MAY_HAVE_LEFT = Q(sent_at__isnull=False) | Q(repeating_since__isnull=False)


class SurveyEmailQuerySet(models.QuerySet["SurveyEmail"]):
    """Sets of mails."""

    def due(self, *, now: datetime) -> SurveyEmailQuerySet:
        return self.filter(status=SurveyEmail.Status.SCHEDULED, due_at__lte=now)

    def expired(self, *, now: datetime) -> SurveyEmailQuerySet:
        """Claimed by a worker that has not finished within its lease."""
        return self.filter(status__in=SurveyEmail.CLAIMED, lease_until__lt=now)

    def in_hand(self) -> SurveyEmailQuerySet:
        """Claimed by some worker; only claims have a lease."""
        return self.filter(lease_until__isnull=False)

    def in_motion(self) -> SurveyEmailQuerySet:
        """Waiting to go out, or on the way."""
        waiting = [SurveyEmail.Status.SCHEDULED, *SurveyEmail.CLAIMED]
        return self.filter(status__in=waiting)

    def unsettled(self) -> SurveyEmailQuerySet:
        """Uncertain or failed, and nobody has decided to leave it so."""
        # Not status__in: SQLite doesn't see that a list of parameters fits the index.
        either = Q(status=SurveyEmail.Status.UNCERTAIN) | Q(
            status=SurveyEmail.Status.FAILED
        )
        return self.filter(either, left_at=None)

    def perhaps_sent(self) -> SurveyEmailQuerySet:
        """May have arrived, and no worker is about to send it once more."""
        resting = [SurveyEmail.Status.SCHEDULED, SurveyEmail.Status.FAILED]
        return self.filter(
            Q(status=SurveyEmail.Status.UNCERTAIN) | Q(MAY_HAVE_LEFT, status__in=resting)
        )

    def held(self, email: SurveyEmail, *statuses: str) -> SurveyEmailQuerySet:
        """The row, unless somebody else has claimed it or it has moved on since."""
        return self.filter(pk=email.pk, attempt=email.attempt, status__in=statuses)


class SurveyEmail(models.Model):
    """One mail of one survey: the outbox row, from its schedule to its fate.

    scheduled -> sending -> handoff -> sent, each step committed. `sending`: a worker
    claimed it and nothing has left yet, so a dead worker's row goes back to scheduled.
    `handoff`: the mail server may have it, so a dead worker's row becomes uncertain and
    is never sent again blindly. `attempt` fences: who holds an older one has lost the row.
    `sent_at` of a mail that is not sent: when it first may have left.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        REMINDER = "reminder", _("Reminder")

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", pgettext_lazy("a mail or a call", "Sending")
        HANDOFF = "handoff", _("Handing over")
        SENT = "sent", _("Sent")
        UNCERTAIN = "uncertain", _("Uncertain")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Outcome(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        DEFERRED = "deferred", _("Deferred")
        BOUNCED = "bounced", _("Bounced")
        REJECTED = "rejected", _("Rejected")
        COMPLAINED = "complained", _("Complained")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")

    CLAIMED = (Status.SENDING, Status.HANDOFF)
    # Nothing has left yet: who withdraws one of these has stopped it. The worker that
    # holds it loses it at its next step, which names the status it must find.
    STOPPABLE = (Status.SCHEDULED, Status.SENDING)

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="survey_emails"
    )
    survey = models.ForeignKey("Survey", on_delete=models.CASCADE, related_name="emails")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.SCHEDULED)
    due_at = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    email_message_id = models.CharField(
        max_length=255, unique=True, default=new_email_message_id, editable=False
    )
    provider_message_id = models.CharField(max_length=255, blank=True)
    repeating_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it may first have left, while it is repeated with the same key."),
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    template_version = models.ForeignKey(
        TemplateVersion,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        editable=False,
        # Nobody looks for the mails of a version, and every mail would pay for it.
        db_index=False,
        related_name="+",
        help_text=_("The words it left with, from its handoff on."),
    )
    outcome = models.CharField(
        max_length=12,
        choices=Outcome,
        blank=True,
        help_text=_("What the provider said became of it."),
    )
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_detail = models.CharField(max_length=300, blank=True)
    left_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When somebody decided to leave an uncertain or failed mail as it is."),
    )
    failing_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("The first of the refusals that did not last; retries end 72 h later."),
    )
    error = models.CharField(
        max_length=500, blank=True, help_text=_("What the last attempt ran into.")
    )

    objects = SurveyEmailQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "kind"], name="surveys_email_kind_once"
            ),
            models.CheckConstraint(
                name="surveys_email_claimed_has_lease",
                condition=Q(status__in=["sending", "handoff"], lease_until__isnull=False)
                | (~Q(status__in=["sending", "handoff"]) & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="surveys_email_sent_has_time",
                condition=~Q(status="sent") | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            # The due poller reads nothing else: its cost is what is due, not what waits.
            models.Index(
                fields=["due_at", "id"],
                name="surveys_email_due",
                condition=Q(status="scheduled"),
            ),
            # A claim takes from each account in turn, however much one of them has due.
            models.Index(
                fields=["account", "due_at", "id"],
                name="surveys_email_due_by_account",
                condition=Q(status="scheduled"),
            ),
            # The sweeper of dead workers' claims.
            models.Index(
                fields=["lease_until"],
                name="surveys_email_leased",
                condition=Q(lease_until__isnull=False),
            ),
            # How many of an account have left within the last minute.
            models.Index(
                fields=["account", "sent_at"],
                name="surveys_email_left",
                condition=Q(sent_at__isnull=False),
            ),
            # What somebody has to look at.
            models.Index(
                fields=["account", "-due_at"],
                name="surveys_email_unsettled",
                condition=(Q(status="uncertain") | Q(status="failed")) & Q(left_at=None),
            ),
            # What was said of old mail, until it is forgotten.
            models.Index(
                fields=["due_at"],
                name="surveys_email_transcript",
                condition=~Q(error="") | ~Q(outcome_detail=""),
            ),
            # A provider's word about one of its ids.
            models.Index(
                fields=["provider_message_id"],
                name="surveys_email_by_provider_id",
                condition=~Q(provider_message_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of survey {self.survey_id}"

    @property
    def may_have_left(self) -> bool:
        """Of one that is not sent: whether some server may have it all the same."""
        return self.sent_at is not None or self.repeating_since is not None

    @property
    def event_token(self) -> str:
        """What the mail carries at a provider, whose events bring it back."""
        return make_token("mail-event", self.pk)
