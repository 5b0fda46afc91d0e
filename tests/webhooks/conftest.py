from __future__ import annotations

import pytest

from promoter.webhooks.models import Endpoint
from tests.webhooks.receiver import Receiver


@pytest.fixture
def receiver(settings):
    """Another system, on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def endpoint(account, receiver) -> Endpoint:
    """Alice's account tells it everything."""
    return Endpoint.objects.create(account=account, url=receiver.url)
