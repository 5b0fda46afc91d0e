"""Segment's own Webhooks destinations: an address and a signature, one event or many."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from contacts.models import Contact
from segment_ingest.models import Connection, RefusedRequest
from surveys.models import Survey
from tests.conftest import NOW
from tests.segment_ingest.conftest import process

IDENTIFY = {
    "type": "identify",
    "userId": "user-42",
    "messageId": "i",
    "traits": {"email": "ada@example.com", "price": 1.0},
    "receivedAt": NOW.isoformat(),
    "timestamp": NOW.isoformat(),
}
TRACK = {**IDENTIFY, "type": "track", "event": "Order Completed", "messageId": "t"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def webhook(account) -> Connection:
    return Connection.objects.open(account=account, name="Production", now=NOW)


def post(webhook: Connection, document: Any, *, method: str = "post", **headers: str):
    """As Segment does: JSON without spaces, an array signed by its first element."""
    text = document if isinstance(document, bytes) else spell(document)
    first = document[0] if isinstance(document, list) and document else document
    signed = first if isinstance(first, bytes) else spell(first)
    headers = {"x-signature": sign(signed, webhook.secret)} | headers
    return getattr(Client(), method)(
        path(webhook), text, content_type="application/json", headers=headers
    )


def path(webhook: Connection) -> str:
    return f"/v1/segment/webhook/{webhook.token}"


def spell(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def sign(text: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha1).hexdigest()


def refusals(account) -> dict[str, int]:
    rows = RefusedRequest.objects.filter(account=account)
    return {row.code: row.count for row in rows}


def test_the_classic_one_posts_an_event_at_a_time(webhook, campaign):
    assert post(webhook, IDENTIFY).status_code == 200
    assert post(webhook, TRACK).json()["accepted"] == 1
    process()
    assert Contact.objects.get().email == "ada@example.com"
    assert Survey.objects.get().trigger_id == "t"


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_actions_posts_a_bare_array(webhook, campaign, method):
    answer = post(webhook, [IDENTIFY, TRACK, {"type": "nonsense"}], method=method)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 2
    assert [each["code"] for each in answer.json()["rejected"]] == ["unknown_type"]
    process()
    assert Survey.objects.count() == 1


def test_what_a_destination_function_batches_is_taken_too(webhook):
    answer = post(webhook, {"batch": [IDENTIFY, TRACK]})
    assert answer.json()["accepted"] == 2


def test_both_spellings_of_the_address_answer(webhook):
    text = spell(IDENTIFY)
    answer = Client().post(
        path(webhook) + "/",
        text,
        content_type="text/plain",
        headers={"x-signature": sign(text, webhook.secret)},
    )
    assert answer.status_code == 200


def test_a_gzipped_body_is_signed_by_its_text(webhook):
    text = spell(IDENTIFY)
    headers = {"x-signature": sign(text, webhook.secret)}
    answer = post(webhook, gzip.compress(text), **headers)
    assert answer.json()["accepted"] == 1


def test_a_delete_erases(webhook):
    post(webhook, IDENTIFY)
    post(webhook, {"type": "delete", "userId": "user-42", "timestamp": NOW.isoformat()})
    process()
    assert not Contact.objects.exists()


def test_an_array_may_be_larger_than_a_clients_batch(webhook, usage):
    events = [
        {**TRACK, "messageId": str(number), "properties": {"text": "x" * 600}}
        for number in range(4_000)
    ]
    assert post(webhook, events).json()["accepted"] == 4_000
    assert usage()["accepted"] == 4_000


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([TRACK] * 4_001, "too_many_events"),
        ([{**TRACK, "properties": "x" * 5_000_000}], "body_too_large"),
    ],
)
def test_but_not_without_end(webhook, document, code):
    answer = post(webhook, document)
    assert (answer.status_code, answer.json()["code"]) == (413, code)


class TestTheSignature:
    @pytest.mark.parametrize("signature", ["", "nonsense", sign(spell(IDENTIFY), "guess")])
    def test_a_wrong_one_is_refused_and_shown(self, webhook, account, usage, signature):
        answer = post(webhook, IDENTIFY, **{"x-signature": signature})
        assert answer.status_code == 401
        code = "bad_signature" if signature else "no_signature"
        assert answer.json()["code"] == code
        assert refusals(account) == {code: 1}
        assert RefusedRequest.objects.get().way_in == "webhook Production"
        assert usage()["accepted"] == 0

    def test_a_flood_is_one_row_an_hour(self, webhook, account, _noon):
        for _ in range(5):
            post(webhook, IDENTIFY, **{"x-signature": "0"})
        assert refusals(account) == {"bad_signature": 5}
        _noon.shift(timedelta(hours=1))
        post(webhook, IDENTIFY, **{"x-signature": "0"})
        assert RefusedRequest.objects.count() == 2

    def test_none_is_needed_where_the_team_said_so(self, webhook):
        webhook.takes_unsigned = True
        webhook.save()
        assert post(webhook, IDENTIFY, **{"x-signature": ""}).status_code == 200
        assert post(webhook, TRACK, **{"x-signature": "wrong"}).status_code == 401

    def test_old_and_new_secret_hold_until_the_old_one_is_dropped(self, webhook):
        old = sign(spell(IDENTIFY), webhook.secret)
        webhook.rotate_secret()
        assert post(webhook, IDENTIFY).status_code == 200
        assert post(webhook, IDENTIFY, **{"x-signature": old}).status_code == 200
        webhook.drop_old_secret()
        assert post(webhook, IDENTIFY).status_code == 200
        assert post(webhook, IDENTIFY, **{"x-signature": old}).status_code == 401


def test_an_unknown_or_revoked_address_is_refused(webhook):
    webhook.revoke(now=NOW)
    assert post(webhook, IDENTIFY).json()["code"] == "unknown_connection"
    for token in ("x" * 32, "no-such", "x" * 100):
        webhook.token = token
        assert post(webhook, IDENTIFY).status_code == 401


def test_over_the_quota_the_body_is_not_looked_at(webhook, account, usage):
    account.daily_event_limit = 0
    account.save()
    answer = post(webhook, b"not json")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) == 12 * 3600
    assert usage()["refused"] == 1


def test_the_last_event_is_known_to_the_minute(webhook, _noon, django_assert_num_queries):
    post(webhook, IDENTIFY)
    webhook.refresh_from_db()
    assert webhook.last_event_at == NOW
    _noon.shift(timedelta(seconds=30))
    post(webhook, TRACK)
    webhook.refresh_from_db()
    assert webhook.last_event_at == NOW


def test_what_a_client_sends_wrong_is_counted_by_reason(segment, account):
    segment.post("/v1/track", b"{nonsense")
    segment.batch({"type": "track", "userId": "u"}, {"type": "x"}, {"type": "x"}, TRACK)
    assert refusals(account) == {"bad_json": 1, "bad_event": 1, "unknown_type": 2}
    assert set(RefusedRequest.objects.values_list("way_in", flat=True)) == {"key Segment"}
