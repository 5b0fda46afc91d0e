"""What SMTP says of whom a mail is for, and how the mail itself is carried."""

from __future__ import annotations

import re
from email.utils import parseaddr
from functools import lru_cache

from django.utils.encoding import punycode

from surveys.sending.faults import Refused

# Nearly all of them; to take others apart costs a tenth of what a mail does.
PLAIN_ADDRESS = re.compile(r"[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+")


@lru_cache(maxsize=512)
def envelope_address(address: str) -> str:
    """The mailbox in ASCII. Raises Refused where only SMTPUTF8 could carry it, and
    ValueError where it would end the command."""
    if PLAIN_ADDRESS.fullmatch(address):
        return address
    if not address.isprintable():
        raise ValueError("A newline in an address.")
    local, _, domain = parseaddr(address)[1].rpartition("@")
    if not local.isascii():
        raise Refused("The part before the @ has letters that mail servers refuse.")
    return f"{local}@{punycode(domain)}"


def dot_stuffed(raw: bytes) -> bytes:
    """The mail as DATA carries it (RFC 5321 4.5.2), with its final dot."""
    end = b"" if raw.endswith(b"\r\n") else b"\r\n"
    stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + end + b".\r\n"
