"""What is counted in memory reaches the database, late but whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from django.db import OperationalError

from promoter.lib.tally import Tally
from tests.harness.processes import wait_until

pytestmark = pytest.mark.either_database


def test_many_are_written_at_once_by_a_thread_that_ends():
    written: list[Counter[str]] = []
    tally = Tally[str](lambda counts: written.append(Counter(counts)), seconds=lambda: 0.5)
    for name in "abbabc":
        tally.add(name)
    wait_until(lambda: written, limit=30)
    tally.add("d")
    wait_until(lambda: sum(each.total() for each in written) == 7, limit=30)
    assert sum(written, Counter()) == Counter("abbabcd")
    assert len(written) < 7


def test_what_the_database_did_not_take_is_written_with_the_next():
    written: list[Mapping[str, int]] = []

    def write(counts: Mapping[str, int]) -> None:
        if counts == {"a": 1}:
            raise OperationalError("away")
        written.append(counts)

    tally = Tally[str](write, seconds=lambda: 0)
    tally.add("a")
    assert written == []
    tally.add("b")
    assert written == [{"a": 1, "b": 1}]
