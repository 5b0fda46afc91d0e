"""Signs of life of the processes in the background, left in the database.

Not in the broker: who asks must hear of a broker that is away, and an installation's
state is in one place.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """One worker that runs, or died without a word; who stops in order takes its row."""

    name = models.CharField(max_length=255, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text=_("When it last said that it is there."))

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.name


class TaskRun(models.Model):
    """How one periodic task has fared, over all workers.

    Written a few times a minute at most: the counts lag by as much, and lose what a killed
    worker had not written.
    """

    task = models.CharField(max_length=255, unique=True)
    done_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it last ended well.")
    )
    seconds = models.FloatField(default=0, help_text=_("How long that took."))
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(
        max_length=200, blank=True, help_text=_("The kind of its last failure.")
    )
    runs = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["task"]

    def __str__(self) -> str:
        return self.task
