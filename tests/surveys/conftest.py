"""A clock that stands, and delivery by it."""

from __future__ import annotations

import pytest

from surveys.delivery import deliver_due
from surveys.sending import transport
from tests.surveys.outbox import LIMIT, Clock


@pytest.fixture
def clock(now) -> Clock:
    return Clock(now)


@pytest.fixture
def deliver(clock):
    """Runs delivery as a task does, on the connection the settings name."""

    def _deliver() -> bool:
        with transport.connection() as way_out:
            return deliver_due(clock=clock, transport=way_out, limit=LIMIT)

    return _deliver
