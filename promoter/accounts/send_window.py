"""When survey mail may go out: the columns of a window, for accounts and campaigns."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Sequence
from datetime import time

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

    @property
    def has_send_window(self) -> bool:
        """Whether any of it is set."""
        hours = (self.send_from, self.send_until)
        return bool(self.send_days) or any(hour is not None for hour in hours)

    @property
    def is_any_time(self) -> bool:
        """Whether the window never closes; so where nothing is set."""
        hours = (self.send_from or time.min, self.send_until or time.min)
        return hours == (time.min, time.min) and not len(set(self.send_days)) % 7

    @property
    def window_words(self) -> str:
        """`Monday to Friday, 09:00 to 17:00`, `at any time`; "" where nothing is set."""
        if not self.has_send_window:
            return ""
        start = self.send_from or time.min
        end = self.send_until or time.min
        if start == end == time.min:
            some = len(set(self.send_days)) % len(day_name)
            return weekday_words(self.send_days) if some else "at any time"
        until = "midnight" if end == time.min else f"{end:%H:%M}"
        if time.min < end <= start:
            until += " the next day"
        return f"{weekday_words(self.send_days)}, {start:%H:%M} to {until}"


def weekday_words(days: Sequence[int]) -> str:
    """`Monday to Friday`, `Tuesday and Thursday`; none of them means every day."""
    chosen = sorted(set(days))
    if not chosen or len(chosen) == len(day_name):
        return "every day"
    if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
        return f"{day_name[chosen[0]]} to {day_name[chosen[-1]]}"
    names = [day_name[day] for day in chosen]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
