"""Other systems hear of an answer, of a change of mind, and of a goodbye."""

from __future__ import annotations

import json

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from promoter.webhooks.delivery import deliver_due
from promoter.webhooks.models import Delivery, Endpoint
from surveys.models import Response
from surveys.responding import record_response
from surveys.unsubscribing import unsubscribe
from tests.surveys.asked import ask, kate
from tests.webhooks.receiver import Receiver


@pytest.fixture
def endpoint(account):
    return Endpoint.objects.create(account=account, url="https://hooks.example/")


@pytest.fixture
def survey(account, campaign, now, endpoint):
    contact = kate(account, user_id="u1", attributes={"plan": "gold"})
    return ask(contact, campaign, now)


def told():
    return [json.loads(row.payload) for row in Delivery.objects.order_by("pk")]


def test_a_new_answer_is_told_in_full(survey, now):
    response = record_response(survey=survey, score=9, comment="Prima 👋", now=now)

    assert told() == [
        {
            "type": "response.created",
            "timestamp": "2026-11-23T12:00:00.000+00:00",
            "data": {
                "response": {
                    "id": response.pk,
                    "score": 9,
                    "band": "promoter",
                    "comment": "Prima 👋",
                    "responded_at": "2026-11-23T12:00:00.000+00:00",
                    "updated_at": "2026-11-23T12:00:00.000+00:00",
                    "attributes": {"plan": "gold"},
                },
                "survey": {"id": survey.pk, "trigger_id": survey.trigger_id},
                "campaign": {"id": survey.campaign_id, "name": "After an order"},
                "contact": {
                    "id": survey.contact_id,
                    "user_id": "u1",
                    "email": "kate@example.com",
                    "first_name": "Kate",
                    "last_name": "",
                },
            },
        }
    ]


def test_a_changed_mind_is_told_and_a_second_press_is_not(survey, now):
    for score in (9, 9, 2, 2):
        record_response(survey=survey, score=score, comment="", now=now)

    assert [(one["type"], one["data"]["response"]["score"]) for one in told()] == [
        ("response.created", 9),
        ("response.updated", 2),
    ]


def test_a_goodbye_is_told_once(survey, now):
    unsubscribe(survey=survey, now=now)
    unsubscribe(survey=survey, now=now)

    (one,) = told()
    assert one["type"] == "contact.unsubscribed"
    assert one["data"]["contact"]["email"] == "kate@example.com"


def test_an_answer_that_is_not_kept_is_not_told(survey, now):
    with pytest.raises(RuntimeError), transaction.atomic():
        record_response(survey=survey, score=9, comment="", now=now)
        raise RuntimeError("the database is full")

    assert not Response.objects.exists()
    assert not Delivery.objects.exists()


def test_attributes_that_would_make_it_too_large_are_left_out(survey, now):
    survey.contact.attributes = {"history": "x" * 10_000}
    survey.contact.save()

    record_response(survey=survey, score=9, comment="", now=now)

    assert told()[0]["data"]["response"]["attributes"] is None
    assert Response.objects.get().attributes == {"history": "x" * 10_000}


def test_charlie_hears_nothing_of_alices_answers(survey, other_account, endpoint, now):
    Endpoint.objects.create(account=other_account, url="https://charlie.example/")

    record_response(survey=survey, score=9, comment="", now=now)

    assert [row.endpoint for row in Delivery.objects.all()] == [endpoint]


def test_a_press_on_the_page_reaches_the_other_system(survey, endpoint, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    receiver = Receiver()
    try:
        endpoint.url = receiver.url
        endpoint.save()
        Client().post(reverse("survey", args=[survey.token]), {"score": "10"})

        with time_machine.travel(timezone.now(), tick=False):
            deliver_due(clock=timezone.now)
    finally:
        receiver.close()

    (request,) = receiver.told
    assert json.loads(request.body)["data"]["response"]["band"] == "promoter"
