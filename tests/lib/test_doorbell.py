"""The doorbell never makes anybody wait and never raises."""

from __future__ import annotations

import os
import threading
import time

import pytest

from promoter.lib.doorbell import Doorbell
from tests.harness.processes import wait_until


@pytest.fixture
def rings() -> list[float]:
    """The moment of every publication of `bell`."""
    return []


@pytest.fixture
def bell(rings) -> Doorbell:
    return Doorbell("some.task", publish=lambda task: rings.append(time.monotonic()))


def test_many_rings_close_together_become_few(bell, rings):
    for _ in range(1_000):
        bell.ring()
    wait_until(lambda: rings, what="the first ring")
    assert len(rings) <= 3
    assert all(b - a >= 0.045 for a, b in zip(rings, rings[1:], strict=False))


def test_a_ring_during_a_publication_is_not_lost():
    heard = []
    inside, go_on = threading.Event(), threading.Event()

    def publish(task):
        heard.append(task)
        inside.set()
        go_on.wait(60)

    bell = Doorbell("some.task", publish=publish)
    bell.ring()
    assert inside.wait(60)
    bell.ring()
    go_on.set()
    wait_until(lambda: len(heard) == 2, what="the second ring")


def test_a_broker_that_is_away_is_told_of_once_a_minute(caplog):
    tries = []

    def away(task):
        tries.append(task)
        raise ConnectionError("nobody there")

    bell = Doorbell("some.task", publish=away)
    for number in range(1, 4):
        bell.ring()
        wait_until(lambda n=number: len(tries) >= n, what="the next try")
    assert len([each for each in caplog.records if "nobody there" in each.message]) == 1


def test_a_forked_process_starts_a_thread_of_its_own():
    read, write = os.pipe()
    bell = Doorbell("some.task", publish=lambda task: os.write(write, b"%d." % os.getpid()))
    bell.ring()
    assert os.read(read, 20) == b"%d." % os.getpid()
    child = os.fork()
    if not child:
        bell.ring()
        time.sleep(5)
        os._exit(0)
    os.close(write)
    try:
        assert os.read(read, 20) == b"%d." % child
    finally:
        os.close(read)
        os.kill(child, 9)
        os.waitpid(child, 0)
