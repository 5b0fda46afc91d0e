"""How long ago, in words that fit into a line."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

A_MOMENT = timedelta(seconds=45)
A_WEEK = timedelta(days=7)


def relative_time(then: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`5 min ago`, `in 3 days`; from a week on the day itself, as the zone sees it."""
    distance = abs(now - then)
    if distance < A_MOMENT:
        return "just now" if then <= now else "in a moment"
    if distance >= A_WEEK:
        return short_date(then, now=now, zone=zone)
    words = _amount(distance)
    return f"{words} ago" if then <= now else f"in {words}"


def short_date(then: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`3 Dec`, with the year unless it is this one."""
    local = then.astimezone(zone)
    day = f"{local.day} {local:%b}"
    return day if local.year == now.astimezone(zone).year else f"{day} {local.year}"


def exact_time(then: datetime, *, zone: tzinfo) -> str:
    """`Thursday, 3 December 2026, 14:05:09 CET`."""
    local = then.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B %Y, %H:%M:%S %Z}"


def _amount(distance: timedelta) -> str:
    """Rounded to the unit: 45 s are one minute, 36 h are two days."""
    seconds = distance.total_seconds()
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    hours = round(seconds / 3600)
    if hours < 24:
        return f"{hours} h"
    days = round(seconds / 86400)
    return "1 day" if days == 1 else f"{days} days"
