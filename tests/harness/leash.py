"""Run a command that dies when the one who started us does, however that one dies.

Holding our standard input open is the leash: a killed test process can't clean up, but
its pipes close. `python -m tests.harness.leash COMMAND...` prints the command's pid.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
    )
    print(child.pid, flush=True)
    threading.Thread(target=_kill_at_end_of_input, args=(child.pid,), daemon=True).start()
    return child.wait()


def _kill_at_end_of_input(pid: int) -> None:
    # Not sys.stdin: its lock would be held when the interpreter ends.
    while os.read(0, 1024):
        pass
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
