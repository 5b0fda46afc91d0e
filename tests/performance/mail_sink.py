"""A mail server that only counts, quick enough not to be what is measured.

`python -m tests.performance.mail_sink PORT DELAY FILE` takes what it gets. Each answer
leaves DELAY seconds after its question came, as over a line of that round trip: answers to
pipelined commands come together. FILE gets a line `RECIPIENT TAB TIME` for each mail, if
one is named. XCOUNT is answered by the number of mails so far.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from tests.harness.processes import Leashed, free_port, wait_until

OFFER = b"250-sink\r\n250-8BITMIME\r\n250-SIZE 10485760\r\n250 PIPELINING\r\n"
END = b"\r\n.\r\n"


class Counting(asyncio.Protocol):
    """One connection."""

    taken = 0

    def __init__(self, delay: float, file: TextIO | None) -> None:
        self.delay, self.file = delay, file
        self.waiting = b""
        self.recipient = b""
        self.in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.say(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        answers = []
        while True:
            end = END if self.in_mail else b"\r\n"
            head, found, rest = self.waiting.partition(end)
            if not found:
                break
            self.waiting = rest
            answers.append(self.take() if self.in_mail else self.obey(head))
        if answers:
            self.say(b"".join(answers))

    def take(self) -> bytes:
        self.in_mail = False
        Counting.taken += 1
        if self.file:
            self.file.write(f"{self.recipient.decode()}\t{time.time()}\n")
        return b"250 2.0.0 taken\r\n"

    def obey(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            return OFFER
        if verb == b"RCPT":
            self.recipient = line.partition(b"<")[2].partition(b">")[0]
        if verb == b"DATA":
            self.in_mail = True
            return b"354 go ahead\r\n"
        if verb == b"XCOU":
            return b"250 %d\r\n" % Counting.taken
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 OK\r\n"

    def say(self, answer: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def serve(port: int, delay: float, path: str) -> None:
    file = Path(path).open("a", buffering=1) if path else None  # noqa: ASYNC230, SIM115
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Counting(delay, file), "127.0.0.1", port)
    await server.serve_forever()


class CountingSink:
    """It as a process."""

    def __init__(self, folder: Path, *, delay: float = 0, record: str = "") -> None:
        self.port = free_port()
        self.process = Leashed(
            [
                *(sys.executable, "-m", "tests.performance.mail_sink"),
                *(str(self.port), str(delay), record),
            ],
            log=folder / f"sink-{self.port}.log",
        )
        wait_until(self._answers, what="the mail sink to listen")

    def taken(self) -> int:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            file = line.makefile("rwb")
            file.readline()
            file.write(b"XCOUNT\r\n")
            file.flush()
            return int(file.readline().split()[1])

    def _answers(self) -> bool:
        assert self.process.alive, self.process.output()
        with suppress(OSError):
            return self.taken() >= 0
        return False


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
