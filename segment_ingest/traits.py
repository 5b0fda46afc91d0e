"""Where the traits and other objects stand in the body of an event."""

from __future__ import annotations

from typing import Any


def traits_of(body: Any) -> dict[str, Any]:
    """`traits` over `context.traits`: some clients fill only the latter."""
    return mapping_in(mapping_in(body, "context"), "traits") | mapping_in(body, "traits")


def mapping_in(body: Any, name: str) -> dict[str, Any]:
    """The object of that name, empty where there is none."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}
