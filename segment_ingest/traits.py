"""Where the traits and other objects stand in the body of an event."""

from __future__ import annotations

from typing import Any

from campaigns.languages import LANGUAGE_NAMES, find_language
from contacts.attributes import TIME_ZONE_NAMES, time_zone_in


def traits_of(body: Any) -> dict[str, Any]:
    """`traits` over `context.traits`: some clients fill only the latter."""
    return mapping_in(mapping_in(body, "context"), "traits") | mapping_in(body, "traits")


def attributes_of(body: Any) -> dict[str, Any]:
    """What an identify says of the person: the traits, and as `timezone` and `locale` what
    the device says in `context`, unless the traits name a zone or a language themselves."""
    traits, context = traits_of(body), mapping_in(body, "context")
    zone, locale = context.get("timezone"), context.get("locale")
    device = {}
    if time_zone_in({"timezone": zone}) and traits.keys().isdisjoint(TIME_ZONE_NAMES):
        device["timezone"] = zone
    if find_language(locale) and traits.keys().isdisjoint(LANGUAGE_NAMES):
        device["locale"] = locale
    return traits | device


def mapping_in(body: Any, name: str) -> dict[str, Any]:
    """The object of that name, empty where there is none."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}
