"""A large export on its way into a file."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from promoter.accounts.jobs import Job, JobQuerySet, job_constraints
from promoter.accounts.models import Account
from promoter.lib.exporting import Form

KEPT = timedelta(days=7)
UNCOUNTED = 0
"""As `total`: there are too many rows to count them in time."""
FORMS = ((Form.CSV.value, "CSV"), (Form.JSON_LINES.value, "JSON Lines"))


class What(models.TextChoices):
    """What is exported, and through which page's filter."""

    CONTACTS = "contacts", _("Contacts")
    RESPONSES = "responses", _("Responses")
    CASES = "inbox", _("Responses in the inbox")
    SURVEYS = "surveys", _("Surveys")


class ExportJobQuerySet(JobQuerySet["ExportJob"]):
    """Sets of exports."""

    def under_way(self) -> ExportJobQuerySet:
        return self.filter(status__in=ExportJob.OPEN)

    def over(self, *, now: datetime) -> ExportJobQuerySet:
        """Those whose file was kept long enough."""
        return self.filter(finished_at__lt=now - KEPT)


class ExportJob(Job):
    """One file that somebody asked for, until it is removed.

    CSV is read twice: `names` gathers every attribute first (`looked` rows so far), since
    the header names them; it is None until then. `place` is where the next part begins
    and `size` how much of the file is certain: both move in one transaction, after the
    part is on the disk, so that a killed worker's file goes on without a hole and without
    a row twice.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    TURN = ("pk",)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="exports")
    what = models.CharField(max_length=10, choices=What)
    form = models.CharField(max_length=6, choices=FORMS)
    query = models.TextField(blank=True, help_text="The filter, as in the page's address.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    stored_name = models.CharField(max_length=40, unique=True, editable=False)
    names = models.JSONField(null=True, blank=True, editable=False)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    looked = models.PositiveBigIntegerField(default=0)
    seen = models.PositiveBigIntegerField(default=0)
    place = models.JSONField(default=list, blank=True, editable=False)
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")

    objects = ExportJobQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints = job_constraints("surveys_export")
        indexes = [
            # The worker's look for work: nothing but what waits or runs.
            models.Index(
                fields=["id"],
                name="surveys_export_open",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}, {self.get_form_display()}"

    @property
    def is_done(self) -> bool:
        return self.status == self.Status.DONE

    @property
    def file_name(self) -> str:
        """As the person's disk names it."""
        return f"{self.what}-{self.created_at:%Y-%m-%d}.{self.form}"

    @property
    def kept_until(self) -> datetime | None:
        return self.finished_at + KEPT if self.finished_at else None

    @property
    def percent(self) -> int:
        """How much of the work is done; rows that came meanwhile don't make it more. 0
        where nobody knows how much there is."""
        if self.is_done:
            return 100
        passes = 2 if self.form == Form.CSV else 1
        whole = passes * (self.total or 0)
        return min(99, 100 * (self.looked + self.seen) // whole) if whole else 0
