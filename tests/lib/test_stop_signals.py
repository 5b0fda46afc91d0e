"""A stop that the kernel gives to another thread is heard all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.either_database

# The main thread waits for a lock, as granian's does; the signal goes to another thread.
PROCESS = """
import signal, sys, threading
from promoter.lib.stop_signals import pass_on_to_main_thread

stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
{listens}
other = threading.Thread(
    target=lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
)
threading.Timer(0.3, other.start).start()
sys.exit(0 if stopped.wait({limit}) else 3)
"""


def run(**words: object) -> int:
    code = PROCESS.format(**words)
    return subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode


def test_a_stop_that_another_thread_gets_wakes_the_main_thread():
    assert run(listens="pass_on_to_main_thread()", limit="") == 0


def test_a_server_that_listens_itself_is_left_alone():
    listens = """
import socket
ours, theirs = socket.socketpair()
theirs.setblocking(False)
signal.set_wakeup_fd(theirs.fileno())
pass_on_to_main_thread()
assert signal.set_wakeup_fd(-1) == theirs.fileno()
stopped.set()
"""
    assert run(listens=listens, limit=30) == 0
