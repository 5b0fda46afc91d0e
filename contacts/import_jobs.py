"""An uploaded CSV file on its way into an account."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.jobs import Job, JobQuerySet, job_constraints
from promoter.accounts.models import Account
from promoter.lib.csv_reading import Format

RESULT_KEPT = timedelta(days=7)
UNSTARTED_KEPT = timedelta(days=1)


class ImportJobQuerySet(JobQuerySet["ImportJob"]):
    """Sets of imports."""

    def prunable(self, *, now: datetime) -> ImportJobQuerySet:
        """With files whose time is over: never started, or done some days ago."""
        return self.filter(files_removed_at=None).filter(
            Q(status=ImportJob.Status.UPLOADED, created_at__lt=now - UNSTARTED_KEPT)
            | Q(finished_at__lt=now - RESULT_KEPT)
        )


class ImportJob(Job):
    """One uploaded file, from the upload to its report.

    It is uploaded before it is queued. `rows_done` is the cursor, so that no row counts
    twice. What its kind can take back again (contacts.importing.kinds) may be undone once
    it has ended: it is queued once more then, with `is_undoing`.
    """

    class Kind(models.TextChoices):
        CONTACTS = "contacts", _("Contacts")
        SUPPRESSIONS = "suppressions", _("Suppressions")
        ANSWERS = "answers", _("Past answers")

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Not started")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDONE = "undone", _("Undone")

    class Duplicates(models.TextChoices):
        UPDATE = "update", _("Update them with what the file says")
        SKIP = "skip", _("Leave them as they are")

    OPEN = (Status.UPLOADED, Status.QUEUED, Status.RUNNING)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CONTACTS)
    status = models.CharField(max_length=10, choices=Status, default=Status.UPLOADED)
    file_name = models.CharField(
        max_length=200, help_text=_("As the person's disk names it.")
    )
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
        max_length=12,
        blank=True,
        help_text=_("Of suppressions: why, where no column says."),
    )
    chosen = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Of past answers: their campaign, and how dates are read."),
    )
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(
        default=0,
        help_text=_("Rows that name a person whom a row before names."),
    )
    rejected_bytes = models.PositiveBigIntegerField(
        default=0, help_text=_("How much of the file of rejected rows is certain.")
    )
    is_undoing = models.BooleanField(default=False)
    undone = models.PositiveIntegerField(
        default=0, help_text=_("How much of what it created is taken back.")
    )
    queued_at = models.DateTimeField(null=True, blank=True)
    files_removed_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints = job_constraints("contacts_import")
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
    def form(self) -> Format:
        return Format(encoding=self.encoding, delimiter=self.delimiter)

    @property
    def written_as(self) -> str:
        """How the file is written, as a person says it."""
        marks = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
        encoding = self.encoding.removesuffix("-sig").upper()
        return gettext("%(encoding)s, cut at %(mark)s") % {
            "encoding": encoding,
            "mark": marks.get(self.delimiter, self.delimiter),
        }

    def queue(self, *, now: datetime) -> bool:
        """Hand the settled job to the workers; False when somebody did so already."""
        self.queued_at = now
        return self.move(
            (self.Status.UPLOADED,),
            status=self.Status.QUEUED,
            queued_at=now,
            mapping=self.mapping,
            duplicates=self.duplicates,
            contact_list=self.contact_list,
            reason=self.reason,
            chosen=self.chosen,
        )

    def undo(self, *, now: datetime) -> bool:
        """Have what it created taken back; False while it runs, or when it is undone."""
        return self.move(
            (self.Status.DONE, self.Status.FAILED, self.Status.CANCELLED),
            status=self.Status.QUEUED,
            is_undoing=True,
            queued_at=now,
            error="",
            finished_at=None,
        )

    def retry(self, *, now: datetime) -> bool:
        """As long as its file is there."""
        return self.files_removed_at is None and self.move(
            (self.Status.FAILED,),
            status=self.Status.QUEUED,
            queued_at=now,
            error="",
            finished_at=None,
        )
