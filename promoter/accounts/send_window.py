"""When survey mail may go out: the columns of a window, for accounts and campaigns."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models


def validate_weekdays(days: object) -> None:
    """Raises ValidationError unless it is a list of numbers, 0 for Monday to 6."""
    if not isinstance(days, list) or any(
        isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= 6
        for day in days
    ):
        raise ValidationError("Choose from Monday (0) to Sunday (6).")


class SendWindowColumns(models.Model):
    """Weekdays and hours, by the contact's clock; empty columns allow any."""

    send_days = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_weekdays],
        help_text="0 is Monday; empty for every day.",
    )
    send_from = models.TimeField(null=True, blank=True, help_text="Empty: from 00:00 on.")
    send_until = models.TimeField(null=True, blank=True, help_text="Empty: to midnight.")

    class Meta:
        abstract = True
