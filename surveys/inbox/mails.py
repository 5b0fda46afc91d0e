"""Mails that leave a case: a reply to the person, a forward, a word to the team."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from promoter.accounts.models import Account
from surveys.inbox.cases import CaseEvent
from surveys.sending.message_ids import new_email_message_id
from surveys.small_mails import SmallMail


class CaseMail(SmallMail):
    """The outbox row of one of them. Its event says who wrote it when.

    `text` is the whole mail, as it is sent; `words` what the person wrote of it. Both go
    with the row when the person who answered is erased.
    """

    class Kind(models.TextChoices):
        REPLY = "reply", pgettext_lazy("a mail", "Reply")
        FORWARD = "forward", _("Forward")
        NOTICE = "notice", _("Notice")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="case_mails"
    )
    event = models.OneToOneField(CaseEvent, on_delete=models.CASCADE, related_name="mail")
    kind = models.CharField(max_length=10, choices=Kind)
    to = models.JSONField(default=list)
    from_name = models.CharField(max_length=200)
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=300)
    words = models.TextField(blank=True, max_length=10_000)
    text = models.TextField()
    email_message_id = models.CharField(
        max_length=255, default=new_email_message_id, editable=False
    )
    in_reply_to = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="surveys_case_mail_claimed_has_lease",
                condition=Q(status="sending", lease_until__isnull=False)
                | (~Q(status="sending") & Q(lease_until=None)),
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="surveys_case_mail_due",
                condition=Q(status="waiting"),
            ),
            models.Index(
                fields=["lease_until"],
                name="surveys_case_mail_leased",
                condition=Q(status="sending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
