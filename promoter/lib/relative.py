"""How long ago, in words that fit into a line."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext_lazy

A_MOMENT = timedelta(seconds=45)
A_WEEK = timedelta(days=7)
# Days as pages write them, in the letters of Django's date filter -> as this language
# orders and dots them.
DAY_FORMATS = {
    "j": pgettext_lazy("date format", "j"),
    "j M": pgettext_lazy("date format", "j M"),
    "j F": pgettext_lazy("date format", "j F"),
    "j M Y": pgettext_lazy("date format", "j M Y"),
    "j F Y": pgettext_lazy("date format", "j F Y"),
    "j F Y, H:i": pgettext_lazy("date format", "j F Y, H:i"),
    "l, j F Y": pgettext_lazy("date format", "l, j F Y"),
    "l, j F Y, H:i:s T": pgettext_lazy("date format", "l, j F Y, H:i:s T"),
}


def relative_time(then: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`5 min ago`, `in 3 days`; from a week on the day itself, as the zone sees it."""
    distance = abs(now - then)
    if distance < A_MOMENT:
        return gettext("just now") if then <= now else gettext("in a moment")
    if distance >= A_WEEK:
        return short_date(then, now=now, zone=zone)
    words = {"amount": _amount(distance)}
    if then <= now:
        return gettext("%(amount)s ago") % words
    return gettext("in %(amount)s") % words


def short_date(then: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`3 Dec`, with the year unless it is this one."""
    local = then.astimezone(zone)
    is_this_year = local.year == now.astimezone(zone).year
    return written_day(local, "j M" if is_this_year else "j M Y")


def exact_time(then: datetime, *, zone: tzinfo) -> str:
    """`Thursday, 3 December 2026, 14:05:09 CET`."""
    return written_day(then.astimezone(zone), "l, j F Y, H:i:s T")


def written_day(day: date, form: str) -> str:
    """The day in one of DAY_FORMATS, in the language that is on."""
    return date_format(day, str(DAY_FORMATS[form]))


def _amount(distance: timedelta) -> str:
    """Rounded to the unit: 45 s are one minute, 36 h are two days."""
    seconds = distance.total_seconds()
    minutes = round(seconds / 60)
    if minutes < 60:
        return gettext("%(count)s min") % {"count": max(minutes, 1)}
    hours = round(seconds / 3600)
    if hours < 24:
        return gettext("%(count)s h") % {"count": hours}
    days = round(seconds / 86400)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
