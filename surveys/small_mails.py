"""The mails that are not surveys: few, to people who expect them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SmallMail(models.Model):
    """The outbox row of one such mail: waiting -> sending -> sent.

    A dead worker's row is sent again where a copy harms nobody, and is uncertain where it
    would; sending/posting.py does both. `attempt` fences: who holds an older one has lost
    it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", pgettext_lazy("a mail or a call", "Sending")
        SENT = "sent", _("Sent")
        UNCERTAIN = "uncertain", _("Uncertain")
        FAILED = "failed", _("Failed")

    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    due_at = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    RESTING = (Status.FAILED, Status.UNCERTAIN)

    class Meta:
        abstract = True

    @classmethod
    def anew(cls, *, now: datetime) -> dict[str, Any]:
        """What makes a RESTING one due again, because somebody has looked at it."""
        return {
            "status": cls.Status.WAITING,
            "due_at": now,
            "failing_since": None,
            "error": "",
        }
