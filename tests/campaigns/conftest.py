"""Who sets campaigns up, and what they enter."""

from __future__ import annotations

import pytest
from django.test import Client

from promoter.accounts.models import Membership


@pytest.fixture
def bob_client(bob) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def viewer_client(bob) -> Client:
    """Bob, who may only look."""
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def answers(template) -> dict[str, dict[str, object]]:
    """What a person enters at each step, in order."""
    return {
        "kind": {"kind": "segment", "name": "After an order"},
        "template": {"email_template": template.pk},
        "list": {"choice": "new", "new_name": "Segment List"},
        "delivery": {"delivery_delay": "7", "reminder": "5", "reminder_days": ""},
        "throttle": {"choice": "new", "days": "30", "scope": "account"},
        "event": {"event_name": "Order Completed"},
        "options": {"rows": "0", "sample_percent": "100", "hold_hours": "0"},
    }
