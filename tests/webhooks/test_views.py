"""Owners name the systems that are told what happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from promoter.accounts.models import AuditEvent
from promoter.webhooks.models import Delivery, Endpoint
from promoter.webhooks.outbox import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

LIST = "/settings/webhooks/"
HOOK = "https://hooks.example.com/nps/T0KEN"


@pytest.fixture
def hook(account) -> Endpoint:
    return Endpoint.objects.create(account=account, url=HOOK)


def test_an_address_is_added_and_its_secret_shown_once(alice_client, account):
    assert "Nobody is told yet" in alice_client.get(LIST).text

    answer = alice_client.post(
        f"{LIST}new/", {"url": HOOK, "event_types": ["response.created"]}
    )

    made = Endpoint.objects.get(account=account)
    assert made.event_types == ["response.created"]
    assert made.secret in answer.text
    assert "no-store" in answer["Cache-Control"]
    for page in (LIST, f"{LIST}{made.pk}/"):
        text = alice_client.get(page).text
        assert "Somebody answered" in text
        assert made.secret not in text
    event = AuditEvent.objects.get()
    assert (event.action, event.target_label) == ("webhook.created", "hooks.example.com")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "Enter the address"),
        ("ftp://example.com/", "http"),
        (HOOK, "This address is told already."),
    ],
)
def test_what_is_wrong_with_an_address_is_said(alice_client, hook, url, message):
    answer = alice_client.post(f"{LIST}new/", {"url": url})

    assert answer.status_code == 422
    assert message in answer.text
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("host", "is_saved"),
    [("127.0.0.1:9", False), ("[::1]", False), ("localhost", False), ("8.8.8.8", True)],
)
def test_our_own_network_is_refused_when_it_is_named(
    alice_client, account, settings, host, is_saved
):
    settings.WEBHOOK_ALLOW_PRIVATE = False

    answer = alice_client.post(f"{LIST}new/", {"url": f"http://{host}/nps"})

    assert ("is an address of a private network" in answer.text) is not is_saved
    assert Endpoint.objects.exists() is is_saved


def test_ten_addresses_are_the_most(alice_client, account):
    for number in range(10):
        Endpoint.objects.create(account=account, url=f"{HOOK}{number}")

    answer = alice_client.post(f"{LIST}new/", {"url": HOOK}, follow=True)

    assert "10 addresses are the most" in answer.text
    assert Endpoint.objects.count() == 10


def test_what_it_is_told_changes_and_its_secret_does_not(alice_client, hook):
    secret = hook.secret

    answer = alice_client.post(
        f"{LIST}{hook.pk}/",
        {"url": f"{HOOK}2", "event_types": ["contact.unsubscribed"]},
        follow=True,
    )

    assert "Saved" in answer.text
    hook.refresh_from_db()
    assert (hook.url, hook.event_types) == (f"{HOOK}2", ["contact.unsubscribed"])
    assert hook.secret == secret


def test_it_is_switched_off_and_on_and_gets_a_new_secret(alice_client, account, hook):
    now, act = timezone.now(), f"{LIST}{hook.pk}/act/"
    enqueue(account=account, event_type="response.created", payload={}, now=now)

    alice_client.post(act, {"act": "off"})
    assert Delivery.objects.get().status == Delivery.Status.CANCELLED
    page = alice_client.get(f"{LIST}{hook.pk}/").text
    assert "Somebody switched it off." in page
    again = {"act": "again", "delivery": Delivery.objects.get().pk}
    assert "Switch it on first" in alice_client.post(act, again, follow=True).text

    alice_client.post(act, {"act": "on"})
    assert "within seconds" in alice_client.post(act, again, follow=True).text
    assert Delivery.objects.due(now=now + timedelta(minutes=1)).count() == 1

    old = hook.secret
    text = alice_client.post(act, {"act": "secret"}).text
    hook.refresh_from_db()
    assert hook.secret != old
    assert hook.secret in text
    assert hook.old_secret == old
    acts = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["webhook.off", "webhook.on", "webhook.secret"]


def test_it_is_deleted_after_a_question(alice_client, account, hook):
    enqueue(account=account, event_type="response.created", payload={}, now=timezone.now())

    question = alice_client.get(f"{LIST}{hook.pk}/delete/").text
    assert "1 call waits for it and is dropped." in question
    alice_client.post(f"{LIST}{hook.pk}/delete/")

    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()
    assert [event.action for event in AuditEvent.objects.all()] == ["webhook.deleted"]
