"""Hand one mail to the mail server, in two steps with a commit of ours between them.

`prepare` does all that may fail without a mail having left: connect, MAIL, RCPT.
`hand_over` does the rest; only there can a mail's fate become unknown. Django's own
backend opens the connection (TLS, sign-in); smtplib is then driven step by step, because
its `sendmail` doesn't tell at which step it failed.
"""

from __future__ import annotations

import re
import smtplib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from typing import Protocol

from anymail.backends.base import AnymailBaseBackend
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.utils.encoding import punycode

from surveys.faults import (
    MayHaveLeft,
    NotNow,
    Refused,
    SenderRefused,
    ServerUnwell,
    SignInRefused,
    content_fault,
    recipient_fault,
    reply_text,
    sender_fault,
)
from surveys.provider_transport import ProviderTransport

KEEP_IDLE_SECONDS = 30  # servers hang up on clients that idle for longer
SERVICE_CLOSING = 421


class Transport(Protocol):
    """The way out. Raises the exceptions of surveys.faults, and ValueError for a mail
    that can't be put into bytes; after any of them it can be used for the next mail."""

    def open(self) -> None:
        """Connect, unless connected."""

    def prepare(self, message: EmailMessage) -> None:
        """Everything up to the point of no return."""

    def hand_over(self) -> str:
        """Give the prepared mail away; returns when the server has taken it, with the id
        that it gave the mail, empty where it gives none."""

    def abandon(self) -> None:
        """Forget the prepared mail: it was somebody else's after all."""

    def close(self) -> None: ...


class SmtpTransport:
    """One SMTP connection, kept over many mails."""

    def __init__(self, backend: SmtpBackend) -> None:
        self._backend = backend
        self._raw = b""
        self._used = False

    def open(self) -> None:
        if self._smtp is not None:
            return
        self._used = False
        try:
            self._backend.open()
            # Django greets only on the way to TLS or sign-in.
            if (smtp := self._backend.connection) is not None:
                smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPResponseException as error:
            self.close()
            signing_in = isinstance(error, smtplib.SMTPAuthenticationError)
            fault = SignInRefused if signing_in and error.smtp_code >= 500 else ServerUnwell
            raise fault(reply_text(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise ServerUnwell(f"No connection to the mail server: {error}") from error

    def prepare(self, message: EmailMessage) -> None:
        sender = _envelope_address(message.from_email)
        (to,) = message.recipients()
        recipient = _envelope_address(to)
        mime = message.message()
        self._raw = _dot_stuffed(mime.as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
        reused = self._smtp is not None and self._used
        try:
            self._begin(sender, recipient)
        except (ServerUnwell, SenderRefused):
            # A server may close a connection that has idled or carried enough; only a
            # fresh one tells whether it is unwell.
            self.close()
            if not reused:
                raise
            try:
                self._begin(sender, recipient)
            except (ServerUnwell, SenderRefused):
                self.close()
                raise

    def hand_over(self) -> str:
        smtp = self._smtp
        if smtp is None:
            raise NotNow("The connection to the mail server was lost.")
        try:
            code, reply = smtp.docmd("DATA")
        except OSError as error:
            # The mail itself was not on its way yet.
            self.close()
            raise NotNow(f"The mail server hung up: {error}") from error
        if code != 354:
            self._reset()
            raise content_fault(code, reply)
        try:
            smtp.send(self._raw)
            code, reply = smtp.getreply()
        except OSError as error:
            self.close()
            raise MayHaveLeft(f"No answer after the mail was sent: {error}") from error
        if code == SERVICE_CLOSING:
            self.close()
        if code >= 400:
            self._reset()
            raise content_fault(code, reply)
        if not _is_yes(code):
            self.close()
            raise MayHaveLeft(f"No clear answer to the mail: {reply_text(code, reply)}")
        return ""

    def abandon(self) -> None:
        self._reset()

    def close(self) -> None:
        """Hang up. No polite QUIT: a server that hangs would hang us."""
        # Where Django keeps a connection whose TLS or sign-in did not succeed.
        half_open = getattr(self._backend, "_partial_connection", None)
        for smtp in (self._smtp, half_open):
            if smtp is not None:
                with suppress(OSError):
                    smtp.close()
        self._backend.connection = None
        self._backend._partial_connection = None  # type: ignore[attr-defined]

    @property
    def _smtp(self) -> smtplib.SMTP | None:
        connection: smtplib.SMTP | None = self._backend.connection
        return connection

    def _begin(self, sender: str, recipient: str) -> None:
        self.open()
        smtp = self._smtp
        if smtp is None:
            raise ServerUnwell("No connection to the mail server.")
        self._used = True
        try:
            code, reply = smtp.mail(sender, self._options(smtp))
            if not _is_yes(code):
                raise sender_fault(code, reply)
            code, reply = smtp.rcpt(recipient)
        except OSError as error:
            raise ServerUnwell(f"The mail server hung up: {error}") from error
        if code >= 400:
            fault = recipient_fault(code, reply)
            if not isinstance(fault, ServerUnwell):
                self._reset()
            raise fault
        if not _is_yes(code):
            raise ServerUnwell(reply_text(code, reply))

    def _options(self, smtp: smtplib.SMTP) -> list[str]:
        options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else []
        return [*options, f"SIZE={len(self._raw)}"] if smtp.has_extn("size") else options

    def _reset(self) -> None:
        """Back to where the next mail may begin; hang up if that can't be had."""
        smtp = self._smtp
        if smtp is None:
            return
        try:
            code, _ = smtp.rset()
        except OSError:
            code = SERVICE_CLOSING
        if code != 250:
            self.close()


class BackendTransport:
    """Any other Django email backend: it says only at the end whether it took the mail."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        self._message: EmailMessage | None = None

    def open(self) -> None:
        try:
            self._backend.open()
        except OSError as error:
            raise ServerUnwell(f"No connection to the mail service: {error}") from error

    def prepare(self, message: EmailMessage) -> None:
        message.message()
        self._message = message

    def hand_over(self) -> str:
        if self._message is None:
            raise NotNow("No mail was prepared.")
        try:
            taken = self._backend.send_messages([self._message])
        except Exception as error:
            raise MayHaveLeft(f"{type(error).__name__}: {error}") from error
        if not taken:
            raise NotNow("The mail service did not take it.")
        return ""

    def abandon(self) -> None:
        self._message = None

    def close(self) -> None:
        self._backend.close()


@contextmanager
def connection() -> Iterator[Transport]:
    """The way out that settings.EMAIL_BACKEND names, closed at the end."""
    transport = _make()
    try:
        yield transport
    finally:
        transport.close()


class _Kept(threading.local):
    """This thread's open connection and when it was last used (time.monotonic)."""

    transport: Transport | None = None
    used_at = 0.0


_kept = _Kept()


@contextmanager
def kept_connection() -> Iterator[Transport]:
    """The same, but this thread's next mail finds it still open for a while."""
    transport, _kept.transport = _kept.transport, None
    if transport is not None and time.monotonic() - _kept.used_at > KEEP_IDLE_SECONDS:
        transport.close()
        transport = None
    transport = transport or _make()
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


def _make() -> Transport:
    backend = get_connection()
    if isinstance(backend, SmtpBackend):
        return SmtpTransport(backend)
    if isinstance(backend, AnymailBaseBackend):
        return ProviderTransport(backend)
    return BackendTransport(backend)


def _envelope_address(address: str) -> str:
    """The mailbox in ASCII. Raises Refused where only SMTPUTF8 could carry it."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    if not local.isascii():
        raise Refused("The part before the @ has letters that mail servers refuse.")
    return f"{local}@{punycode(domain)}"


def _dot_stuffed(raw: bytes) -> bytes:
    """The mail as DATA carries it (RFC 5321 4.5.2), with its final dot."""
    end = b"" if raw.endswith(b"\r\n") else b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", raw) + end + b".\r\n"


def _is_yes(code: int) -> bool:
    """2xx. smtplib says -1 for a line that is no answer, which must not pass for one."""
    return 200 <= code < 300
