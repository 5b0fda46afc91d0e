"""The counting, misbehaving mail server: in a thread of the tests, or as a process."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from promoter.lib.smtp_sink_thread import SmtpSink as SinkThread
from tests.harness.processes import Leashed, free_port, wait_until


class SmtpSink(SinkThread):
    """A mail server on loopback, whose mails come parsed."""

    @property
    def mails(self) -> list[EmailMessage]:
        """What it took, parsed."""
        return [parse(envelope.raw) for envelope in self.envelopes]


def parse(raw: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(raw, policy=policy.default))


class SinkProcess:
    """The same server as a process, for tests that kill: it only counts."""

    def __init__(self, folder: Path, *, delay: float = 0.0) -> None:
        self.port = free_port()
        self.record = folder / "sink.tsv"
        self.process = Leashed(
            [
                *(sys.executable, "-m", "promoter.lib.smtp_sink"),
                *(str(self.port), str(self.record), str(delay)),
            ],
            log=folder / "sink.log",
        )
        wait_until(self._listens, what="the mail sink to listen")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def counts(self) -> Counter[str]:
        """Message-ID -> how often it was taken."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return Counter(line.partition("\t")[0] for line in lines)

    def _listens(self) -> bool:
        assert self.process.alive, self.process.output()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
