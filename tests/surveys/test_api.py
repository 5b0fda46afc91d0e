"""Programs ask for a survey: POST /api/v1/campaigns/<id>/surveys."""

from __future__ import annotations

import base64
import json

import pytest
import time_machine
from django.test import Client

from campaigns.models import Campaign, Throttle
from contacts.erasing import never_mail
from contacts.models import Contact
from contacts.suppression import suppress
from promoter.accounts.models import ApiKey
from surveys.models import Survey, SurveyEmail
from surveys.sending.transport import close_kept_connection
from surveys.tasks import deliver_due_emails
from tests.conftest import NOW
from tests.surveys.lists import list_campaign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(valkey):
    with time_machine.travel(NOW, tick=False):
        yield
    close_kept_connection()


@pytest.fixture
def api_campaign(campaign) -> Campaign:
    return list_campaign(campaign, "api", name="From the shop")


@pytest.fixture
def call(segment_key, api_campaign):
    def send(body, *, key=segment_key, pk=api_campaign.pk, slash="", **headers):
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = headers or {"authorization": f"Bearer {key}"}
        return Client().post(
            f"/api/v1/campaigns/{pk}/surveys{slash}",
            text,
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )

    return send


KATE = {"email": "kate@example.com"}


def test_one_call_makes_one_contact_one_survey_and_one_mail(call, api_campaign, smtp_sink):
    answer = call(KATE | {"first_name": "Kate", "attributes": {"plan": "gold"}})

    assert answer.status_code == 201
    survey = Survey.objects.get()
    assert answer.json() == {
        "success": True,
        "survey": survey.pk,
        "due_at": "2026-11-23T12:00:00+00:00",
    }
    assert survey.attributes == {"plan": "gold"}
    assert (survey.contact.email, survey.contact.first_name) == ("kate@example.com", "Kate")
    api_campaign.refresh_from_db()
    assert api_campaign.status == "active"
    deliver_due_emails()
    assert smtp_sink.recipients == ["kate@example.com"]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("scheme", ["Bearer", "Token", "Basic"])
def test_the_key_comes_in_any_of_three_ways(call, segment_key, scheme, slash):
    key = segment_key
    if scheme == "Basic":
        key = base64.b64encode(f"{key}:".encode()).decode()
    answer = call(KATE, slash=slash, authorization=f"{scheme} {key}")
    assert answer.status_code == 201


def test_the_same_key_again_is_the_same_survey(call):
    first = call(KATE | {"idempotency_key": "order-7"})
    again = call(KATE | {"idempotency_key": "order-7"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert SurveyEmail.objects.count() == 1


def test_who_is_known_is_updated_and_not_made_twice(call, account):
    contact = Contact(account=account, user_id="u1", attributes={"seats": 3})
    contact.set_email("kate@example.com")
    contact.save()
    call(KATE | {"attributes": {"plan": "gold"}})
    call({"user_id": "u1", "email": "new@example.com"})
    call({"user_id": "other", "email": "new@example.com"})
    contact.refresh_from_db()
    assert contact.attributes == {"seats": 3, "plan": "gold"}
    assert contact.email == "new@example.com"
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("reason", ["throttled", "suppressed", "no_address", "inactive"])
def test_whoever_is_not_asked_has_a_reason(call, account, api_campaign, reason):
    body = KATE
    if reason == "throttled":
        throttle = Throttle.objects.create(account=account, name="Month", days=30)
        Campaign.objects.update(throttle=throttle)
        call(KATE)
    elif reason == "suppressed":
        suppress(account=account, email=KATE["email"], reason="unsubscribed", now=NOW)
    elif reason == "no_address":
        body = {"user_id": "u1"}
    else:
        Campaign.objects.update(status="paused")
        reason = "campaign_inactive"

    answer = call(body | {"idempotency_key": "k"})

    assert (answer.status_code, answer.json()["skipped"]) == (200, reason)
    assert call(body | {"idempotency_key": "k"}).json() == answer.json()
    assert Survey.objects.get(trigger_id="k").skip_reason == reason


def test_an_erased_person_is_not_even_kept(call, account):
    never_mail(account=account, emails=["kate@example.com"], now=NOW)
    answer = call(KATE)
    assert (answer.status_code, answer.json()["skipped"]) == (200, "suppressed")
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "empty_body"),
        ("nonsense", 400, "bad_json"),
        (b"\xff\xfe{", 400, "not_utf8"),
        ("[" * 20_000, 400, "too_deep"),
        ("[]", 400, "bad_shape"),
        ({}, 400, "nobody"),
        ({"email": ""}, 400, "nobody"),
        ({"email": "not an address"}, 400, "bad_email"),
        ({"email": ["a@example.com"]}, 400, "bad_email"),
        ({"user_id": "x" * 256}, 400, "bad_user_id"),
        ({"user_id": {}}, 400, "bad_user_id"),
        ({"user_id": True}, 400, "bad_user_id"),
        (KATE | {"first_name": 7}, 400, "bad_first_name"),
        (KATE | {"attributes": [1]}, 400, "bad_attributes"),
        (KATE | {"idempotency_key": "x" * 256}, 400, "bad_idempotency_key"),
        (KATE | {"e-mail": "x"}, 400, "unknown_field"),
        ('{"email": "kate@example.com", "attributes": {"a": 1e999}}', 400, "bad_number"),
        (KATE | {"attributes": {"a": "x" * 40_000}}, 413, "body_too_large"),
    ],
)
def test_a_body_that_cant_be_used_is_refused_in_one_shape(call, body, status, code):
    answer = call(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().keys() == {"success", "code", "message"}
    assert not Contact.objects.exists()


def test_text_that_no_database_takes_is_cleaned(call):
    body = '{"user_id": "a\\u0000b", "email": "kate@example.com", "last_name": "K\\nL"}'
    assert call(body).status_code == 201
    contact = Contact.objects.get()
    assert (contact.user_id, contact.last_name) == ("a\ufffdb", "K L")


def test_keys_that_open_nothing(call, account, now):
    _, browser = ApiKey.objects.issue(
        account=account, name="Web", now=now, is_browser=True, allowed_origins=[]
    )
    answers = [call(KATE, key=browser), call(KATE, key="seg_unknown"), call(KATE, x="y")]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (403, "browser_key"),
        (401, "unknown_key"),
        (401, "missing_key"),
    ]


def test_a_strangers_key_finds_no_campaign(call, other_account, now):
    _, key = ApiKey.objects.issue(account=other_account, name="Theirs", now=now)
    assert call(KATE, key=key).status_code == 404
    assert not Survey.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("columns", "code"),
    [({"kind": "one_time"}, "wrong_kind"), ({"status": "draft"}, "draft")],
)
def test_a_campaign_that_the_api_may_not_ask(call, columns, code):
    Campaign.objects.update(**columns)
    answer = call(KATE)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_another_method_is_answered_in_the_same_shape(client, api_campaign):
    answer = client.get(f"/api/v1/campaigns/{api_campaign.pk}/surveys")
    assert (answer.status_code, answer.json()["success"]) == (405, False)


def test_the_campaign_page_shows_the_call(alice_client, api_campaign):
    page = alice_client.get(f"/campaigns/{api_campaign.pk}/").content.decode()
    assert f"/api/v1/campaigns/{api_campaign.pk}/surveys" in page
    assert "curl" in page
