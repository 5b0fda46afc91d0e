"""Hand mails to an SMTP server one by one, in steps with a commit of ours between them.

Django's own backend opens the connection (TLS, sign-in); smtplib is then driven step by
step, because its `sendmail` doesn't tell at which step it failed. Where the server takes
commands in groups (PIPELINING, RFC 2920) the next mail's are on their way together with
the end of the one before, so that a mail costs one round trip instead of four.
"""

from __future__ import annotations

import smtplib
import socket
import time
from contextlib import suppress

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from surveys.sending.envelope import dot_stuffed, envelope_address
from surveys.sending.faults import (
    MayHaveLeft,
    NotNow,
    SenderRefused,
    ServerUnwell,
    SignInRefused,
    content_fault,
    recipient_fault,
    reply_text,
    sender_fault,
)
from surveys.sending.mime import as_bytes

SERVICE_CLOSING = 421
GO_AHEAD = 354


class SmtpTransport:
    """One SMTP connection, kept over many mails."""

    def __init__(self, backend: SmtpBackend) -> None:
        self._backend = backend
        self._sender = self._recipient = ""
        self._raw = b""
        self._used = False
        """This connection has carried a mail, or was refused one."""
        self._since = 0.0
        """When what is waited for was asked (time.monotonic)."""
        self._asked = False
        """MAIL, RCPT and DATA of the mail that was begun are said, not yet answered."""
        self._awaited = False
        """The server waits for the mail itself: there is no way back but to hang up."""

    def open(self) -> None:
        if self._smtp is not None:
            return
        self._used = False
        try:
            self._backend.open()
            # Django greets only on the way to TLS or sign-in.
            if (smtp := self._backend.connection) is not None:
                smtp.ehlo_or_helo_if_needed()
                if smtp.sock is not None:
                    # A mail's commands follow right behind another's end; they would be
                    # kept back until that is acknowledged, 40 ms later.
                    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except smtplib.SMTPResponseException as error:
            self.close()
            signing_in = isinstance(error, smtplib.SMTPAuthenticationError)
            fault = SignInRefused if signing_in and error.smtp_code >= 500 else ServerUnwell
            raise fault(reply_text(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise ServerUnwell(f"No connection to the mail server: {error}") from error

    def begin(self, message: EmailMessage) -> None:
        (to,) = message.recipients()
        sender, recipient = envelope_address(message.from_email), envelope_address(to)
        self._raw = dot_stuffed(as_bytes(message))
        self._sender, self._recipient = sender, recipient
        if self._smtp is not None and self._in_groups(self._smtp):
            # Of a connection that was lost the next step tells.
            with suppress(OSError):
                self._ask(self._smtp)

    def prepare(self) -> None:
        old, used = self._smtp is not None, self._used
        try:
            self._begin()
        except (ServerUnwell, SenderRefused) as fault:
            # A server may close a connection that has idled, even one that never carried
            # a mail, and refuse on one that has carried enough; what it refuses on a fresh
            # one it means.
            self.close()
            if not (old and (used or isinstance(fault, ServerUnwell))):
                raise
            try:
                self._begin()
            except (ServerUnwell, SenderRefused):
                self.close()
                raise

    def hand_over(self) -> None:
        smtp = self._smtp
        if smtp is None:
            raise NotNow("The connection to the mail server was lost.")
        if not self._awaited:
            try:
                reply = smtp.docmd("DATA")
            except OSError as error:
                # The mail itself was not on its way yet.
                self.close()
                raise NotNow(f"The mail server hung up: {error}") from error
            self._go_ahead(reply)
        self._awaited = False
        try:
            self._since = time.monotonic()
            smtp.send(self._raw)
        except OSError as error:
            self.close()
            raise MayHaveLeft(f"No answer after the mail was sent: {error}") from error

    def answer(self) -> str:
        smtp = self._smtp
        if smtp is None:
            raise MayHaveLeft("No answer after the mail was sent.")
        try:
            code, reply = self._reply(smtp)
        except OSError as error:
            self.close()
            raise MayHaveLeft(f"No answer after the mail was sent: {error}") from error
        if code == SERVICE_CLOSING:
            self.close()
        if code >= 400:
            if not self._asked:
                self._reset()
            raise content_fault(code, reply)
        if not _is_yes(code):
            self.close()
            raise MayHaveLeft(f"No clear answer to the mail: {reply_text(code, reply)}")
        return ""

    def abandon(self) -> None:
        if self._asked or self._awaited:
            # What was asked can't be taken back, and no dot ever ends that mail.
            self.close()
        else:
            self._reset()

    def close(self) -> None:
        """Hang up. No polite QUIT: a server that hangs would hang us."""
        self._asked = self._awaited = False
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

    def _begin(self) -> None:
        """To where the server waits for the mail, or for its DATA without groups."""
        self.open()
        smtp = self._smtp
        if smtp is None:
            raise ServerUnwell("No connection to the mail server.")
        self._used = True
        grouped = self._asked or self._in_groups(smtp)
        try:
            if grouped and not self._asked:
                self._ask(smtp)
            options = self._options(smtp)
            mail = self._reply(smtp) if grouped else smtp.mail(self._sender, options)
            if not _is_yes(mail[0]):
                if grouped:
                    # The rest of its answers is worth nothing.
                    self.close()
                raise sender_fault(*mail)
            rcpt = self._reply(smtp) if grouped else smtp.rcpt(self._recipient)
        except OSError as error:
            raise ServerUnwell(f"The mail server hung up: {error}") from error
        fault = None
        if rcpt[0] >= 400:
            fault = recipient_fault(*rcpt)
        elif not _is_yes(rcpt[0]):
            fault = ServerUnwell(reply_text(*rcpt))
        if isinstance(fault, ServerUnwell):
            raise fault
        if grouped:
            self._end_group(smtp, refused=fault is not None)
        elif fault:
            self._reset()
        if fault:
            raise fault

    def _end_group(self, smtp: smtplib.SMTP, *, refused: bool) -> None:
        """Read the answer to DATA; without a recipient it must be a no."""
        try:
            data = self._reply(smtp)
        except OSError as error:
            self.close()
            if refused:
                return
            raise NotNow(f"The mail server hung up: {error}") from error
        self._asked = False
        if not refused:
            self._go_ahead(data)
            self._awaited = True
        elif data[0] == GO_AHEAD:
            # RFC 2920 3.1 allows it. A mail that is never ended is never taken.
            self.close()
        else:
            self._reset()

    def _go_ahead(self, reply: tuple[int, bytes]) -> None:
        if reply[0] != GO_AHEAD:
            self._reset()
            raise content_fault(*reply)

    def _in_groups(self, smtp: smtplib.SMTP) -> bool:
        return smtp.has_extn("pipelining")

    def _ask(self, smtp: smtplib.SMTP) -> None:
        """Say all that comes before the mail itself; DATA must be the last of a group."""
        options = "".join(f" {option}" for option in self._options(smtp))
        words = (
            f"MAIL FROM:<{self._sender}>{options}\r\n"
            f"RCPT TO:<{self._recipient}>\r\nDATA\r\n"
        )
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("The connection was lost.")
        # smtplib's `send` would hang up, and the answer to the mail before be lost.
        smtp.sock.sendall(words.encode("ascii"))
        self._asked = True
        self._since = time.monotonic()

    def _reply(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        """Several connections that hang cost the time of one: what was spent on waiting
        for the others counts."""
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("The connection was lost.")
        patience = self._backend.timeout
        if patience:
            spent = time.monotonic() - self._since
            smtp.sock.settimeout(max(patience - spent, patience / 10))
        try:
            return smtp.getreply()
        finally:
            if patience and smtp.sock is not None:
                smtp.sock.settimeout(patience)

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


# The sender's is the same for all.
def _is_yes(code: int) -> bool:
    """2xx. smtplib says -1 for a line that is no answer, which must not pass for one."""
    return 200 <= code < 300
