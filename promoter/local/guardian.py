"""Ends the supervisor's children when the supervisor is gone, however it went.

Standard input is a pipe that only the supervisor writes to: `+123` when process group 123
begins, `-123` when it is over. End of input means that the supervisor has ended, SIGKILL
included. A process of its own with nothing but the standard library, so that it can
hardly fail; it is started by its path, outside the terminal's process group.
"""

from __future__ import annotations

import os
import signal
import sys
import time

# A worker in the middle of a mail may finish it; it needs well under a second.
GRACE_SECONDS = 3.0


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        group = int(line[1:])
        if line.startswith(b"+"):
            groups.add(group)
        else:
            groups.discard(group)
    end(groups)


def end(groups: set[int]) -> None:
    """Ask every group to stop, and after the grace don't ask."""
    send(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while (groups := alive(groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    send(groups, signal.SIGKILL)


def alive(groups: set[int]) -> set[int]:
    return send(groups, 0)


def send(groups: set[int], number: int) -> set[int]:
    """Signal the groups; the answer is those that exist."""
    reached = set()
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            continue
        reached.add(group)
    return reached


if __name__ == "__main__":
    main()
