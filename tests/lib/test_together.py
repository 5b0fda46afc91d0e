"""Work that several threads ask for at once is done in one go, for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest

from promoter.lib.together import Together
from tests.harness.processes import wait_until


class Work:
    """Remembers the groups; the first waits until the test lets it go on."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.answer = answer
        self.groups: list[list[Any]] = []
        self.begun, self.go_on = Event(), Event()

    def __call__(self, asks: Sequence[Any]) -> list[Any]:
        self.groups.append(list(asks))
        if len(self.groups) == 1:
            self.begun.set()
            assert self.go_on.wait(60)
        return [self.answer(ask) for ask in asks]


def at_once(work: Work, asks: Sequence[Any], *, most: int = 100) -> list[Future[Any]]:
    """The first ask is being worked on when the others come, one after the other."""
    together = Together(work, weigh=lambda ask: 1, most=most)
    asked: list[Any] = []
    lock = Lock()

    def ask(each: Any) -> Any:
        with lock:
            asked.append(each)
        return together.do(each)

    with ThreadPoolExecutor(len(asks)) as pool:
        futures = [pool.submit(ask, asks[0])]
        assert work.begun.wait(60)
        for count, each in enumerate(asks[1:], 1):
            futures.append(pool.submit(ask, each))
            wait_until(lambda count=count: len(together._waiting) == count)
        work.go_on.set()
    assert together.do("later") == work.answer("later")
    return futures


def test_who_asks_meanwhile_is_served_together_in_the_order_of_asking():
    work = Work(lambda ask: f"done {ask}")
    futures = at_once(work, [0, 1, 2, 3, 4])
    assert [each.result() for each in futures] == [f"done {n}" for n in range(5)]
    assert work.groups == [[0], [1, 2, 3, 4], ["later"]]


def test_a_group_has_a_bound():
    work = Work(str)
    futures = at_once(work, [0, 1, 2, 3, 4, 5], most=2)
    assert [each.result() for each in futures] == list("012345")
    assert work.groups == [[0], [1, 2], [3, 4], [5], ["later"]]


def test_an_exception_is_for_whom_it_is_meant():
    work = Work(lambda ask: ValueError("poison") if ask == 2 else ask)
    one, two, three, four = at_once(work, [1, 2, 3, 4])
    assert [one.result(), three.result(), four.result()] == [1, 3, 4]
    with pytest.raises(ValueError, match="poison"):
        two.result()


def test_broken_work_is_everybodys_and_leaves_nobody_waiting():
    def answer(ask: Any) -> Any:
        if ask == 2:
            raise LookupError("broken")
        return ask

    work = Work(answer)
    one, *others = at_once(work, [1, 2, 3])
    assert one.result() == 1
    for each in others:
        with pytest.raises(LookupError):
            each.result()
