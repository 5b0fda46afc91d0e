"""Time zones by their tzdata names."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext


def zone_or_none(name: str) -> ZoneInfo | None:
    """The zone of that name, or None: names from outside may be anything."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def validate_zone(name: str) -> None:
    """Raises ValidationError unless tzdata knows the name."""
    if zone_or_none(name) is None:
        raise ValidationError(
            gettext(
                "%(name)s is not a time zone we know. Use a name such as Europe/Berlin."
            ),
            params={"name": name},
        )
