"""The counting, misbehaving mail server: in a thread of the tests, or as a process."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from promoter.lib.smtp_sink import Envelope, Phase, Rule, Sink
from tests.harness.processes import Leashed, free_port, wait_until


class SmtpSink:
    """A mail server on loopback. `envelopes` is what it took, in order."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(listener.getsockname()[1])
        self._sink = Sink(keep=self.envelopes.append)
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._sink.serve(listener))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        """What it took, parsed."""
        return [parse(envelope.raw) for envelope in self.envelopes]

    @property
    def recipients(self) -> list[str]:
        """To whom, in order; somebody mailed twice stands there twice."""
        return [to for envelope in self.envelopes for to in envelope.recipients]

    @property
    def connections(self) -> int:
        """How many were opened since the last reset."""
        return self._sink.connections

    def answer(self, phase: str, reply: str, **rule: object) -> None:
        """Answer so at the phase, one of promoter.lib.smtp_sink.Phase.

        `times`, `to`, `delay` and `keep` as in promoter.lib.smtp_sink.Rule.
        """
        self._sink.rules.append(Rule(Phase(phase), reply=reply, **rule))  # type: ignore[arg-type]

    def drop(self, phase: str, **rule: object) -> None:
        """Hang up at the phase."""
        self._sink.rules.append(Rule(Phase(phase), drop=True, **rule))  # type: ignore[arg-type]

    def delay(self, phase: str, seconds: float, **rule: object) -> None:
        """Do the right thing, but late."""
        self._sink.rules.append(Rule(Phase(phase), delay=seconds, **rule))  # type: ignore[arg-type]

    def behave(self) -> None:
        """Forget all rules: the server is well again."""
        self._sink.rules.clear()

    def reset(self) -> None:
        """As if new: no mail, no rules, no connections."""
        self.behave()
        self._call(self._sink.hang_up)
        self.envelopes.clear()
        self._sink.connections = 0

    def close(self) -> None:
        self._call(self._server.close)
        self._call(self._sink.hang_up)
        self._call(self._loop.stop)
        self._thread.join(5)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def _call(self, act) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (act(), done.set()))
        assert done.wait(5), "the mail sink hangs"


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
