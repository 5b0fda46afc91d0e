"""Throttles on pages of their own: made, changed, deleted."""

from __future__ import annotations

import pytest
from django.utils import translation

from campaigns.models import Campaign, Throttle
from promoter.accounts.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

LIST = "/campaigns/throttles/"
RULE = {"days": "30", "scope": "account", "defer_days": "0", "name": ""}


@pytest.fixture
def throttle(account) -> Throttle:
    return Throttle.objects.of(account=account, days=30, scope=Throttle.Scope.ACCOUNT)


def test_a_throttle_is_made_and_called_by_what_it_says(alice_client, account):
    assert "No throttles yet" in alice_client.get(LIST).content.decode()

    assert alice_client.post(f"{LIST}new/", RULE).status_code == 302
    assert alice_client.post(f"{LIST}new/", RULE | {"name": " Big  spenders "})
    assert alice_client.post(f"{LIST}new/", RULE).status_code == 302

    names = ["30 days, all campaigns", "30 days, all campaigns (2)", "Big spenders"]
    assert [one.name for one in Throttle.objects.all()] == names
    page = alice_client.get(LIST).content.decode()
    assert all(name in page for name in names)


def test_a_change_holds_and_the_name_follows_the_rule(alice_client, throttle, campaign):
    Campaign.objects.update(throttle=throttle)
    page = alice_client.get(f"{LIST}{throttle.pk}/").content.decode()
    assert "After an order" in page, "who uses it"

    answer = alice_client.post(f"{LIST}{throttle.pk}/", RULE | {"days": "60"}, follow=True)
    assert "is saved" in answer.content.decode()

    throttle.refresh_from_db()
    assert (throttle.days, throttle.name) == (60, "60 days, all campaigns")
    event = AuditEvent.objects.get()
    assert event.action == "throttle.changed"
    assert event.details["changed"] == ["Days between two surveys of one person"]


def test_a_name_that_repeats_the_rule_follows_it_in_every_language(
    alice_client, alice, account, campaign
):
    """Whoever made it read the page in another language than who changes it."""
    with translation.override("de"):
        throttles = [
            Throttle.objects.of(account=account, days=30, scope=Throttle.Scope.ACCOUNT),
            Throttle.objects.create(account=account, name="30 Tage VIP", days=30),
        ]
    Campaign.objects.update(throttle=throttles[0])
    for address in (LIST, f"/campaigns/{campaign.pk}/"):
        page = alice_client.get(address).content.decode()
        assert "30 days, all campaigns" in page
        assert "30 Tage, alle" not in page

    for throttle in throttles:
        form = alice_client.get(f"{LIST}{throttle.pk}/").context["form"]
        fields = {name: form[name].value() for name in RULE} | {"days": "60"}
        assert alice_client.post(f"{LIST}{throttle.pk}/", fields).status_code == 302

    names = [one.name for one in Throttle.objects.all()]
    assert names == ["30 Tage VIP", "60 days, all campaigns"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"days": "0"}, "At least 1 day."),
        ({"days": "366"}, "At most 365 days."),
        ({"days": "99999"}, "At most 365 days."),
        ({"days": ""}, "Enter a whole number of days, for example 30."),
        ({"days": "x"}, "Enter a whole number of days, for example 30."),
        ({"defer_days": "31"}, "At most 30 days."),
        ({"defer_days": "-1"}, "At least 0 days."),
        ({"defer_days": ""}, "Enter a whole number of days, for example 7."),
        ({"name": "weekly"}, "There is a throttle called “weekly” already"),
    ],
)
def test_what_is_wrong_is_said(alice_client, account, throttle, wrong, message):
    Throttle.objects.create(account=account, name="Weekly", days=7)

    answer = alice_client.post(f"{LIST}{throttle.pk}/", RULE | wrong)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    throttle.refresh_from_db()
    assert throttle.days == 30


def test_one_that_is_used_stays_and_says_by_whom(alice_client, throttle, campaign):
    Campaign.objects.update(throttle=throttle)
    address = f"{LIST}{throttle.pk}/delete/"

    asked = alice_client.get(address).content.decode()
    assert "is in use" in asked
    assert "After an order" in asked
    assert "used by a campaign" in alice_client.post(address, follow=True).content.decode()
    assert Throttle.objects.exists()

    Campaign.objects.update(throttle=None)
    assert "can’t be undone" in alice_client.get(address).content.decode()
    assert "is deleted" in alice_client.post(address, follow=True).content.decode()
    assert not Throttle.objects.exists()
    assert [event.action for event in AuditEvent.objects.all()] == ["throttle.deleted"]


def test_a_viewer_sees_them_and_changes_nothing(viewer_client, throttle):
    page = viewer_client.get(f"{LIST}{throttle.pk}/").content.decode()

    assert "disabled" in page
    assert ">Save<" not in page
    assert viewer_client.post(f"{LIST}{throttle.pk}/", RULE).status_code == 403
