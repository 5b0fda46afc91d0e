"""See that a web process which is told to stop hears it.

Python runs a signal's handler in the main thread. The kernel may give the signal to
another one, and then a main thread that waits for a lock, as granian's does, sleeps on:
the process goes on serving until it is killed, though a second signal would end it at
once. So a thread of ours passes the first one on.
"""

from __future__ import annotations

import os
import signal
import threading
import time

STOPS = (signal.SIGTERM, signal.SIGINT)
# Nearly always the main thread has heard it itself by then.
PATIENCE_SECONDS = 0.05


def pass_on_to_main_thread() -> None:
    """Call it in the main thread, once a process. A server that listens for signals in
    this way itself (gunicorn) is left alone."""
    if threading.current_thread() is not threading.main_thread():
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    others = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    if others != -1:
        signal.set_wakeup_fd(others)
        os.close(reader)
        os.close(writer)
        return
    threading.Thread(
        target=_pass_on, args=(reader,), name="stop signals", daemon=True
    ).start()


def _pass_on(reader: int) -> None:
    """Once: what is passed on is heard here, too."""
    while True:
        for number in os.read(reader, 64):
            if number in STOPS:
                time.sleep(PATIENCE_SECONDS)
                signal.pthread_kill(threading.main_thread().ident or 0, number)
                return
