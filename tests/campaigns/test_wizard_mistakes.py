"""Every field of the setup, with every mistake one can make in it."""

from __future__ import annotations

from datetime import time

import pytest

from campaigns.models import Campaign, EmailTemplate, Throttle
from campaigns.setup.wizard import duplicate
from contacts.models import ContactList
from tests.campaigns.setup_steps import address, errors, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"kind": "segment", "name": " "}, "name", "Give the campaign a name."),
        ({"kind": "", "name": "A"}, "kind", "Choose what starts a survey."),
        ({"kind": "one-time", "name": "A"}, "kind", "not one of the available choices"),
        ({"kind": "segment", "name": "x" * 121}, "name", "at most 120 characters"),
        ({"kind": "segment", "name": "a\0b"}, "name", "Null characters"),
    ],
)
def test_mistakes_in_kind_and_name(alice_client, data, field, words):
    found = errors(alice_client.post("/campaigns/new/", data))
    assert list(found) == [field]
    assert words in found[field][0]
    assert not Campaign.objects.exists()


def test_a_name_that_is_taken_is_refused_whatever_its_capitals(alice_client, campaign):
    data = {"kind": "segment", "name": "AFTER AN ORDER"}
    found = errors(alice_client.post("/campaigns/new/", data))
    assert "There is a campaign called" in found["name"][0]


def test_another_account_may_use_the_same_name(charlie_client, campaign):
    data = {"kind": "segment", "name": campaign.name}
    assert charlie_client.post("/campaigns/new/", data).status_code == 302


def test_mistakes_in_the_template(alice_client, answers, other_account):
    foreign = EmailTemplate.objects.create(
        account=other_account, name="Theirs", subject="s", brand="b"
    )
    campaign = set_up(alice_client, answers, until="kind")
    found = errors(alice_client.post(address(campaign, "template"), {}))
    assert found == {"email_template": ["Choose an email template."]}
    for value in [foreign.pk, 999_999, "x", "9" * 40]:
        response = alice_client.post(
            address(campaign, "template"), {"email_template": value}
        )
        assert "deleted meanwhile" in errors(response)["email_template"][0]


def test_an_account_without_templates_is_led_to_write_one(alice_client):
    alice_client.post("/campaigns/new/", {"kind": "segment", "name": "A"})
    campaign = Campaign.objects.get()
    page = alice_client.get(address(campaign, "template")).content.decode()
    assert f"/campaigns/templates/new/?campaign={campaign.pk}" in page


def test_mistakes_in_the_list(alice_client, answers, account, other_account):
    ContactList.objects.create(account=account, name="Newsletter")
    foreign = ContactList.objects.create(account=other_account, name="Theirs")
    url = address(set_up(alice_client, answers, until="template"), "list")
    assert "choice" in errors(alice_client.post(url, {}))
    assert "choice" in errors(alice_client.post(url, {"choice": foreign.pk}))
    found = errors(alice_client.post(url, {"choice": "new", "new_name": " "}))
    assert found == {"new_name": ["Give the new list a name."]}
    found = errors(alice_client.post(url, {"choice": "new", "new_name": "newsletter"}))
    assert "already: choose it above" in found["new_name"][0]
    assert ContactList.objects.filter(account=account).count() == 1


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        ("", "0 sends at once"),
        ("-1", "negative"),
        ("366", "At most 365 days."),
        ("1.5", "whole number"),
        ("soon", "whole number"),
        ("9" * 400, "At most 365 days."),
    ],
)
def test_mistakes_in_the_delay(alice_client, answers, delay, words):
    url = address(set_up(alice_client, answers, until="list"), "delivery")
    found = errors(alice_client.post(url, {"delivery_delay": delay, "reminder": "none"}))
    assert words in found["delivery_delay"][0]


@pytest.mark.parametrize("delay", [0, 1, 365])
def test_delays_from_none_to_a_year_are_taken(alice_client, answers, delay):
    campaign = set_up(alice_client, answers, until="list")
    data = {"delivery_delay": delay, "reminder": "none"}
    assert alice_client.post(address(campaign, "delivery"), data).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.delivery_delay, campaign.reminder_after) == (delay, None)


@pytest.mark.parametrize(
    ("data", "saved"),
    [
        ({"reminder": "none", "reminder_days": "nonsense"}, None),
        ({"reminder": "3"}, 3),
        ({"reminder": "7", "reminder_days": "999"}, 7),
        ({"reminder": "own", "reminder_days": "60"}, 60),
    ],
)
def test_reminders(alice_client, answers, data, saved):
    campaign = set_up(alice_client, answers, until="list")
    data = {"delivery_delay": "0"} | data
    assert alice_client.post(address(campaign, "delivery"), data).status_code == 302
    campaign.refresh_from_db()
    assert campaign.reminder_after == saved


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"reminder": ""}, "reminder"),
        ({"reminder": "4"}, "reminder"),
        ({"reminder": "own"}, "reminder_days"),
        ({"reminder": "own", "reminder_days": "0"}, "reminder_days"),
        ({"reminder": "own", "reminder_days": "61"}, "reminder_days"),
        ({"reminder": "own", "reminder_days": "ten"}, "reminder_days"),
    ],
)
def test_mistakes_in_the_reminder(alice_client, answers, data, field):
    url = address(set_up(alice_client, answers, until="list"), "delivery")
    assert list(errors(alice_client.post(url, {"delivery_delay": "0"} | data))) == [field]


WINDOW = {"send_days": ["0", "1", "2"], "send_from": "09:00", "send_until": "17:30"}
AT_ONCE = {"delivery_delay": "0", "reminder": "none"}


def test_a_campaign_s_send_window(alice_client, answers, account):
    delivery = answers["delivery"] | WINDOW
    campaign = set_up(alice_client, answers | {"delivery": delivery})
    assert campaign.send_days == [0, 1, 2]
    assert (campaign.send_from, campaign.send_until) == (time(9), time(17, 30))
    words = "Monday to Wednesday, 09:00 to 17:30"
    for page in (address(campaign, "review"), f"/campaigns/{campaign.pk}/"):
        assert words in alice_client.get(page).content.decode()
    page = alice_client.get(address(campaign, "delivery")).content.decode()
    assert '<details class="window" open>' in page
    assert 'value="09:00"' in page
    copy = duplicate(campaign=campaign)
    assert copy.window_words == campaign.window_words == words
    # Emptied, the account's holds again.
    alice_client.post(address(campaign, "delivery"), AT_ONCE)
    campaign.refresh_from_db()
    assert not campaign.has_send_window
    account.send_until = time(12)
    account.save()
    page = alice_client.get(address(campaign, "review")).content.decode()
    assert "Every day, 00:00 to 12:00" in page and "Your account’s" in page


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"send_days": ["7"]}, "send_days"),
        ({"send_from": "nine"}, "send_from"),
        ({"send_until": "24:00"}, "send_until"),
        ({"send_from": "09:00"}, "send_until"),
        ({"send_until": "17:00"}, "send_from"),
        ({"send_from": "09:00", "send_until": "09:00"}, "send_until"),
        ({"send_from": "00:00", "send_until": "00:00"}, "send_until"),
    ],
)
def test_mistakes_in_the_send_window_are_in_sight(alice_client, answers, data, field):
    url = address(set_up(alice_client, answers, until="list"), "delivery")
    response = alice_client.post(url, AT_ONCE | data)
    assert list(errors(response)) == [field]
    assert '<details class="window" open>' in response.content.decode()


def test_a_throttle_is_optional(alice_client, answers):
    campaign = set_up(alice_client, answers | {"throttle": {"choice": "none", "days": "x"}})
    assert campaign.throttle is None


def test_the_same_throttle_is_made_once_and_shared(alice_client, answers, account):
    first = set_up(alice_client, answers)
    second = set_up(
        alice_client,
        answers
        | {"kind": {"kind": "segment", "name": "Second"}}
        | {"list": {"choice": first.contact_list_id}},
    )
    assert first.throttle == second.throttle == Throttle.objects.get()
    assert first.throttle.name == "30 days, all campaigns"


WAITS = {"choice": "new", "days": "30", "scope": "account", "when_throttled": "wait"}


def test_a_throttle_that_lets_surveys_wait_is_another_one(alice_client, answers):
    campaign = set_up(alice_client, answers | {"throttle": WAITS | {"defer_days": "5"}})
    assert campaign.throttle.defer_days == 5
    assert campaign.throttle.name == "30 days, all campaigns, waits up to 5 days"
    page = alice_client.get(address(campaign, "review")).content.decode()
    assert "waits up to 5 days for their turn" in page
    skips = WAITS | {"when_throttled": "skip", "defer_days": "x"}
    assert alice_client.post(address(campaign, "throttle"), skips).status_code == 302
    campaign.refresh_from_db()
    assert campaign.throttle.defer_days == 0
    assert Throttle.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "choice"),
        ({"choice": "x"}, "choice"),
        ({"choice": "new", "days": "", "scope": "account"}, "days"),
        ({"choice": "new", "days": "0", "scope": "account"}, "days"),
        ({"choice": "new", "days": "366", "scope": "account"}, "days"),
        ({"choice": "new", "days": "30", "scope": ""}, "scope"),
        ({"choice": "new", "days": "30", "scope": "world"}, "scope"),
        (WAITS | {"defer_days": ""}, "defer_days"),
        (WAITS | {"defer_days": "0"}, "defer_days"),
        (WAITS | {"defer_days": "31"}, "defer_days"),
        (WAITS | {"when_throttled": "hope"}, "when_throttled"),
    ],
)
def test_mistakes_in_the_throttle(alice_client, answers, data, field):
    url = address(set_up(alice_client, answers, until="delivery"), "throttle")
    assert list(errors(alice_client.post(url, data))) == [field]
    assert not Throttle.objects.exists()


def test_a_foreign_throttle_cannot_be_chosen(alice_client, answers, other_account):
    foreign = Throttle.objects.create(account=other_account, name="Theirs", days=9)
    url = address(set_up(alice_client, answers, until="delivery"), "throttle")
    assert "choice" in errors(alice_client.post(url, {"choice": foreign.pk}))


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "a\0b"])
def test_mistakes_in_the_event(alice_client, answers, name):
    url = address(set_up(alice_client, answers, until="throttle"), "event")
    assert list(errors(alice_client.post(url, {"event_name": name}))) == ["event_name"]


def test_spaces_around_the_event_are_dropped_and_that_is_said(alice_client, answers):
    campaign = set_up(alice_client, answers, until="throttle")
    page = alice_client.post(
        address(campaign, "event"), {"event_name": "  Order  Completed\t"}, follow=True
    )
    campaign.refresh_from_db()
    assert campaign.event_name == "Order  Completed"
    assert "Spaces around the event’s name don’t count" in page.content.decode()


def test_an_event_can_be_brought_along_by_a_link(alice_client, answers):
    campaign = set_up(alice_client, answers, until="throttle")
    url = address(campaign, "event") + "?event_name=Trial+%22Ended%22"
    assert 'value="Trial &quot;Ended&quot;"' in alice_client.get(url).content.decode()
