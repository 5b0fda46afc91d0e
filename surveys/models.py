"""Asking and answering: Survey, its mails, its response."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from promoter.lib.signing import make_token
from surveys import rollups
from surveys.answers import Response, ResponseChange
from surveys.digests.mails import Alert, AlertedAnswer, ScoreWatch, TeamMail
from surveys.digests.subscriptions import Subscription
from surveys.exports.jobs import ExportJob
from surveys.forwards import ForwardedResponse
from surveys.imported import ImportedAnswer
from surveys.inbox.cases import Case, CaseEvent, Tag
from surveys.inbox.mails import CaseMail
from surveys.inbox.rules import CannedReply, Rule
from surveys.mails import SurveyEmail, SurveyEmailQuerySet
from surveys.sending.message_ids import new_email_message_id
from surveys.skip_reasons import SkipReason
from surveys.suspects import LinkVisit, SuspectAnswer

__all__ = [
    "Alert",
    "AlertedAnswer",
    "CannedReply",
    "Case",
    "CaseEvent",
    "CaseMail",
    "ExportJob",
    "ForwardedResponse",
    "ImportedAnswer",
    "LinkVisit",
    "Response",
    "ResponseChange",
    "rollups",
    "Rule",
    "ScoreWatch",
    "SkipReason",
    "Subscription",
    "Survey",
    "SurveyEmail",
    "SurveyEmailQuerySet",
    "SuspectAnswer",
    "Tag",
    "TeamMail",
    # The first migration looks for it here.
    "new_email_message_id",
]


class Survey(models.Model):
    """One ask of one contact by one campaign, triggered by one event, call or turn.

    `attributes` are the contact's as they were at the trigger. A survey that was
    withdrawn before anything was sent has a `skip_reason`; so has a turn or a call that
    came to nothing, and no mail then. One of an imported answer was never asked here: it
    has no mail and no `asked_at`, and `due_at` is when the other tool asked.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="surveys")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="surveys")
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, related_name="surveys"
    )
    trigger_id = models.CharField(
        max_length=255, help_text="messageId of the event that triggered it."
    )
    attributes = models.JSONField(default=dict, blank=True)
    address_digest = models.CharField(max_length=64, blank=True, editable=False)
    triggered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the invitation was sent."
    )
    skip_reason = models.CharField(max_length=20, choices=SkipReason, blank=True)
    skipped_at = models.DateTimeField(null=True, blank=True)
    answer_deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the respondent last deleted the answer.",
    )

    class Meta:
        ordering = ["-triggered_at", "-id"]
        constraints = [
            # For ever: an event replayed years later can't start a second survey.
            models.UniqueConstraint(
                fields=["campaign", "trigger_id"], name="surveys_survey_trigger_once"
            ),
            models.CheckConstraint(
                name="surveys_survey_skip_pair",
                condition=Q(skip_reason="", skipped_at=None)
                | (~Q(skip_reason="") & Q(skipped_at__isnull=False)),
            ),
        ]
        indexes = [
            # Throttles: the latest ask of these contacts, of these addresses.
            models.Index(
                fields=["contact", "-due_at"],
                name="surveys_ask_of_contact",
                condition=Q(skip_reason=""),
            ),
            models.Index(
                fields=["account", "address_digest", "-due_at"],
                name="surveys_ask_of_address",
                condition=Q(skip_reason=""),
            ),
            # Response rate by the day the mail went out.
            models.Index(
                fields=["account", "asked_at"],
                name="surveys_asked",
                condition=Q(asked_at__isnull=False),
            ),
            models.Index(fields=["campaign", "-triggered_at"], name="surveys_of_campaign"),
        ]

    def __str__(self) -> str:
        return f"survey {self.pk}"

    @property
    def closes_at(self) -> datetime:
        """From then on it takes no answer, and no change of one."""
        return (self.asked_at or self.due_at) + timedelta(days=settings.SURVEY_OPEN_DAYS)

    @property
    def token(self) -> str:
        """What the survey's links carry; see promoter.lib.signing."""
        return make_token("survey", self.pk)

    @property
    def unsubscribe_token(self) -> str:
        return make_token("unsubscribe", self.pk)
