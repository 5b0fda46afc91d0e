"""The ways out of a mail, each in four steps: `begin`, `prepare`, `hand_over`, `answer`.

The first two do all that may fail without a mail having left, and a commit of ours lies
between them and the third; only from there on can a mail's fate become unknown. None of a
mail's steps waits for what the one before set going, so that the next mail is begun, and
other connections are served, while a server thinks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from surveys.sending.faults import Fault, MayHaveLeft, NotNow, ServerUnwell
from surveys.sending.provider_transport import ProviderTransport
from surveys.sending.smtp_transport import SmtpTransport

KEEP_IDLE_SECONDS = 30  # servers hang up on clients that idle for longer
MAILS_A_CONNECTION = 4
"""So many mails must wait before one connection more is worth its greeting."""

log = logging.getLogger(__name__)


class Transport(Protocol):
    """One way out, for one mail after the other. Raises the exceptions of faults.py, and
    ValueError for a mail that can't be put into bytes; after any of them it can be used
    for the next mail."""

    def open(self) -> None:
        """Connect, unless connected."""

    def begin(self, message: EmailMessage) -> None:
        """Take the mail. The answer to the one before may still be awaited."""

    def prepare(self) -> None:
        """Everything up to the point of no return."""

    def hand_over(self) -> None:
        """Give the prepared mail away. Another may be begun from here on."""

    def answer(self) -> str:
        """Returns when the server has taken it, with the id that it gave the mail, empty
        where it gives none."""

    def abandon(self) -> None:
        """Forget the mail that was begun or prepared: it was somebody else's after all."""

    def close(self) -> None: ...


class BackendTransport:
    """Any other Django email backend: it says only at the end whether it took the mail."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        self._begun: EmailMessage | None = None
        self._message: EmailMessage | None = None

    def open(self) -> None:
        try:
            self._backend.open()
        except OSError as error:
            raise ServerUnwell(f"No connection to the mail service: {error}") from error

    def begin(self, message: EmailMessage) -> None:
        message.message()
        self._begun = message

    def prepare(self) -> None:
        self._message, self._begun = self._begun, None

    def hand_over(self) -> None:
        """It leaves with its answer."""

    def answer(self) -> str:
        message, self._message = self._message, None
        if message is None:
            raise NotNow("No mail was prepared.")
        try:
            taken = self._backend.send_messages([message])
        except Exception as error:
            raise MayHaveLeft(f"{type(error).__name__}: {error}") from error
        if not taken:
            raise NotNow("The mail service did not take it.")
        return ""

    def abandon(self) -> None:
        self._begun = self._message = None

    def close(self) -> None:
        self._backend.close()


class WaysOut:
    """The open connections to one mail server, and how many there may be."""

    def __init__(self, first: Transport, *, most: int = 1) -> None:
        self._ways = [first]
        self.most = most

    def open(self) -> None:
        """Connect once. Raises ServerUnwell, SignInRefused."""
        self._ways[0].open()

    def for_mails(self, number: int) -> list[Transport]:
        """As many connections as so many mails are worth; what can't be opened is done
        without for the rest of this life."""
        wanted = min(self.most, -(-number // MAILS_A_CONNECTION))
        while len(self._ways) < wanted:
            more = _make()
            try:
                more.open()
            except Fault as fault:
                log.info(
                    "mail server: %s connections are enough: %s", len(self._ways), fault
                )
                self.most = len(self._ways)
                break
            self._ways.append(more)
        return self._ways[: max(1, wanted)]

    def close(self) -> None:
        for way in self._ways:
            way.close()


@contextmanager
def connection() -> Iterator[WaysOut]:
    """The ways out that settings.EMAIL_BACKEND names, closed at the end."""
    transport = _ways_out()
    try:
        yield transport
    finally:
        transport.close()


class _Kept(threading.local):
    """This thread's open connection and when it was last used (time.monotonic)."""

    transport: WaysOut | None = None
    used_at = 0.0


_kept = _Kept()


@contextmanager
def kept_connection() -> Iterator[WaysOut]:
    """The same, but this thread's next mail finds it still open for a while."""
    transport, _kept.transport = _kept.transport, None
    if transport is not None and time.monotonic() - _kept.used_at > KEEP_IDLE_SECONDS:
        transport.close()
        transport = None
    transport = transport or _ways_out()
    try:
        yield transport
    except BaseException:
        transport.close()
        raise
    _kept.transport, _kept.used_at = transport, time.monotonic()


def close_kept_connection() -> None:
    """Close what kept_connection left open in this thread."""
    if _kept.transport is not None:
        _kept.transport.close()
        _kept.transport = None


def _ways_out() -> WaysOut:
    first = _make()
    most = settings.EMAIL_CONNECTIONS if isinstance(first, SmtpTransport) else 1
    return WaysOut(first, most=most)


def _make() -> Transport:
    backend = get_connection()
    if isinstance(backend, SmtpBackend):
        return SmtpTransport(backend)
    if isinstance(backend, AnymailBaseBackend):
        return ProviderTransport(backend)
    return BackendTransport(backend)
