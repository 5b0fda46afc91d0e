"""Answers that a machine may have given, and the traces that tell machines apart."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account
from surveys import nps


class LinkVisit(models.Model):
    """One opening of a link in a survey's mail. It records no score and counts nothing;
    it only shows afterwards who opens links like a scanner."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="link_visits"
    )
    survey = models.ForeignKey("Survey", on_delete=models.CASCADE, related_name="visits")
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The score in the link, if it had one.")
    )
    is_trap = models.BooleanField(
        default=False, help_text=_("The link that no person can see.")
    )
    visited_at = models.DateTimeField()

    class Meta:
        ordering = ["-visited_at", "-id"]
        indexes = [
            models.Index(fields=["survey", "-visited_at"], name="surveys_visits_of_survey"),
            models.Index(fields=["visited_at"], name="surveys_visits_by_age"),
        ]

    def __str__(self) -> str:
        return f"visit of survey {self.survey_id}"


class SuspectAnswer(models.Model):
    """An answer in quarantine: kept, shown, in no figure until somebody takes it."""

    class Reason(models.TextChoices):
        TRAP = "trap", _("A link was opened that no person can see")
        MANY_SCORES = "many_scores", _("Several scores were opened within seconds")
        TOO_FAST = "too_fast", _("Answered faster than a person could")

    class Status(models.TextChoices):
        WAITING = "waiting", _("In quarantine")
        TAKEN = "taken", _("Taken as an answer")
        DROPPED = "dropped", _("Dropped")
        REPLACED = "replaced", _("The person answered themselves")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="suspect_answers"
    )
    survey = models.ForeignKey(
        "Survey", on_delete=models.CASCADE, related_name="suspect_answers"
    )
    score = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True, max_length=5000)
    reason = models.CharField(max_length=12, choices=Reason)
    answered_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-answered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="surveys_suspect_settled_pair",
                condition=Q(status="waiting", settled_at=None)
                | (~Q(status="waiting") & Q(settled_at__isnull=False)),
            )
        ]
        indexes = [
            models.Index(
                fields=["account", "-answered_at"],
                name="surveys_suspects_waiting",
                condition=Q(status="waiting"),
            )
        ]

    @property
    def band(self) -> nps.Band:
        return nps.band(self.score)

    @property
    def responded_at(self) -> datetime:
        """As an answer calls it: the respondent's page shows either."""
        return self.answered_at

    def __str__(self) -> str:
        return f"suspect {self.score} of survey {self.survey_id}"
