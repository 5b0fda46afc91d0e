"""Where the traits and other objects stand in the body of an event."""

from __future__ import annotations

from typing import Any

from contacts.attributes import TIME_ZONE_NAMES, time_zone_in


def traits_of(body: Any) -> dict[str, Any]:
    """`traits` over `context.traits`: some clients fill only the latter."""
    return mapping_in(mapping_in(body, "context"), "traits") | mapping_in(body, "traits")


def attributes_of(body: Any) -> dict[str, Any]:
    """What an identify says of the person: the traits, and as `timezone` the zone of the
    device in `context.timezone`, unless the traits name a zone themselves."""
    traits = traits_of(body)
    zone = {"timezone": mapping_in(body, "context").get("timezone")}
    named = any(name in traits for name in TIME_ZONE_NAMES)
    return traits if named or time_zone_in(zone) is None else traits | zone


def mapping_in(body: Any, name: str) -> dict[str, Any]:
    """The object of that name, empty where there is none."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}
