"""When a campaign to a list asks: its beginning, its distribution, its repeats."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

MIN_REPEAT_DAYS = 30
MAX_REPEAT_DAYS = 365
MAX_SPREAD_DAYS = 365


class ListColumns(models.Model):
    """Of a campaign to a list; the other kinds leave them as they are."""

    start_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a campaign to a list begins; empty for at once.",
    )
    spread_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_SPREAD_DAYS)],
        help_text="Over how many days a list is asked, evenly; 0 asks all at once.",
    )
    repeat_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(MIN_REPEAT_DAYS),
            MaxValueValidator(MAX_REPEAT_DAYS),
        ],
        help_text="How often a recurring campaign asks each contact, in days of 24 hours.",
    )
    enrolled_to = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="The last place in the list that the campaign has come to.",
    )
    enrolled_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it had come to the end.",
    )

    class Meta:
        abstract = True

    @property
    def has_begun(self) -> bool:
        """Whether it has come to somebody in its list."""
        return bool(self.enrolled_to) or self.enrolled_at is not None
