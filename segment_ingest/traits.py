"""Where the traits stand in the body of an event."""

from __future__ import annotations

from typing import Any


def traits_of(body: Any) -> dict[str, Any]:
    """`traits` over `context.traits`: some clients fill only the latter."""
    return _mapping(_mapping(body, "context"), "traits") | _mapping(body, "traits")


def _mapping(body: Any, name: str) -> dict[str, Any]:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}
