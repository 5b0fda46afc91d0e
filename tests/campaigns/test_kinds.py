"""Setting up campaigns that ask a list, or whom a program names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from campaigns.models import Campaign
from campaigns.setup import wizard
from contacts.models import ContactList
from promoter.accounts.models import Account
from tests.campaigns.setup_steps import address, errors

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

WHEN = {"start": "now", "distribution": "instant", "repeat_days": "90"}


@pytest.fixture
def draft_of(alice_client, account, template):
    """A draft of the kind, set up as far as its list."""
    customers = ContactList.objects.create(account=account, name="Customers")

    def make(kind: str) -> Campaign:
        alice_client.post("/campaigns/new/", {"kind": kind, "name": "Spring"})
        campaign = Campaign.objects.get()
        for key, data in {
            "template": {"email_template": template.pk},
            "list": {"choice": customers.pk},
        }.items():
            assert alice_client.post(address(campaign, key), data).status_code == 302
        campaign.refresh_from_db()
        return campaign

    return make


@pytest.mark.parametrize("kind", ["one_time", "recurring", "api"])
def test_each_kind_is_set_up_and_activated_without_an_event(alice_client, draft_of, kind):
    campaign = draft_of(kind)
    if kind != "api":
        alice_client.post(address(campaign, "when"), WHEN)
    delivery = {"reminder": "none"} | ({"delivery_delay": "0"} if kind == "api" else {})
    alice_client.post(address(campaign, "delivery"), delivery)
    response = alice_client.post(address(campaign, "throttle"), {"choice": "none"})
    assert response["Location"] == address(campaign, "review")
    assert "Activate Campaign" in alice_client.get(response["Location"]).content.decode()

    page = alice_client.post(f"/campaigns/{campaign.pk}/activate/", follow=True)

    campaign.refresh_from_db()
    assert (campaign.status, campaign.event_name) == ("ready", "")
    assert campaign.repeat_days == (90 if kind == "recurring" else None)
    assert "event" not in page.content.decode().split("<main")[1].split("</main")[0].lower()


def test_a_start_is_on_the_accounts_clock(alice_client, draft_of):
    Account.objects.update(time_zone="Europe/Berlin")
    campaign = draft_of("one_time")
    data = WHEN | {"start": "at", "start_at": "2027-01-31T09:00"}
    alice_client.post(
        address(campaign, "when"), data | {"distribution": "spread", "spread_days": "5"}
    )
    campaign.refresh_from_db()
    assert campaign.start_at == datetime(2027, 1, 31, 8, 0, tzinfo=UTC)
    assert campaign.spread_days == 5
    page = alice_client.get(address(campaign, "when")).content.decode()
    assert 'value="2027-01-31T09:00"' in page
    assert "Europe/Berlin" in page


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"start": ""}, "start", "Choose when it begins."),
        ({"start": "at", "start_at": ""}, "start_at", "Enter a date and a time."),
        ({"start": "at", "start_at": "soon"}, "start_at", "Enter a date and a time that"),
        ({"start": "at", "start_at": "2027-03-28T02:30"}, "start_at", "may not exist"),
        ({"distribution": "spread"}, "spread_days", "Enter a number of days."),
        ({"distribution": "spread", "spread_days": "0"}, "spread_days", "At least 1 day."),
        ({"distribution": "spread", "spread_days": "366"}, "spread_days", "At most 365"),
        ({"repeat_days": ""}, "repeat_days", "Enter a number of days."),
        ({"repeat_days": "29"}, "repeat_days", "At least 30 days."),
        ({"repeat_days": "366"}, "repeat_days", "At most 365 days."),
    ],
)
def test_mistakes_in_when(alice_client, draft_of, data, field, words):
    Account.objects.update(time_zone="Europe/Berlin")
    campaign = draft_of("recurring")
    found = errors(alice_client.post(address(campaign, "when"), WHEN | data))
    assert list(found) == [field]
    assert words in found[field][0]


def test_another_kind_forgets_what_it_has_no_page_for(alice_client, draft_of):
    campaign = draft_of("recurring")
    alice_client.post(
        address(campaign, "when"), WHEN | {"distribution": "spread", "spread_days": "9"}
    )
    alice_client.post(address(campaign, "kind"), {"kind": "segment", "name": "Spring"})
    campaign.refresh_from_db()
    assert (campaign.spread_days, campaign.repeat_days) == (0, None)
    Campaign.objects.update(event_name="Order Completed")
    alice_client.post(address(campaign, "kind"), {"kind": "api", "name": "Spring"})
    campaign.refresh_from_db()
    assert campaign.event_name == ""


def test_kind_and_list_are_fixed_once_activated(alice_client, draft_of, account, now):
    campaign = draft_of("one_time")
    Campaign.objects.update(status="ready", activated_at=now)
    other = ContactList.objects.create(account=account, name="Other")
    for key, data in {
        "kind": {"kind": "segment", "name": "Spring"},
        "list": {"choice": other.pk},
    }.items():
        assert alice_client.post(address(campaign, key), data).status_code == 422
    campaign.refresh_from_db()
    assert (campaign.kind, campaign.contact_list.name) == ("one_time", "Customers")


def test_what_has_begun_keeps_its_start(alice_client, draft_of, now):
    campaign = draft_of("recurring")
    Campaign.objects.update(
        status="active", activated_at=now, enrolled_to=7, repeat_days=90, spread_days=5
    )
    alice_client.post(
        address(campaign, "when"), WHEN | {"repeat_days": "60", "spread_days": "9"}
    )
    campaign.refresh_from_db()
    assert (campaign.spread_days, campaign.repeat_days) == (5, 60)


def test_a_copy_is_asked_anew_when(draft_of, alice_client):
    campaign = draft_of("one_time")
    alice_client.post(address(campaign, "when"), WHEN)
    campaign.refresh_from_db()
    copy = wizard.duplicate(campaign=campaign)
    assert copy.kind == "one_time"
    assert wizard.Wizard(copy).here().key == "when"
