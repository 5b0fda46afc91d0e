"""A child's output: all of it to its log file, errors also to the terminal."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path

# Two files of this size a child, whatever happens.
MAX_BYTES = 2_000_000
MAX_TRACEBACK_LINES = 60
MAX_LINE_BYTES = 64 * 1024
# An error a request, and the terminal would show nothing else: so many lines, then a rest.
SHOWN_LINES = 150
REST_SECONDS = 10.0
# Python's logging, Celery's and granian's lines, and Valkey's "1234:M 23 Nov".
BEGINS_RECORD = re.compile(rb"\[?\d{4}-\d\d-\d\d[ T]|\[(?:INFO|WARNING|ERROR)\]|\d+:[A-Z] ")
IS_ERROR = re.compile(rb"\b(?:ERROR|CRITICAL|FATAL)\b|^Traceback |^\w+(?:\.\w+)*Error: ")


def say(text: str) -> None:
    """One line to who ran `make run`; a closed terminal must not stop us from stopping."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


class Log:
    """One child's log file, kept small, and the sieve for its errors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")
        self._unfinished = b""
        self._showing = 0
        self._shown = 0
        self._rest_until = 0.0

    def feed(self, output: bytes) -> list[bytes]:
        """Take what the child wrote; the answer is the lines it completed."""
        self._file.write(output)
        self._file.flush()
        if self._file.tell() > MAX_BYTES:
            self._file.close()
            self.path.replace(self.path.with_suffix(".log.1"))
            self._file = self.path.open("ab")
        *lines, self._unfinished = (self._unfinished + output).split(b"\n")
        if len(self._unfinished) > MAX_LINE_BYTES:
            lines.append(self._unfinished)
            self._unfinished = b""
        return lines

    def show_errors(self, label: str, lines: list[bytes], *, now: float) -> None:
        """Put errors on the terminal; in the lines' order, as an error has many."""
        for line in lines:
            if not self._is_error(line) or now < self._rest_until:
                continue
            say(f"{label:8} {line.decode(errors='replace').rstrip()}")
            self._shown += 1
            if self._shown >= SHOWN_LINES:
                say(f"{label:8} More errors are in {self.path}.")
                self._shown, self._rest_until = 0, now + REST_SECONDS

    def _is_error(self, line: bytes) -> bool:
        if IS_ERROR.search(line):
            self._showing = MAX_TRACEBACK_LINES
        elif BEGINS_RECORD.match(line):
            self._showing = 0
        else:
            self._showing = max(0, self._showing - 1)
        return self._showing > 0

    def close(self) -> None:
        self._file.close()
