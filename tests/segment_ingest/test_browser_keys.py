"""A key in a web page: for its own pages only, and never a reason to mail somebody."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import ApiKey, AuditEvent
from segment_ingest.models import RefusedRequest
from surveys.models import Survey
from tests.segment_ingest.conftest import basic, process
from tests.segment_ingest.stored import counted, person, sent, stored

SHOP = "https://shop.example.com"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,anonymousid",
}


@pytest.fixture
def browser_key(account) -> str:
    return ApiKey.objects.issue(
        account=account,
        name="Shop",
        now=timezone.now(),
        is_browser=True,
        allowed_origins=[SHOP],
    )[1]


def call(path: str, body: Any, *, key: str, origin: str = SHOP) -> Any:
    headers = {"authorization": basic(key)} | ({"origin": origin} if origin else {})
    return Client().post(path, json.dumps(body), content_type="text/plain", headers=headers)


def preflight(origin: str = SHOP) -> Any:
    return Client().options("/v1/t", headers={"origin": origin, **PREFLIGHT})


def cors(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.items() if name.startswith("Access-")}


def test_without_a_browser_key_there_is_no_cors(segment_key):
    assert preflight().status_code == 405
    assert cors(preflight()) == {}
    answer = call("/v1/i", {"userId": "u"}, key=segment_key)
    assert (answer.status_code, cors(answer)) == (200, {})


def test_a_page_of_the_key_may_call(browser_key):
    asked = preflight()
    assert asked.status_code == 200
    assert cors(asked) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": PREFLIGHT["access-control-request-headers"],
        "Access-Control-Max-Age": "3600",
    }
    answer = call(
        "/v1/i", {"userId": "u", "traits": {"email": "ada@example.com"}}, key=browser_key
    )
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert answer["Vary"] == "Origin"
    process()
    assert Contact.objects.get().email == "ada@example.com"


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", ""])
def test_no_other_page_may(browser_key, origin):
    assert preflight(origin).status_code == 405
    answer = call("/v1/i", {"userId": "u"}, key=browser_key, origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert cors(answer) == {}
    assert RefusedRequest.objects.get().way_in == "key Shop"


def test_it_never_starts_a_survey(browser_key, campaign, verdict):
    for event in (
        {"type": "identify", "traits": {"email": "ada@example.com"}},
        {"type": "track", "event": "Order Completed"},
    ):
        body = {"batch": [{"userId": "u", **event}], "writeKey": browser_key}
        assert call("/v1/b", body, key=browser_key).json()["accepted"] == 1
    process()
    assert not Survey.objects.exists()
    assert verdict() == "ignored: A browser key never starts a survey."


def test_no_replay_takes_what_it_brought_for_a_reason_to_ask(
    browser_key, account, campaign
):
    Campaign.objects.update(cancel_event="Order Refunded", delivery_delay=3)
    for user_id in ("ada", "ben"):
        person(account, user_id)
    stored(account, "of a server", at=timezone.now() - timedelta(hours=1), user_id="ben")
    events = [
        {"type": "track", "event": "Order Completed", "userId": "ada"},
        {"type": "track", "event": "Order Refunded", "userId": "ben"},
    ]
    assert call("/v1/b", {"batch": events}, key=browser_key).json()["accepted"] == 2
    later = timezone.now() + timedelta(minutes=1)
    replay = counted(campaign, now=later)
    assert (replay.seen, replay.counts) == (1, {"scheduled": 1})
    sent(replay, now=later)
    assert Survey.objects.get().trigger_id == "of a server"


def test_it_erases_nobody(browser_key):
    call("/v1/i", {"userId": "u"}, key=browser_key)
    delete = {"type": "delete", "userId": "u"}
    answer = call("/v1/b", {"batch": [delete]}, key=browser_key)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_allowed")
    process()
    assert Contact.objects.exists()


def test_a_revoked_one_opens_nothing(browser_key):
    ApiKey.objects.get().revoke(now=timezone.now())
    assert preflight().status_code == 405
    answer = call("/v1/i", {"userId": "u"}, key=browser_key)
    assert (answer.status_code, cors(answer)) == (401, {})


def test_it_changes_no_address_that_is_known(browser_key, segment):
    segment.identify("u", traits={"email": "ada@example.com"})
    process()
    body = {"userId": "u", "traits": {"Email": "eve@example.com", "plan": "gold"}}
    call("/v1/i", body, key=browser_key)
    process()
    contact = Contact.objects.get()
    assert contact.email == "ada@example.com"
    assert contact.attributes == {"email": "ada@example.com", "plan": "gold"}


def test_its_identify_brings_no_held_event(browser_key, campaign, segment, verdict):
    campaign.hold_hours = 1
    campaign.save()
    segment.post(
        "/v1/track", {"userId": "u", "event": "Order Completed", "messageId": "held"}
    )
    process()
    body = {"userId": "u", "traits": {"email": "eve@example.com"}}
    call("/v1/i", body, key=browser_key)
    process()
    assert verdict("held").startswith("held")
    assert not Survey.objects.exists()
    segment.identify("u", traits={"email": "ada@example.com"})
    process()
    assert Survey.objects.get().contact.email == "ada@example.com"


def test_its_websites_change_and_the_key_stays(browser_key, alice_client):
    key = ApiKey.objects.get(is_browser=True)
    address = f"/settings/keys/{key.pk}/rename/"
    assert key.allowed_origins[0] in alice_client.get(address).content.decode()

    answer = alice_client.post(address, {"name": "New", "allowed_origins": "example.com"})
    assert answer.status_code == 422
    assert "must look like" in answer.content.decode()

    sites = "https://new.example.com\nhttps://www.example.com"
    alice_client.post(address, {"name": "New", "allowed_origins": sites})

    key.refresh_from_db()
    assert (key.name, key.allowed_origins) == ("New", sites.split())
    answer = call("/v1/i", {"userId": "u"}, key=browser_key, origin=sites.split()[0])
    assert answer.status_code == 200
    log = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(log) == ["key.renamed", "key.websites_changed"]
