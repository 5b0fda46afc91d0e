"""An SMTP server that keeps each mail as a file and sends nothing on.

Started by its path, so that it needs neither Django nor the project to be importable:
`catcher.py DESCRIPTOR DIRECTORY`, the descriptor being a listening socket.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MAIL_BYTES = 32 * 1024 * 1024
# The newest so many are kept; looked after now and then.
MAX_MAILS = 1_000
PRUNE_EVERY = 100


class Keeper:
    """aiosmtpd's handler: answers 250 once the file stands."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._taken = count()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if next(self._taken) % PRUNE_EVERY == 0:
            self._prune()
        # What a mail server adds at delivery (RFC 5321 4.4; Delivered-To is RFC 9228).
        head = f"Return-Path: <{envelope.mail_from or ''}>\r\n" + "".join(
            f"Delivered-To: {recipient}\r\n" for recipient in envelope.rcpt_tos
        )
        name = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
        part = self.directory / f".{name}.part"
        part.write_bytes(head.encode() + as_bytes(envelope.content))
        part.replace(self.directory / f"{name}.eml")
        return "250 OK: caught"

    def _prune(self) -> None:
        for path in sorted(self.directory.glob("*.eml"))[:-MAX_MAILS]:
            path.unlink(missing_ok=True)


def as_bytes(content: str | bytes | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""


async def serve(descriptor: int, directory: Path) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    keeper = Keeper(directory)

    def session() -> SMTP:
        # A given name: looking up our own can take seconds where DNS is slow.
        return SMTP(
            keeper,
            hostname="localhost",
            ident="Promoter mail catcher",
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    server = await loop.create_server(session, sock=socket.socket(fileno=descriptor))
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
