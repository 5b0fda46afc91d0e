"""One act on very many contacts, on its way through them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.jobs import Job, JobQuerySet, job_constraints
from promoter.accounts.models import Account

# Until then one that failed can be tried again; then it forgets whom it meant.
RETRIED = timedelta(days=7)


class BulkJobQuerySet(JobQuerySet["BulkJob"]):
    """Sets of bulk acts."""

    def under_way(self) -> BulkJobQuerySet:
        return self.filter(status__in=BulkJob.OPEN)

    def forget_failed(self, *, now: datetime) -> int:
        """Forget whom those meant that nobody tries again any more; how many."""
        over = self.filter(status=BulkJob.FAILED, finished_at__lt=now - RETRIED)
        return over.exclude(query="").update(**BulkJob.FORGOTTEN)


class BulkJob(Job):
    """One act on all contacts that were chosen, from the press of the button to its end.

    `cursor` is the last contact's id. `upto` is the highest id there was: who comes later
    is not meant.
    """

    class Act(models.TextChoices):
        ADD = "add", _("Add to a list")
        REMOVE = "remove", _("Remove from a list")
        STOP = "stop", _("Stop mailing")
        ERASE = "erase", _("Erase")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    TURN = ("pk",)
    # The filter may be the address of somebody who is erased.
    FORGOTTEN: ClassVar[dict[str, Any]] = {"query": ""}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="bulk_jobs")
    act = models.CharField(max_length=8, choices=Act)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    query = models.TextField(
        blank=True, help_text=_("The filter, as in the page's address.")
    )
    chosen = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Ids that were ticked; none: all of the filter."),
    )
    contact_list = models.ForeignKey(
        "contacts.ContactList", on_delete=models.SET_NULL, null=True, blank=True
    )
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    upto = models.BigIntegerField(default=0)

    objects = BulkJobQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints = job_constraints("contacts_bulk")
        indexes = [
            # The worker's look for work, and the contacts page's for what is under way.
            models.Index(
                fields=["account", "id"],
                name="contacts_bulk_open",
                condition=Q(status__in=["queued", "running"]),
            )
        ]

    def retry(self, *, now: datetime) -> bool:
        """As long as it knows whom it meant: without its filter it would mean everybody."""
        is_young = self.finished_at is not None and now - self.finished_at < RETRIED
        return is_young and super().retry(now=now)

    def __str__(self) -> str:
        return gettext("%(act)s: %(total)s contacts") % {
            "act": self.get_act_display(),
            "total": intcomma(self.total),
        }
