"""TXT records of the public DNS, asked for under one time limit."""

from __future__ import annotations

import time
from functools import cached_property

import dns.exception
import dns.resolver

SECONDS = 3.0


class NotAnswered(Exception):
    """No name server said anything, not even that there is nothing."""


class TextLookup:
    """Look-ups of one person's question: all of them together end within the limit.

    `server` is the address and port of a resolver; None takes the machine's own.
    """

    def __init__(self, *, server: tuple[str, int] | None, seconds: float = SECONDS) -> None:
        self._server = server
        self._until = time.monotonic() + seconds

    def texts(self, name: str) -> list[str]:
        """The records at the name, none when there is no such name. Raises NotAnswered."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise NotAnswered
        try:
            answer = self._resolver.resolve(
                name, "TXT", lifetime=left, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NotAnswered from error
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]

    @cached_property
    def _resolver(self) -> dns.resolver.Resolver:
        if self._server is None:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        address, resolver.port = self._server
        resolver.nameservers = [address]
        return resolver
