"""A mail server that keeps or counts what it gets, and misbehaves when told to.

For proofs and tests, on loopback: no relaying, no TLS, every sign-in is right. A mail
counts as taken at its final dot, before the answer, as a real server's spool does it.

As a process: `python -m promoter.lib.smtp_sink PORT FILE DELAY` writes one line
`MESSAGE-ID TAB RECIPIENT` to FILE for each mail and answers DELAY seconds later.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

MAX_MAIL_BYTES = 2 * 1024 * 1024
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)


class Phase(StrEnum):
    """Where in the conversation a rule applies."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"


GOOD = {
    Phase.CONNECT: "220 sink",
    Phase.EHLO: "250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN",
    Phase.STARTTLS: "454 4.7.0 no TLS here",
    Phase.AUTH: "235 2.7.0 signed in",
    Phase.MAIL: "250 2.1.0 OK",
    Phase.RCPT: "250 2.1.5 OK",
    Phase.DATA: "354 go ahead",
    Phase.DOT: "250 2.0.0 taken",
}


@dataclass
class Rule:
    """What to do at a phase instead of the right thing.

    `reply` answers so; `drop` hangs up instead; `delay` waits before either, in seconds.
    `cut`: only so many characters of the answer leave, no line end, and then it hangs up.
    `times` limits how often, `to` to whom. `keep`: the mail is taken all the same, as by
    a server that dies between spooling and answering.
    """

    phase: Phase
    reply: str = ""
    drop: bool = False
    delay: float = 0
    times: int | None = None
    to: str = ""
    keep: bool = False
    cut: int | None = None

    @property
    def refuses(self) -> bool:
        return self.drop or self.reply[:1] in {"4", "5"}


@dataclass(frozen=True)
class Envelope:
    """One mail as it was handed over; `raw` has its dots unstuffed."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message_id(self) -> str:
        found = MESSAGE_ID.search(self.raw)
        return found[1].decode("ascii", "replace") if found else ""


@dataclass
class Sink:
    """The server's memory: its rules, and who is told of each mail."""

    keep: Callable[[Envelope], None]
    rules: list[Rule] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        return await asyncio.start_server(
            self._connected, sock=listener, limit=MAX_MAIL_BYTES
        )

    def hang_up(self) -> None:
        """Drop every connection, without a word."""
        for writer in list(self.open):
            writer.transport.abort()

    def rule(self, phase: Phase, recipients: list[str]) -> Rule | None:
        """The first rule that applies; one of limited `times` is used up by this."""
        for rule in self.rules:
            meant = not rule.to or rule.to in recipients
            if rule.phase == phase and meant and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            await _Conversation(self, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self.open.discard(writer)
            writer.transport.abort()


class _Conversation:
    """One connection: reads commands until either side hangs up."""

    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.greeted = False
        self.sender = ""
        self.recipients: list[str] = []

    async def run(self) -> None:
        if not await self._answer(Phase.CONNECT):
            return
        while True:
            line = (await self.reader.readline()).decode("utf-8", "surrogateescape")
            if not line:
                return
            verb, _, rest = line.strip().partition(" ")
            if not await self._obey(verb.upper(), rest):
                return

    async def _obey(self, verb: str, rest: str) -> bool:
        """Carry out one command; False when it ends the conversation."""
        if verb in {"EHLO", "HELO"}:
            self.greeted = True
            return await self._answer(Phase.EHLO)
        if verb == "STARTTLS":
            return await self._answer(Phase.STARTTLS)
        if verb == "AUTH":
            return await self._answer(Phase.AUTH)
        if verb == "MAIL" and not self.greeted:
            return await self._say("503 5.5.1 say EHLO first")
        if verb == "MAIL":
            self.sender, self.recipients = _address(rest), []
            return await self._answer(Phase.MAIL)
        if verb == "RCPT":
            return await self._rcpt(_address(rest))
        if verb == "DATA":
            return await self._data()
        if verb in {"RSET", "NOOP"}:
            return await self._say("250 2.0.0 OK")
        await self._say("221 2.0.0 bye" if verb == "QUIT" else "500 5.5.2 what?")
        return verb != "QUIT"

    async def _rcpt(self, recipient: str) -> bool:
        rule = self.sink.rule(Phase.RCPT, [recipient])
        if rule is None or rule.keep or not rule.refuses:
            self.recipients.append(recipient)
        return await self._apply(Phase.RCPT, rule)

    async def _data(self) -> bool:
        if not self.recipients:
            return await self._say("554 5.5.1 no valid recipients")
        rule = self.sink.rule(Phase.DATA, self.recipients)
        if not await self._apply(Phase.DATA, rule):
            return False
        if rule is not None and rule.refuses:
            return True
        rule = self.sink.rule(Phase.BODY, self.recipients)
        if rule is not None:
            await self.reader.readexactly(1)
            await asyncio.sleep(rule.delay)
            return not rule.drop
        raw = await self.reader.readuntil(b"\r\n.\r\n")
        rule = self.sink.rule(Phase.DOT, self.recipients)
        if rule is None or rule.keep or not rule.refuses:
            unstuffed = raw[:-3].replace(b"\r\n..", b"\r\n.")
            self.sink.keep(Envelope(self.sender, tuple(self.recipients), unstuffed))
        return await self._apply(Phase.DOT, rule)

    async def _answer(self, phase: Phase) -> bool:
        return await self._apply(phase, self.sink.rule(phase, self.recipients))

    async def _apply(self, phase: Phase, rule: Rule | None) -> bool:
        if rule is None:
            return await self._say(GOOD[phase])
        await asyncio.sleep(rule.delay)
        reply = rule.reply or GOOD[phase]
        if rule.cut is not None:
            self.writer.write(reply[: rule.cut].encode())
            await self.writer.drain()
            self.writer.write_eof()
            return False
        return not rule.drop and await self._say(reply)

    async def _say(self, reply: str) -> bool:
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()
        return True


def _address(rest: str) -> str:
    """`FROM:<a@x.io> SIZE=1` -> `a@x.io`"""
    return rest.partition("<")[2].partition(">")[0]


def append_to(path: Path) -> Callable[[Envelope], None]:
    """A keeper that writes one line a mail, in one write, so that no kill tears it."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def keep(envelope: Envelope) -> None:
        line = f"{envelope.message_id}\t{','.join(envelope.recipients)}\n"
        os.write(file, line.encode())

    return keep


async def run(*, listener: socket.socket, path: Path, delay: float) -> None:
    """Count into the file until killed."""
    sink = Sink(keep=append_to(path), rules=[Rule(Phase.DOT, delay=delay)])
    await (await sink.serve(listener)).serve_forever()


if __name__ == "__main__":
    port, path, delay = sys.argv[1:]
    asyncio.run(
        run(
            listener=socket.create_server(("127.0.0.1", int(port))),
            path=Path(path),
            delay=float(delay),
        )
    )
