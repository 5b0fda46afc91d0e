"""When survey mail may go out: the columns of a window, for accounts and campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def validate_weekdays(days: object) -> None:
    """Raises ValidationError unless it is a list of numbers, 0 for Monday to 6."""
    if not isinstance(days, list) or any(
        isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= 6
        for day in days
    ):
        raise ValidationError(gettext("Choose from Monday (0) to Sunday (6)."))


class SendWindowColumns(models.Model):
    """Weekdays and hours, by the contact's clock; empty columns allow any."""

    send_days = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_weekdays],
        help_text=_("0 is Monday; empty for every day."),
    )
    send_from = models.TimeField(
        null=True, blank=True, help_text=_("Empty: from 00:00 on.")
    )
    send_until = models.TimeField(null=True, blank=True, help_text=_("Empty: to midnight."))

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
            some = len(set(self.send_days)) % len(WEEKDAYS)
            return weekday_words(self.send_days) if some else gettext("at any time")
        sentence = gettext("%(days)s, %(start)s to %(end)s")
        if end == time.min:
            sentence = gettext("%(days)s, %(start)s to midnight")
        elif end <= start:
            sentence = gettext("%(days)s, %(start)s to %(end)s the next day")
        return sentence % {
            "days": weekday_words(self.send_days),
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
        }


def weekday_words(days: Sequence[int]) -> str:
    """`Monday to Friday`, `Tuesday and Thursday`; none of them means every day."""
    chosen = sorted(set(days))
    if not chosen or len(chosen) == len(WEEKDAYS):
        return gettext("every day")
    names = [str(WEEKDAYS[day]) for day in chosen]
    ends = {"first": names[0], "last": names[-1]}
    if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
        return gettext("%(first)s to %(last)s") % ends
    if len(names) == 1:
        return names[0]
    return gettext("%(first)s and %(last)s") % (ends | {"first": ", ".join(names[:-1])})
