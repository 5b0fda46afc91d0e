"""Answers on their way to the people a campaign names."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from promoter.accounts.models import Account
from surveys.answers import Response
from surveys.small_mails import SmallMail


class ForwardedResponse(SmallMail):
    """One response to be mailed to the campaign's forwarding addresses: the outbox row.

    A change of the response puts it back to waiting, with a later `due_at`, so that score
    and comment arrive together. A dead worker's row is sent again: a team that reads an
    answer twice loses nothing.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="forwarded_responses"
    )
    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, related_name="forward"
    )

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
