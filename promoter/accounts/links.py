"""Where an account's pages may send the people who answer: only to hosts it has named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

MOST_HOSTS = 50
_HOST = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


class BadHost(ValueError):
    """The text names no host."""


def read_host(text: str) -> str:
    """The host that a line names, also when somebody pasted a whole address.

    Lower case, in the letters of the domain name system. Raises BadHost.
    """
    text = text.strip().lower().removeprefix("*.")
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
        host = host.rstrip(".").encode("idna").decode("ascii")
    except ValueError:
        raise BadHost(text) from None
    if not _HOST.fullmatch(host):
        raise BadHost(text)
    return host


def host_of(url: str) -> str | None:
    """The host of an https address, without a name or password before it; else None."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or "@" in parts.netloc or "\\" in url or not parts.hostname:
        return None
    try:
        return read_host(parts.hostname)
    except BadHost:
        return None


def is_allowed(url: str, *, hosts: Sequence[str]) -> bool:
    """Whether the address leads to one of the hosts, or to what belongs to one of them."""
    host = host_of(url)
    return host is not None and any(
        host == allowed or host.endswith(f".{allowed}") for allowed in hosts
    )
