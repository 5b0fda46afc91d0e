"""The mail server of smtp_sink in a thread: what it took lies in this process's memory."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

from promoter.lib.smtp_sink import Envelope, Phase, Rule, Sink


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

    def cut(self, phase: str, length: int, **rule: object) -> None:
        """Say so many characters of the right thing, then hang up."""
        self._sink.rules.append(Rule(Phase(phase), cut=length, **rule))  # type: ignore[arg-type]

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

    def _call(self, act: Callable[[], object]) -> None:
        done = threading.Event()

        def run() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(run)
        if not done.wait(5):
            raise TimeoutError("The mail sink hangs.")
