"""Starts the children in their order, keeps them alive, and ends them all.

One thread and one loop: it waits for output, for a child's end and for signals at once.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from promoter.local import programs
from promoter.local.children import Child, Guardian, Program
from promoter.local.logs import say

# Claims have leases: a worker that is killed in the middle loses nothing, so that a stop
# need not be long.
STOP_SECONDS = 5.0
# The lines are printed even if the worker is late; without the web they are not.
WORKER_PATIENCE_SECONDS = 8.0
WEB_PATIENCE_SECONDS = 60.0
WEB_TRIES = 3
STARTING_TICK_SECONDS = 0.05
TICK_SECONDS = 0.5


class Fatal(Exception):
    """Nothing works without what just failed; the text says what and what to do."""


@dataclass(frozen=True)
class Cast:
    """Who takes part. The services end last, as the others talk to them."""

    services: tuple[Program, ...]
    preparation: Program
    web: Program
    worker: Program
    beat: Program


class Supervisor:
    """Runs the cast until a signal comes or the parent process is gone."""

    def __init__(
        self,
        cast: Cast,
        *,
        guardian: Guardian,
        environment: dict[str, str],
        log_dir: Path,
        port: int,
    ) -> None:
        self.guardian = guardian
        self.environment = environment
        self.log_dir = log_dir
        self.port = port
        self.services = [self._child(program) for program in cast.services]
        self.preparation = self._child(cast.preparation)
        self.web = self._child(cast.web)
        self.worker = self._child(cast.worker)
        self.beat = self._child(cast.beat)
        self.children = [
            *self.services,
            self.preparation,
            self.web,
            self.worker,
            self.beat,
        ]
        self.prepared = False
        self.announced = False
        self.web_ready_at: float | None = None
        self.stops = 0
        self._parent = os.getppid()
        self._selector = selectors.DefaultSelector()

    def _child(self, program: Program) -> Child:
        return Child(program, log_dir=self.log_dir)

    # --- Life ----------------------------------------------------------------

    def run(self, announce: Callable[[], None]) -> None:
        """Return when asked to stop. Raises Fatal; children may then still live."""
        self._listen_for_signals()
        self._started_at = time.monotonic()
        for child in self.children:
            if child is not self.beat:
                self._start(child)
        while not self.stops and os.getppid() == self._parent:
            self._wait(TICK_SECONDS if self.announced else STARTING_TICK_SECONDS)
            now = time.monotonic()
            self._look_after_children(now)
            if not self.announced and self._everything_answers(now):
                self.announced = True
                announce()
                # Last: only waits are its business, and its start costs the others time.
                self._start(self.beat)

    def stop(self) -> None:
        """End every child: first who works, then what they work with."""
        working = [child for child in self.children if child not in self.services]
        self._end(working)
        self._end(self.services)
        self.guardian.dismiss()

    def _listen_for_signals(self) -> None:
        reading, writing = socket.socketpair()
        for end in (reading, writing):
            end.setblocking(False)
        self._wakeup = reading, writing
        self._selector.register(reading, selectors.EVENT_READ)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Who started us with nohup wants a closed terminal not to stop us.
            if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGTERM:
                signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self.stops += 1

    # --- Children --------------------------------------------------------------

    def _start(self, child: Child) -> None:
        output = child.start(self.guardian, self.environment, now=time.monotonic())
        self._selector.register(output, selectors.EVENT_READ, child)

    def _wait(self, seconds: float) -> None:
        """Until something happens, at most so long; take what the children wrote."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                if key.data.read(quiet=bool(self.stops)) == 0:
                    self._selector.unregister(key.fd)
            else:
                with contextlib.suppress(BlockingIOError):
                    self._wakeup[0].recv(4096)

    def _look_after_children(self, now: float) -> None:
        if self.guardian.process.poll() is not None:
            raise Fatal("The process that guards the others has ended; so this one stops.")
        for child in self.children:
            if child.start_at is not None and child.start_at <= now:
                self._start(child)
            elif (code := self._collect(child)) is not None:
                self._mind_the_end_of(child, code, now)

    def _collect(self, child: Child) -> int | None:
        """The exit code of a child that has just ended."""
        if child.process is None or (code := child.process.poll()) is None:
            return None
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.output)
        child.bury(self.guardian, quiet=bool(self.stops))
        return code

    def _mind_the_end_of(self, child: Child, code: int, now: float) -> None:
        if child is self.preparation:
            if code:
                raise Fatal(
                    "The database could not be prepared; the reason stands above and in "
                    f"{child.log.path}."
                )
            self.prepared = True
            return
        if child is self.web and self.web_ready_at is None:
            if programs.is_taken(self.port):
                raise Fatal(port_taken(self.port))
            if child.failures >= WEB_TRIES:
                raise Fatal(
                    "The web server can't start; the reason stands above and in "
                    f"{child.log.path}."
                )
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        pause = child.plan_restart(now=now)
        say(
            f"{child.name.capitalize()} ended ({how}); it starts again in {pause:g} s. "
            f"Its log: {child.log.path}"
        )

    # --- Readiness ---------------------------------------------------------------

    def _everything_answers(self, now: float) -> bool:
        if self.web_ready_at is None:
            if answers(self.port):
                self.web_ready_at = now
            elif now - self._started_at > WEB_PATIENCE_SECONDS:
                raise Fatal(f"The web server does not answer; see {self.web.log.path}.")
        if self.web_ready_at is None or not self.prepared:
            return False
        return self.worker.ready or now - self.web_ready_at > WORKER_PATIENCE_SECONDS

    # --- The end -------------------------------------------------------------------

    def _end(self, children: Iterable[Child]) -> None:
        living = [child for child in children if child.process is not None]
        patience = self.stops
        for child in living:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while living:
            self.stops = max(self.stops, 1)
            self._wait(STARTING_TICK_SECONDS)
            living = [child for child in living if self._collect(child) is None]
            # A second Ctrl-C means now.
            if self.stops > max(patience, 1) or time.monotonic() > deadline:
                for child in living:
                    child.signal(signal.SIGKILL, group=True)


def answers(port: int) -> bool:
    """Whether the web server answers; asking also makes it load its pages' code."""
    connection = HTTPConnection(programs.LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/mail/")
        connection.getresponse()
        return True
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def port_taken(port: int) -> str:
    return (
        f"Port {port} is taken by another program. Choose another one, for example: "
        f"PORT={port + 1} make run"
    )
