"""The rows of the audit log. promoter.accounts.audit writes them."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone


class AppendOnly(Exception):
    """Somebody's code wanted to change or remove what is written in the audit log."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Sets of events: to be read."""

    def update(self, **fields: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class AuditEvent(models.Model):
    """One act of one person: who did what to which thing, and when.

    Never changed. It goes with its account and not before; a trigger in the database sees
    to both (audit_guard), hence DO_NOTHING here. The thing and the person may be gone:
    their names stay as they were. A contact is named by its id alone, so that the log
    holds nothing of who is erased.
    """

    account = models.ForeignKey(
        "accounts.Account", on_delete=models.DO_NOTHING, related_name="audit_events"
    )
    actor = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_email = models.CharField(max_length=254, blank=True)
    action = models.CharField(max_length=60)
    target_kind = models.CharField(
        max_length=60, blank=True, help_text="For example campaigns.campaign."
    )
    target_id = models.BigIntegerField(null=True)
    target_label = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            # Serves Settings -> Audit log: one account's, newest first.
            models.Index(fields=["account", "-at", "-id"], name="accounts_audit_newest"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.actor_email or 'Promoter'}: {self.action} {self.target_label}".strip()
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly
