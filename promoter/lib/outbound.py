"""HTTP to addresses that customers name, without lending them our network.

The name is resolved once, every address it has is checked, and the connection goes to
the checked address itself: a resolver that answers differently the second time is never
asked a second time. Redirects are answers like any other and are not followed. Proxies
from the environment are not used.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext

TIMEOUT_SECONDS = 10.0
MAX_BODY_BYTES = 64 * 1024
MAX_URL_LENGTH = 2_000

# Where hosts of clouds answer their guests, at addresses that look public: Azure's, and
# Oracle's within a block that is only for protocols and that Python counts in parts.
METADATA = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
GLOBAL_UNICAST = IPv6Network("2000::/3")
# Tunnels: the IPv4 address inside decides where the packet ends up.
TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
# What a DNS64 resolver makes of IPv4 addresses on a host that has IPv6 alone.
NAT64 = IPv6Network("64:ff9b::/96")

Resolve = Callable[..., list[tuple[Any, ...]]]


class OutboundError(Exception):
    """No answer was had; the text says why, for the person who named the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `body` is cut off at MAX_BODY_BYTES."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    allow_private: bool = False,
    timeout: float = TIMEOUT_SECONDS,
    resolve: Resolve = socket.getaddrinfo,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """POST and read the answer, all within `timeout` seconds after the name is resolved.

    Raises OutboundError. `allow_private` is for tests and for receivers on one's own
    network: it lets the request reach every address that this machine reaches.
    """
    parts = split_url(url)
    addresses = _addresses(parts, resolve, allow_private=allow_private)
    deadline = time.monotonic() + timeout
    connection = _Connection(parts, addresses, deadline, tls)
    try:
        connection.request("POST", _target(parts), body=body, headers=dict(headers))
        with connection.getresponse() as answer:
            return Answer(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                body=_start_of(answer),
            )
    except TimeoutError:
        raise OutboundError(f"No answer within {timeout:g} seconds") from None
    except ssl.SSLCertVerificationError as error:
        raise OutboundError(
            gettext("Its certificate is not valid: %(verify_message)s")
            % {"verify_message": error.verify_message}
        ) from None
    except http.client.HTTPException as error:
        raise OutboundError(
            gettext("Not an HTTP answer: %(type)s") % {"type": type(error).__name__}
        ) from None
    except OSError as error:
        raise OutboundError(
            gettext("No connection: %(error)s") % {"error": error.strerror or error}
        ) from None
    finally:
        connection.close()


def split_url(url: str) -> SplitResult:
    """The parts of an address that we may call. Raises OutboundError."""
    # urlsplit drops line ends and tabs, and browsers read a backslash as a slash: what
    # is checked must be what is called.
    if len(url) > MAX_URL_LENGTH or any(c <= " " or c in "\x7f\\" for c in url):
        raise OutboundError(gettext("The address has characters that no address has"))
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _host(parts)
    except (ValueError, UnicodeError):
        raise OutboundError(gettext("This is not an address")) from None
    if parts.scheme not in {"http", "https"}:
        raise OutboundError(gettext("The address must start with https:// or http://"))
    if not host or "%" in host or port == 0:
        raise OutboundError(gettext("This is not an address"))
    if "@" in parts.netloc:
        raise OutboundError(gettext("The address must not hold a name or password"))
    return parts


def refuse_private(url: str, *, resolve: Resolve = socket.getaddrinfo) -> None:
    """Tell whoever names an address that post() would not call it. Raises OutboundError.

    A name that has no address yet may get one; post() looks again each time.
    """
    parts = split_url(url)
    try:
        found = resolve(_host(parts), _port(parts), type=socket.SOCK_STREAM)
    except OSError:
        return
    _all_public(parts, found)


def is_public(address: str) -> bool:
    """Whether the address is one of the open internet, whichever way it is written."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is None:
            in_tunnel = any(ip in network for network in TUNNELS)
            return ip in GLOBAL_UNICAST and ip.is_global and not in_tunnel
        ip = inner
    is_metadata = any(ip in network for network in METADATA)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or is_metadata)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None


def _addresses(
    parts: SplitResult, resolve: Resolve, *, allow_private: bool
) -> list[tuple[Any, ...]]:
    """What the name stands for, in the resolver's order; all of it allowed or nothing."""
    try:
        found = resolve(_host(parts), _port(parts), type=socket.SOCK_STREAM)
    except OSError:
        raise OutboundError(
            gettext("There is no address for %(hostname)s") % {"hostname": parts.hostname}
        ) from None
    if not found:
        raise OutboundError(
            gettext("There is no address for %(hostname)s") % {"hostname": parts.hostname}
        )
    if not allow_private:
        _all_public(parts, found)
    return found


def _all_public(parts: SplitResult, found: list[tuple[Any, ...]]) -> None:
    if not all(is_public(row[4][0]) for row in found):
        raise OutboundError(
            gettext("%(hostname)s is an address of a private network")
            % {"hostname": parts.hostname}
        )


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").encode("idna").decode()


def _port(parts: SplitResult) -> int:
    return parts.port or _default_port(parts)


def _default_port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _start_of(answer: http.client.HTTPResponse) -> bytes:
    """The first of the body. The status was said: what spoils the rest is no matter."""
    try:
        return answer.read(MAX_BODY_BYTES)
    except (OSError, http.client.HTTPException):
        return b""


def _target(parts: SplitResult) -> str:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        path.encode("ascii")
    except UnicodeError:
        raise OutboundError(
            gettext("Letters beyond ASCII must be percent-encoded")
        ) from None
    return path


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were checked, under one deadline for everything."""

    def __init__(
        self,
        parts: SplitResult,
        addresses: list[tuple[Any, ...]],
        deadline: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        # `Host:` names the port when it isn't the scheme's own.
        self.default_port = _default_port(parts)
        super().__init__(_host(parts), parts.port or self.default_port)
        self._addresses = addresses
        self._deadline = deadline
        self._tls = None
        if parts.scheme == "https":
            self._tls = tls or ssl.create_default_context()
        self.response_class = self._response  # type: ignore[assignment]

    def connect(self) -> None:
        self.sock = self._open()
        if self._tls is not None:
            self.sock.settimeout(_left(self._deadline))
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(_left(self._deadline))

    def _open(self) -> socket.socket:
        failure: OSError | None = None
        for family, kind, protocol, _, address in self._addresses:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(_left(self._deadline))
                opened.connect(address)
            except BaseException as error:
                opened.close()
                if not isinstance(error, OSError):
                    raise
                failure = error
            else:
                return opened
        raise failure or OSError("no address")

    def _response(self, sock: socket.socket, **more: Any) -> http.client.HTTPResponse:
        # All that HTTPResponse asks of a socket is makefile().
        return http.client.HTTPResponse(_Reader(sock, self._deadline), **more)  # type: ignore[arg-type]


class _Reader(io.RawIOBase):
    """Reads from the socket until the deadline, however slowly the bytes drip in."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        # Keeps the socket open when the connection is closed before the body was read.
        self._file = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._deadline))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
