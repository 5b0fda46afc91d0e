"""No network but loopback: every way out of this process raises.

An audit hook, because it sees what a patched `socket.connect` does not: names being
resolved, datagrams, `connect_ex`, threads, fixtures and imports.
"""

from __future__ import annotations

import socket
import sys
from ipaddress import ip_address
from typing import Any

CONNECTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
RESOLVES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
# The machine's own name is asked for by every SMTP greeting.
OWN_NAMES = {"", "localhost", socket.gethostname()}


class NetworkRefusedError(RuntimeError):
    """A test tried to leave the machine."""


def refuse_the_network() -> None:
    """From now on, in this process and for good."""
    sys.addaudithook(_look)


def _look(event: str, args: tuple[Any, ...]) -> None:
    if event in CONNECTS:
        # A Unix socket's address is a path, an unconnected datagram's may be missing.
        if isinstance(args[1], tuple) and not _is_loopback(args[1][0]):
            # Not an OSError, lest a caller takes it for weather; so nobody else closes.
            args[0].close()
            raise NetworkRefusedError(f"A test tried to reach {args[1][0]}.")
    elif event in RESOLVES and not _needs_no_resolver(args[0]):
        raise NetworkRefusedError(f"A test tried to resolve {args[0]}.")


def _is_loopback(host: str) -> bool:
    # "" is 0.0.0.0, which Linux connects to itself.
    if host in OWN_NAMES:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _needs_no_resolver(host: str | bytes | None) -> bool:
    """Our own names, and addresses in any spelling: 127.1, 0x7f000001, fe80::1%eth0."""
    name = host.decode() if isinstance(host, bytes) else host or ""
    if name in OWN_NAMES:
        return True
    try:
        socket.inet_aton(name)
    except OSError:
        try:
            ip_address(name)
        except ValueError:
            return False
    return True
