"""What happened is written once for each who wants to know, or not at all."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from promoter.webhooks.models import Delivery, Endpoint, EventType
from promoter.webhooks.outbox import enqueue


@pytest.fixture
def tell(account, now):
    def run(event_type=EventType.RESPONSE_CREATED, **payload):
        return enqueue(account=account, event_type=event_type, payload=payload, now=now)

    return run


def test_each_endpoint_that_wants_it_is_told(account, tell, now):
    everything = Endpoint.objects.create(account=account, url="https://a.example/")
    answers = Endpoint.objects.create(
        account=account, url="https://b.example/", event_types=["response.created"]
    )
    Endpoint.objects.create(
        account=account, url="https://c.example/", event_types=["contact.unsubscribed"]
    )

    assert tell(score=9, comment="Prima 👋") == 2

    rows = Delivery.objects.order_by("endpoint_id")
    assert [row.endpoint for row in rows] == [everything, answers]
    assert rows[0].webhook_id != rows[1].webhook_id
    assert json.loads(rows[0].payload) == {
        "type": "response.created",
        "timestamp": "2026-11-23T12:00:00.000+00:00",
        "data": {"score": 9, "comment": "Prima 👋"},
    }
    assert rows[0].due_at == now


def test_strangers_and_the_disabled_are_told_nothing(account, other_account, tell, now):
    Endpoint.objects.create(account=other_account, url="https://charlie.example/")
    off = Endpoint.objects.create(account=account, url="https://off.example/")
    off.disable(reason="Because.", now=now)

    assert tell() == 0
    assert not Delivery.objects.exists()


def test_what_is_undone_is_told_to_nobody(account, tell):
    Endpoint.objects.create(account=account, url="https://a.example/")

    with pytest.raises(RuntimeError), transaction.atomic():
        tell()
        raise RuntimeError("the answer could not be kept")

    assert not Delivery.objects.exists()


def test_without_endpoints_it_costs_one_query(tell, django_assert_num_queries):
    with django_assert_num_queries(1):
        tell()


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "ftp://a.example/"},
        {"url": "https://user:password@a.example/"},
        {"secret": "whsec_short"},
        {"event_types": ["response.imagined"]},
        {"event_types": "response.created"},
        {"event_types": [{}]},
    ],
)
def test_what_could_never_work_is_refused_on_the_form(account, fields):
    endpoint = Endpoint(account=account, **({"url": "https://a.example/"} | fields))

    with pytest.raises(ValidationError) as refused:
        endpoint.full_clean()
    assert set(refused.value.error_dict) == set(fields)
