"""An uploaded CSV file on its way into an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from promoter.accounts.models import Account
from promoter.lib.csv_reading import Format

# A dead worker's job is taken up again after this time. A chunk takes a second at most.
LEASE = timedelta(seconds=60)
RESULT_KEPT = timedelta(days=7)
UNSTARTED_KEPT = timedelta(days=1)


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    """Sets of imports."""

    def waiting(self, *, now: datetime) -> ImportJobQuerySet:
        """Queued, or left behind by a worker that died; oldest first."""
        return self.filter(
            Q(status=ImportJob.Status.QUEUED)
            | Q(status=ImportJob.Status.RUNNING, lease_until__lt=now)
        ).order_by("queued_at", "pk")

    def prunable(self, *, now: datetime) -> ImportJobQuerySet:
        """With files whose time is over: never started, or done some days ago."""
        return self.filter(files_removed_at=None).filter(
            Q(status=ImportJob.Status.UPLOADED, created_at__lt=now - UNSTARTED_KEPT)
            | Q(finished_at__lt=now - RESULT_KEPT)
        )

    def claim(self, *, now: datetime) -> ImportJob | None:
        """Take the oldest waiting job, or None. At most one runs in each account: the
        constraint says so to two workers that claim two of its jobs at once."""
        for job in self.waiting(now=now)[:20]:
            try:
                with transaction.atomic():
                    claimed = self.filter(
                        pk=job.pk, attempt=job.attempt, status=job.status
                    ).update(
                        status=ImportJob.Status.RUNNING,
                        attempt=F("attempt") + 1,
                        lease_until=now + LEASE,
                    )
            except IntegrityError:
                continue
            if claimed:
                return self.select_related("account", "contact_list").get(pk=job.pk)
        return None


class ImportJob(models.Model):
    """One uploaded file, from the upload to its report.

    uploaded -> queued -> running -> done | failed; a person may cancel until it is done.
    `rows_done` is the cursor: it moves in the transaction that stores the rows before it,
    so that a killed worker's job goes on where it stopped and no row counts twice.
    `attempt` fences: a worker that holds an older one has lost the job.
    """

    class Kind(models.TextChoices):
        CONTACTS = "contacts", "Contacts"
        SUPPRESSIONS = "suppressions", "Suppressions"

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Not started"
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Duplicates(models.TextChoices):
        UPDATE = "update", "Update them with what the file says"
        SKIP = "skip", "Leave them as they are"

    OPEN = (Status.UPLOADED, Status.QUEUED, Status.RUNNING)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CONTACTS)
    status = models.CharField(max_length=10, choices=Status, default=Status.UPLOADED)
    file_name = models.CharField(max_length=200, help_text="As the person's disk names it.")
    stored_name = models.CharField(max_length=40, unique=True, editable=False)
    encoding = models.CharField(max_length=12)
    delimiter = models.CharField(max_length=1)
    has_header = models.BooleanField(default=True)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=list)
    duplicates = models.CharField(
        max_length=6, choices=Duplicates, default=Duplicates.UPDATE
    )
    contact_list = models.ForeignKey(
        "contacts.ContactList", on_delete=models.SET_NULL, null=True, blank=True
    )
    reason = models.CharField(
        max_length=12, blank=True, help_text="Of suppressions: why, where no column says."
    )
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejected_bytes = models.PositiveBigIntegerField(
        default=0, help_text="How much of the file of rejected rows is certain."
    )
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    files_removed_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="contacts_import_runs_alone",
                condition=Q(status="running"),
            ),
            models.CheckConstraint(
                name="contacts_import_running_has_lease",
                condition=Q(status="running", lease_until__isnull=False)
                | (~Q(status="running") & Q(lease_until__isnull=True)),
            ),
        ]
        indexes = [
            # The worker's look for work: nothing but what waits or runs.
            models.Index(
                fields=["queued_at", "id"],
                name="contacts_import_waiting",
                condition=Q(status__in=["queued", "running"]),
            ),
            # The imports page, newest first.
            models.Index(fields=["account", "-id"], name="contacts_import_latest"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_under_way(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def form(self) -> Format:
        return Format(encoding=self.encoding, delimiter=self.delimiter)

    @property
    def written_as(self) -> str:
        """How the file is written, as a person says it."""
        marks = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
        encoding = self.encoding.removesuffix("-sig").upper()
        return f"{encoding}, cut at {marks.get(self.delimiter, self.delimiter)}"

    def queue(self, *, now: datetime) -> bool:
        """Hand the settled job to the workers; False when somebody did so already."""
        self.queued_at = now
        return self._move(
            (self.Status.UPLOADED,),
            status=self.Status.QUEUED,
            queued_at=now,
            mapping=self.mapping,
            duplicates=self.duplicates,
            contact_list=self.contact_list,
            reason=self.reason,
        )

    def cancel(self, *, now: datetime) -> bool:
        """Stop it; what is imported stays. A worker in the middle of a chunk loses it."""
        return self._move(
            self.OPEN, status=self.Status.CANCELLED, finished_at=now, lease_until=None
        )

    def hold(self, **values: Any) -> bool:
        """Write as the worker that holds the claim; False when the job is lost to it."""
        held = ImportJob.objects.filter(
            pk=self.pk, attempt=self.attempt, status=self.Status.RUNNING
        )
        for name, value in values.items():
            setattr(self, name, value)
        return bool(held.update(**values))

    def _move(self, before: tuple[Status, ...], **values: Any) -> bool:
        """From one of these states, whoever else may be pressing a button."""
        rows = ImportJob.objects.filter(pk=self.pk, status__in=before)
        return bool(rows.update(**values))
