"""The addresses of the Tracking API; the short ones are those of the browser library."""

from __future__ import annotations

CALLS = {
    "v1/identify": "identify",
    "v1/i": "identify",
    "v1/track": "track",
    "v1/t": "track",
    "v1/page": "page",
    "v1/p": "page",
    "v1/screen": "screen",
    "v1/s": "screen",
    "v1/group": "group",
    "v1/g": "group",
    "v1/alias": "alias",
    "v1/a": "alias",
    "v1/batch": "batch",
    "v1/b": "batch",
    "v1/import": "batch",
    "sdk/batch": "batch",
}
