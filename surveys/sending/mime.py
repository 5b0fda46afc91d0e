"""A survey's mail in the bytes that SMTP carries.

Python's email package does the same in ten times the time, half of what a mail costs in
all. What it alone can do is left to it: whole mails of another shape or with lines too
long for SMTP, and header values that need encoding. tests/surveys/test_mime.py compares
the two.
"""

from __future__ import annotations

import secrets
from email import policy
from functools import lru_cache

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.message import (
    RFC5322_EMAIL_LINE_LENGTH_LIMIT,
    forbid_multi_line_headers,
)

LINE_END = b"\r\n"
# RFC 5322 2.1.1 recommends 78 without the line's end.
MAX_HEADER_LINE = 78
_BY_THE_BOOK = policy.compat32.clone(linesep="\r\n")


def as_bytes(message: EmailMessage) -> bytes:
    """Every line ends in CRLF. Raises ValueError for a mail that can't be written: a line
    end in a header, half a surrogate."""
    parts = _parts(message)
    if parts is None:
        raw: bytes = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
        return raw
    # 128 random bits stand in no text that was written before.
    boundary = f"={secrets.token_hex(16)}="
    between = b"--" + boundary.encode() + LINE_END
    pieces = [
        b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n' % boundary.encode(),
        b"MIME-Version: 1.0\r\n",
        *(_header(name, value) for name, value in _headers(message)),
        LINE_END,
    ]
    for kind, text in zip((b"plain", b"html"), parts, strict=True):
        pieces += [
            between,
            b'Content-Type: text/%b; charset="utf-8"\r\n' % kind,
            b"MIME-Version: 1.0\r\n",
            b"Content-Transfer-Encoding: %b\r\n" % (b"7bit" if text.isascii() else b"8bit"),
            LINE_END,
            text,
            LINE_END,
        ]
    return b"".join([*pieces, b"--", boundary.encode(), b"--", LINE_END])


def _parts(message: EmailMessage) -> tuple[bytes, bytes] | None:
    """Text and HTML, where the mail is those two and neither is empty or has a line that
    is too long."""
    if not isinstance(message, EmailMultiAlternatives) or len(message.alternatives) != 1:
        return None
    content, kind = message.alternatives[0]
    unusual = message.attachments or message.cc or message.bcc or message.encoding
    # Without one of these Django writes its own.
    complete = {"Date", "Message-ID"} <= message.extra_headers.keys()
    if kind != "text/html" or unusual or not complete or "From" in message.extra_headers:
        return None
    text, html = _body(str(message.body)), _body(str(content))
    return (text, html) if text and html else None


def _body(text: str) -> bytes | None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode().split(b"\n")
    if max(map(len, lines)) > RFC5322_EMAIL_LINE_LENGTH_LIMIT:
        return None
    return LINE_END.join(lines)


def _headers(message: EmailMessage) -> list[tuple[str, str]]:
    """In Django's order."""
    found = [
        ("Subject", message.subject),
        ("From", message.from_email),
        ("To", ", ".join(map(str, message.to))),
    ]
    if message.reply_to:
        found.append(("Reply-To", ", ".join(map(str, message.reply_to))))
    return [*found, *message.extra_headers.items()]


def _header(name: str, value: object) -> bytes:
    text = str(value)
    # A word in `=?…?=` is encoded; what has spaces in a row must not be folded there.
    plain = text.isascii() and text.isprintable() and "=?" not in text
    is_short = len(text) < RFC5322_EMAIL_LINE_LENGTH_LIMIT - len(name) - 2
    if not plain or not is_short or "  " in text or text.strip() != text or not text:
        return _header_by_the_book(name, text)
    first, *words = text.split(" ")
    lines, line = [], f"{name}: {first}"
    for word in words:
        if len(line) + 1 + len(word) > MAX_HEADER_LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line, ""]).encode()


# Of all recipients of a campaign most headers are the same.
@lru_cache(maxsize=512)
def _header_by_the_book(name: str, value: str) -> bytes:
    """As Django and the email package write it."""
    safe_name, safe_value = forbid_multi_line_headers(name, value, "utf-8")
    return _BY_THE_BOOK.fold_binary(safe_name, safe_value)
