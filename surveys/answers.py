"""What people answered, and what they had answered before."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys import nps


class Response(models.Model):
    """What one person answered to one survey; the later word replaces the earlier.

    `attributes` are the contact's as they were at the answer: reports group by them.
    The band (promoter, passive, detractor) is derived on read, never stored.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="responses")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="responses"
    )
    survey = models.OneToOneField(
        "Survey", on_delete=models.CASCADE, related_name="response"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, related_name="responses"
    )
    score = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True, max_length=5000)
    attributes = models.JSONField(default=dict, blank=True)
    responded_at = models.DateTimeField(help_text=_("When the score came first."))
    updated_at = models.DateTimeField()
    superseded_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the same contact answered another survey; the latest has none."),
    )

    class Meta:
        ordering = ["-responded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="surveys_response_score", condition=Q(score__gte=0, score__lte=10)
            )
        ]
        indexes = [
            # Reports: the scores of an account within dates; the response list.
            models.Index(
                fields=["account", "-responded_at", "-id"],
                name="surveys_responses",
                include=["score", "superseded_at"],
            ),
            models.Index(
                fields=["campaign", "-responded_at"],
                name="surveys_responses_of_campaign",
            ),
            # The latest comments and their words, be they few among many answers.
            models.Index(
                fields=["account", "-responded_at", "-id"],
                name="surveys_comments",
                condition=~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score} from {self.contact_id}"

    @property
    def band(self) -> nps.Band:
        return nps.band(self.score)


class ResponseChange(models.Model):
    """What a response said before it was changed."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="response_changes"
    )
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="changes")
    score = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True, max_length=5000)
    changed_at = models.DateTimeField(help_text=_("When it was replaced."))

    class Meta:
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.score} until {self.changed_at}"
