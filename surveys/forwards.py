"""Answers on their way to the people a campaign names."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from promoter.accounts.models import Account
from surveys.answers import Response


class ForwardedResponse(models.Model):
    """One response to be mailed to the campaign's forwarding addresses: the outbox row.

    waiting -> sending -> sent; a change of the response puts it back to waiting, with a
    later `due_at`, so that score and comment arrive together. A dead worker's row is sent
    again: a team that reads an answer twice loses nothing.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="forwarded_responses"
    )
    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, related_name="forward"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    due_at = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="surveys_forward_claimed_has_lease",
                condition=Q(status="sending", lease_until__isnull=False)
                | (~Q(status="sending") & Q(lease_until=None)),
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="surveys_forward_due",
                condition=Q(status="waiting"),
            ),
            models.Index(
                fields=["lease_until"],
                name="surveys_forward_leased",
                condition=Q(status="sending"),
            ),
        ]

    def __str__(self) -> str:
        return f"forward of response {self.response_id}"
