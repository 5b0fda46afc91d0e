"""Long work in the background: a row that workers claim, do a part of, and pass on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

# A dead worker's job is taken up again after this time. A part takes a second at most.
LEASE = timedelta(seconds=60)

SomeJob = TypeVar("SomeJob", bound="Job")


class JobQuerySet(models.QuerySet[SomeJob]):
    """Sets of jobs of one kind."""

    def waiting(self, *, now: datetime) -> models.QuerySet[SomeJob]:
        """Not begun, or left behind by a worker that died; oldest first."""
        return self.filter(
            Q(status=self.model.WAITS) | Q(status=Job.RUNNING, lease_until__lt=now)
        ).order_by(*self.model.TURN)

    def claim(self, *, now: datetime) -> SomeJob | None:
        """Take the oldest waiting one, or None. At most one runs in each account: the
        constraint says so to two workers that claim two of its jobs at once."""
        for job in self.waiting(now=now)[:20]:
            try:
                with transaction.atomic():
                    claimed = self.filter(
                        pk=job.pk, attempt=job.attempt, status=job.status
                    ).update(
                        status=Job.RUNNING,
                        attempt=F("attempt") + 1,
                        lease_until=now + LEASE,
                    )
            except IntegrityError:
                continue
            if claimed:
                return self.select_related("account").get(pk=job.pk)
        return None


def job_constraints(prefix: str) -> list[models.BaseConstraint]:
    """At most one running in each account; who runs holds a lease, and nobody else."""
    return [
        models.UniqueConstraint(
            fields=["account"],
            name=f"{prefix}_runs_alone",
            condition=Q(status="running"),
        ),
        models.CheckConstraint(
            name=f"{prefix}_running_has_lease",
            condition=Q(status="running", lease_until__isnull=False)
            | (~Q(status="running") & Q(lease_until__isnull=True)),
        ),
    ]


class Job(models.Model):
    """One piece of work of one account, from the press of the button to its end.

    WAITS -> running -> done | failed; a person may cancel it while it is OPEN. Each kind
    names its own states and its cursor, which moves in the transaction that does the part
    before it, so that a killed worker's job goes on where it stopped. `attempt` fences: a
    worker that holds an older one has lost the job.
    """

    RUNNING: ClassVar[str] = "running"
    FAILED: ClassVar[str] = "failed"
    CANCELLED: ClassVar[str] = "cancelled"
    WAITS: ClassVar[str] = "queued"
    OPEN: ClassVar[tuple[str, ...]] = ("queued", "running")
    TURN: ClassVar[tuple[str, ...]] = ("queued_at", "pk")
    # What is written over at the end, because nobody needs it any more; of one that failed
    # not yet: it may be tried again.
    FORGOTTEN: ClassVar[dict[str, Any]] = {}

    # Each kind has an account, under a related name of its own, and its choices of status.
    status = models.CharField(max_length=10, default="queued")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-id"]

    @property
    def is_under_way(self) -> bool:
        return self.status in (self.WAITS, self.RUNNING)

    def cancel(self, *, now: datetime) -> bool:
        """Stop it; what is done stays. A worker in the middle of a part loses it. False
        when it had ended."""
        return self.move(
            self.OPEN,
            status=self.CANCELLED,
            finished_at=now,
            lease_until=None,
            **self.FORGOTTEN,
        )

    def retry(self, *, now: datetime) -> bool:
        """Have a failed one go on where it stopped; False when it can't."""
        return self.move((self.FAILED,), status=self.WAITS, error="", finished_at=None)

    def move(self, before: tuple[str, ...], **values: Any) -> bool:
        """From one of these states, whoever else may be pressing a button."""
        rows = type(self)._default_manager.filter(pk=self.pk, status__in=before)
        return bool(rows.update(**values))

    def hold(self, **values: Any) -> bool:
        """Write as the worker that holds the claim; False when the job is lost to it."""
        held = type(self)._default_manager.filter(
            pk=self.pk, attempt=self.attempt, status=self.RUNNING
        )
        for name, value in values.items():
            setattr(self, name, value)
        return bool(held.update(**values))

    def renew(self, *, now: datetime, **values: Any) -> bool:
        """Hold it for another part. First of all in its transaction: it locks the row, so
        that a worker who slept through its lease touches nothing."""
        return self.hold(lease_until=now + LEASE, **values)

    def give_back(self) -> bool:
        """Time is up: let the next worker go on."""
        return self.hold(status=self.WAITS, lease_until=None)

    def finish(self, status: str, *, now: datetime, error: str = "") -> bool:
        forgotten = {} if status == self.FAILED else self.FORGOTTEN
        return self.hold(
            status=status,
            error=error,
            finished_at=now,
            lease_until=None,
            **forgotten,
        )
