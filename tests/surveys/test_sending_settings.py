"""The owners decide how their account's mail is sent, and see when it is not."""

from __future__ import annotations

import pytest
from django.test import Client

from promoter.accounts.models import Account

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PATH = "/settings/sending/"


@pytest.fixture
def bob_client(bob) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.mark.parametrize(
    ("posted", "column", "stored"),
    [
        ({"section": "policy", "policy-delivery_policy": "at_least_once"},
         "delivery_policy", "at_least_once"),
        ({"section": "speed", "speed-mails_per_minute": "60"}, "mails_per_minute", 60),
        ({"section": "speed", "speed-mails_per_minute": ""}, "mails_per_minute", None),
    ],
)  # fmt: skip
def test_a_section_is_saved_alone(alice_client, account, posted, column, stored):
    Account.objects.filter(pk=account.pk).update(mails_per_minute=7)
    before = Account.objects.values().get(pk=account.pk)
    response = alice_client.post(PATH, posted, follow=True)
    assert "is saved" in response.content.decode()
    assert Account.objects.values().get(pk=account.pk) == {**before, column: stored}


def test_the_send_window_is_shown_as_it_is_saved(alice_client, account, campaign):
    window = {"window-send_days": ["5", "6"], "window-send_from": "22:00"}
    window |= {"section": "window", "window-send_until": "06:00"}
    assert alice_client.post(PATH, window).status_code == 302
    account.refresh_from_db()
    assert account.window_words == "Saturday and Sunday, 22:00 to 06:00 the next day"
    page = alice_client.get(PATH).content.decode()
    assert f"or else your account’s, {account.time_zone.replace('_', ' ')}." in page
    assert page.count("checked") == 3  # and the policy
    assert 'value="22:00"' in page
    page = alice_client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert account.window_words in page
    wrong = alice_client.post(PATH, window | {"window-send_until": "22:00"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count("It ends when it begins.") == 2
    assert Account.objects.get(pk=account.pk).window_words == account.window_words


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "60001"])
def test_a_wrong_number_is_explained_and_kept(alice_client, account, wrong):
    response = alice_client.post(
        PATH, {"section": "speed", "speed-mails_per_minute": wrong}
    )
    assert response.status_code == 422
    assert f'value="{wrong}"' in response.content.decode()
    assert "Enter " in response.content.decode()
    account.refresh_from_db()
    assert account.mails_per_minute is None


def test_an_unknown_section_saves_nothing(alice_client, account):
    assert alice_client.post(PATH, {"section": "x"}).status_code == 200


def test_only_owners_decide(bob_client, account, now):
    for path in (PATH, f"{PATH}resume/"):
        assert bob_client.post(path).status_code == 403
    assert bob_client.get(PATH).status_code == 200


def test_a_pause_is_told_on_every_page_and_taken_back_by_an_owner(
    alice_client, bob_client, charlie_client, account, now
):
    words = "550 5.7.1 <you> may not send"
    Account.objects.filter(pk=account.pk).update(
        sending_paused_at=now, sending_paused_because=words
    )
    for path in ("/", "/contacts/", PATH):
        page = alice_client.get(path).content.decode()
        assert "550 5.7.1 &lt;you&gt; may not send" in page
        assert "Try again now" in page
    page = bob_client.get("/").content.decode()
    assert "No survey mail is leaving" in page
    assert "Try again now" not in page
    assert "No survey mail is leaving" not in charlie_client.get("/").content.decode()
    charlie_client.post(f"{PATH}resume/")
    account.refresh_from_db()
    assert account.sending_paused_at == now
    page = alice_client.post(f"{PATH}resume/", follow=True).content.decode()
    assert "Mail is sent again" in page
    assert "No survey mail is leaving" not in page
