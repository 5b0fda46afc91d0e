"""Where Segment itself posts to: one address and one secret a destination."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from promoter.accounts.models import Account


class Connection(models.Model):
    """One Webhooks destination in Segment, with a URL and a secret of its own.

    The token in the URL says whose events these are; the secret signs them. Both stay
    readable here: the team copies them into Segment, and verifying needs the secret.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="segment_connections"
    )
    name = models.CharField(max_length=80)
    token = models.CharField(max_length=64, unique=True, editable=False)
    secret = models.CharField(max_length=100, editable=False)
    old_secret = models.CharField(
        max_length=100, blank=True, editable=False, help_text="Valid beside the new one."
    )
    takes_unsigned = models.BooleanField(
        default=False, help_text="Take events without a signature: the URL alone counts."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_event_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name
