"""Daily sums, from which reports of years are read in milliseconds.

A sum may be stale in two ways only, and both are known: its day is not before
`Rollup.through`, or it stands in DirtyDay. Reports read such days from the rows themselves
(surveys.daily_sums.coverage), so a figure is exact whether or not a worker has been by.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from campaigns.models import Campaign
from promoter.accounts.models import Account

MAX_VALUE = 200
"""Characters of an attribute's value that reports tell apart."""

SCORE_COLUMNS = tuple(f"s{score}" for score in range(11))
COHORT_COLUMNS = ("asked", "bounced", "answered")


class Rollup(models.Model):
    """How far one account's figures are summed up: as a whole (`key` empty), or by one
    attribute that reports group by.

    `through` is the first day, in `zone`, that is not summed up; None before the first
    run. What became of the mails is known until a day before: answers to yesterday's come
    all the time. `has_many_values`: more than have a row each; then there are ValueSums.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rollups")
    key = models.CharField(max_length=255, blank=True)
    zone = models.CharField(max_length=64)
    through = models.DateField(null=True, blank=True)
    has_many_values = models.BooleanField(default=False)

    class Meta:
        ordering = ["account", "key"]
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="surveys_rollup_once")
        ]

    def __str__(self) -> str:
        return f"rollup of {self.key or 'everything'} through {self.through}"


class DirtyDay(models.Model):
    """One day of an account's zone whose sums no longer hold: something that it counts
    was changed later. The row is gone when the day is summed up anew."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="dirty_days"
    )
    day = models.DateField()
    marked_at = models.DateTimeField()

    class Meta:
        ordering = ["account", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day"], name="surveys_dirty_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class DailySums(models.Model):
    """What both kinds of sums have in common: whose they are, and of which day.

    `key` and `value` are both empty for everybody; else the sums are of those whose
    attribute `key` was `value`, empty for who had none.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255, blank=True)
    value = models.CharField(max_length=MAX_VALUE, blank=True)
    day = models.DateField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day} {self.key} {self.value}".rstrip()


class DailyScores(DailySums):
    """How many people of one day (by `responded_at`) gave 0, 1, ... 10.

    `is_latest`: only those who have not answered another survey since.
    """

    is_latest = models.BooleanField(default=False)
    s0 = models.PositiveIntegerField(default=0)
    s1 = models.PositiveIntegerField(default=0)
    s2 = models.PositiveIntegerField(default=0)
    s3 = models.PositiveIntegerField(default=0)
    s4 = models.PositiveIntegerField(default=0)
    s5 = models.PositiveIntegerField(default=0)
    s6 = models.PositiveIntegerField(default=0)
    s7 = models.PositiveIntegerField(default=0)
    s8 = models.PositiveIntegerField(default=0)
    s9 = models.PositiveIntegerField(default=0)
    s10 = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["account", "day"]
        indexes: ClassVar = [
            # Every report: one account's sums of one kind within days.
            models.Index(
                fields=["account", "key", "is_latest", "day"], name="surveys_daily_scores"
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "key", "day", "campaign", "value", "is_latest"],
                name="surveys_daily_scores_once",
            )
        ]


class DailyCohort(DailySums):
    """Of the surveys whose invitation went out on one day: how many went out, how many
    came back undeliverable and how many were answered, whenever."""

    asked = models.PositiveIntegerField(default=0)
    bounced = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["account", "day"]
        constraints: ClassVar = [
            # Serves the reports too: one account's sums of one kind within days.
            models.UniqueConstraint(
                fields=["account", "key", "day", "campaign", "value"],
                name="surveys_daily_cohort_once",
            )
        ]


class ValueSums(models.Model):
    """Of an attribute with very many values the sums of all values, over the 2^`level`
    days from `day` on, which is a multiple of that: see surveys.daily_sums.value_sums.

    Both are JSON of value -> three numbers in one: promoters, passives and detractors by
    the day of the answer; asked, undeliverable and answered by the day of the mail.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    level = models.PositiveSmallIntegerField()
    day = models.DateField()
    scores = models.BinaryField()
    cohorts = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["account", "key", "level", "day"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "key", "level", "day"], name="surveys_value_sums_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of {2**self.level} days from {self.day}"
