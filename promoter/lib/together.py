"""Do what several threads ask for at the same time in one go: a commit, for instance.

Whoever asks while nobody works does the work at once, alone: asking costs it nothing.
Whoever asks meanwhile waits; the first of them then does the work of all who wait, and so
on. The work is done in a thread that asked, so there is no thread to start, to watch or to
drain: when the last asker has its answer, nothing is left over.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Ask = TypeVar("Ask")
Outcome = TypeVar("Outcome")


class Together(Generic[Ask, Outcome]):
    """Gathers asks for `work`, which gives an outcome or an exception for each, in order.

    `weigh` says how much an ask is; together they weigh no more than `most` (one may).
    """

    def __init__(
        self,
        work: Callable[[Sequence[Ask]], Sequence[Outcome | Exception]],
        *,
        weigh: Callable[[Ask], int],
        most: int,
    ) -> None:
        self._work = work
        self._weigh = weigh
        self._most = most
        self._lock = threading.Lock()
        self._is_busy = False
        self._waiting: deque[_Turn[Ask, Outcome]] = deque()

    def do(self, ask: Ask) -> Outcome:
        """The ask's outcome. Raises its exception, or what broke the work of all."""
        turn = _Turn[Ask, Outcome](ask)
        with self._lock:
            has_to_wait = self._is_busy
            if has_to_wait:
                self._waiting.append(turn)
            else:
                self._is_busy = True
        if has_to_wait:
            turn.gate.acquire()
        return self._lead(turn) if turn.outcome is None else _result(turn.outcome)

    def _lead(self, first: _Turn[Ask, Outcome]) -> Outcome:
        group = self._group(first)
        try:
            outcomes = self._work([turn.ask for turn in group])
            for turn, outcome in zip(group, outcomes, strict=True):
                turn.outcome = outcome
            return _result(outcomes[0])
        except Exception as error:
            for turn in group:
                turn.outcome = turn.outcome or error
            raise
        finally:
            # Even when the interpreter ends: nobody may wait for ever.
            self._hand_over()
            for turn in group[1:]:
                turn.outcome = turn.outcome or RuntimeError("The work was broken off.")
                turn.gate.release()

    def _group(self, first: _Turn[Ask, Outcome]) -> list[_Turn[Ask, Outcome]]:
        group, weight = [first], self._weigh(first.ask)
        with self._lock:
            while self._waiting:
                weight += self._weigh(self._waiting[0].ask)
                if weight > self._most:
                    break
                group.append(self._waiting.popleft())
        return group

    def _hand_over(self) -> None:
        with self._lock:
            self._is_busy = bool(self._waiting)
            if self._waiting:
                self._waiting.popleft().gate.release()


def _result(outcome: Outcome | Exception) -> Outcome:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class _Turn(Generic[Ask, Outcome]):
    """One ask. Its gate opens when it is settled, or when it is its turn to lead."""

    __slots__ = ("ask", "gate", "outcome")

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.outcome: Outcome | Exception | None = None
        self.gate = threading.Lock()
        self.gate.acquire()
