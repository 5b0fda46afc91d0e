"""One act on very many contacts, on its way through them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from promoter.accounts.models import Account

# A dead worker's job is taken up again after this time. A part takes a second at most.
LEASE = timedelta(seconds=60)


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    """Sets of bulk acts."""

    def waiting(self, *, now: datetime) -> BulkJobQuerySet:
        """Queued, or left behind by a worker that died; oldest first."""
        return self.filter(
            Q(status=BulkJob.Status.QUEUED)
            | Q(status=BulkJob.Status.RUNNING, lease_until__lt=now)
        ).order_by("pk")

    def under_way(self) -> BulkJobQuerySet:
        return self.filter(status__in=BulkJob.OPEN)

    def claim(self, *, now: datetime) -> BulkJob | None:
        """Take the oldest waiting job, or None. At most one runs in each account: the
        constraint says so to two workers that claim two of its jobs at once."""
        for job in self.waiting(now=now)[:20]:
            try:
                with transaction.atomic():
                    claimed = self.filter(
                        pk=job.pk, attempt=job.attempt, status=job.status
                    ).update(
                        status=BulkJob.Status.RUNNING,
                        attempt=F("attempt") + 1,
                        lease_until=now + LEASE,
                    )
            except IntegrityError:
                continue
            if claimed:
                found = self.select_related("account", "contact_list", "created_by")
                return found.get(pk=job.pk)
        return None


class BulkJob(models.Model):
    """One act on all contacts that were chosen, from the press of the button to its end.

    queued -> running -> done | failed; a person may cancel until it is done. `cursor` is
    the last contact's id: it moves in the transaction that acts on those before it, so
    that a killed worker's job goes on where it stopped. `upto` is the highest id there
    was: who comes later is not meant. `attempt` fences, as an import's does.
    """

    class Act(models.TextChoices):
        ADD = "add", "Add to a list"
        REMOVE = "remove", "Remove from a list"
        STOP = "stop", "Stop mailing"
        ERASE = "erase", "Erase"

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (Status.QUEUED, Status.RUNNING)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="bulk_jobs")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    act = models.CharField(max_length=8, choices=Act)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    query = models.TextField(blank=True, help_text="The filter, as in the page's address.")
    chosen = models.JSONField(
        default=list, blank=True, help_text="Ids that were ticked; none: all of the filter."
    )
    contact_list = models.ForeignKey(
        "contacts.ContactList", on_delete=models.SET_NULL, null=True, blank=True
    )
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    upto = models.BigIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="contacts_bulk_runs_alone",
                condition=Q(status="running"),
            ),
            models.CheckConstraint(
                name="contacts_bulk_running_has_lease",
                condition=Q(status="running", lease_until__isnull=False)
                | (~Q(status="running") & Q(lease_until__isnull=True)),
            ),
        ]
        indexes = [
            # The worker's look for work, and the contacts page's for what is under way.
            models.Index(
                fields=["account", "id"],
                name="contacts_bulk_open",
                condition=Q(status__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.total:,} contacts"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.OPEN

    def cancel(self, *, now: datetime) -> bool:
        """Stop it; what is done stays. False when it had ended."""
        rows = BulkJob.objects.filter(pk=self.pk, status__in=self.OPEN)
        ended = {"status": self.Status.CANCELLED, "finished_at": now, "lease_until": None}
        return bool(rows.update(**ended))

    def hold(self, **values: Any) -> bool:
        """Write as the worker that holds the claim; False when the job is lost to it."""
        held = BulkJob.objects.filter(
            pk=self.pk, attempt=self.attempt, status=self.Status.RUNNING
        )
        for name, value in values.items():
            setattr(self, name, value)
        return bool(held.update(**values))
