"""An operator stops an account's mail, or the whole account, and lets it go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promoter.accounts.models import Account, AuditEvent, Membership
from tests.rows import address
from tests.surveys.outbox import schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def press(admin_client, account):
    """Presses an action, confirms it, and gives both pages' texts."""

    def act(name: str) -> tuple[str, str]:
        form = {"action": name, "_selected_action": [account.pk]}
        path = address(Account, "changelist")
        question = admin_client.post(path, form).content.decode()
        done = admin_client.post(path, form | {"confirmed": "yes"}, follow=True)
        account.refresh_from_db()
        return question, done.content.decode()

    return act


def test_a_suspended_account_sends_nothing_and_takes_nothing_until_it_is_resumed(
    press, account, alice_client, client, segment_key, campaign, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now, number=2)
    question, done = press("suspend")
    assert "Suspend these accounts?" in question
    assert "Changed: 1." in done
    assert account.suspended_at is not None
    assert "Changed: 0." in press("suspend")[1], "it was so already"

    deliver()
    assert smtp_sink.envelopes == []
    event = {"userId": "u1", "event": "Order Completed", "writeKey": segment_key}
    answer = client.post("/v1/track", event, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")
    asked = client.post(
        "/api/v1/campaigns/1/surveys", headers={"authorization": f"Bearer {segment_key}"}
    )
    assert (asked.status_code, asked.json()["code"]) == (403, "account_suspended")
    page = alice_client.get("/")
    assert page.status_code == 403
    assert "Acme is suspended" in page.content.decode()

    press("resume")
    assert alice_client.get("/").status_code == 200
    answer = client.post("/v1/track", event, content_type="application/json")
    assert answer.status_code == 200
    deliver()
    assert len(smtp_sink.envelopes) == 2
    acts = AuditEvent.objects.filter(account=account, actor_email="admin@example.com")
    assert [event.action for event in acts.order_by("pk")] == [
        "people.account_suspended",
        "people.account_resumed",
    ]


def test_who_works_in_another_account_too_goes_there(
    press, account, other_account, alice, alice_client
):
    Membership.objects.create(account=other_account, user=alice)
    alice_client.post("/accounts/switch/", {"account": account.pk})
    press("suspend")

    assert "Strangers Ltd" in alice_client.get("/").content.decode()
    alice_client.post("/accounts/switch/", {"account": other_account.pk})

    assert alice_client.get("/").status_code == 200


def test_stopped_mail_waits_for_the_operator_whatever_an_owner_presses(
    press, account, alice_client, campaign, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now, number=2)
    press("stop_sending")
    Account.objects.update(sending_paused_at=clock.now - timedelta(days=1))

    alice_client.post("/settings/sending/resume/")
    deliver()
    assert smtp_sink.envelopes == []
    assert "have stopped it" in alice_client.get("/").content.decode()

    press("let_send")
    deliver()
    assert len(smtp_sink.envelopes) == 2
    assert "have stopped it" not in alice_client.get("/").content.decode()
