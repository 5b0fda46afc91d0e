"""The setup's step for conditions, sample, hold and cancel event."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from campaigns.setup import wizard
from contacts.models import Attribute
from tests.campaigns.setup_steps import address, errors, set_up
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

PLAIN = {"rows": "0", "sample_percent": "100", "hold_hours": "0", "cancel_event": ""}
ROW = {"of_1": "contact", "name_1": "plan", "op_1": "is", "value_1": "gold"}
GOLD = {"of": "contact", "name": "plan", "op": "is", "value": "gold"}
ALL = {
    **PLAIN,
    **ROW,
    "rows": "2",
    "of_2": "event",
    "name_2": " revenue ",
    "op_2": "at_least",
    "value_2": "100",
    "sample_percent": "20",
    "hold_hours": "6",
    "cancel_event": " Order Refunded ",
}


@pytest.fixture
def save(alice_client, campaign):
    def post(**data):
        return alice_client.post(address(campaign, "options"), data)

    return post


def test_options_are_saved_shown_in_words_and_copied(alice_client, campaign, save):
    assert save(**ALL)["Location"] == address(campaign, "review")
    campaign.refresh_from_db()
    big = {"of": "event", "name": "revenue", "op": "at_least", "value": "100"}
    assert campaign.conditions == [GOLD, big]
    assert (campaign.sample_percent, campaign.hold_hours) == (20, 6)
    assert campaign.cancel_event == "Order Refunded"
    for path in (address(campaign, "review"), f"/campaigns/{campaign.pk}/"):
        page = alice_client.get(path).content.decode()
        assert (
            "Asks only if the contact’s plan is gold and the event’s revenue is at "
            "least 100." in page
        )
        assert "Asks about 20\u00a0% of the events." in page
        assert "not identified yet for up to 6 hours" in page
        assert "Withdraws an unsent survey when “Order Refunded” follows." in page
    page = alice_client.get(address(campaign, "options")).content.decode()
    assert 'name="value_2" value="100"' in page
    copy = wizard.duplicate(campaign=campaign)
    for name in ("conditions", "sample_percent", "hold_hours", "cancel_event"):
        assert getattr(copy, name) == getattr(campaign, name)


def test_a_campaign_that_turns_to_a_list_has_no_options(alice_client, campaign, save):
    save(**ALL)
    Campaign.objects.update(status=Campaign.Status.DRAFT)
    alice_client.post(address(campaign, "kind"), {"kind": "one_time", "name": "Once"})
    campaign.refresh_from_db()
    assert (campaign.kind, campaign.conditions) == ("one_time", [])
    assert (campaign.sample_percent, campaign.hold_hours) == (100, 0)


def test_a_row_that_is_left_empty_is_no_condition(campaign, save):
    save(**ALL)
    assert (
        save(**PLAIN | ROW | {"rows": "1", "name_1": "", "value_1": ""}).status_code == 302
    )
    campaign.refresh_from_db()
    assert campaign.conditions == []


def test_a_condition_more_or_less_saves_nothing_and_keeps_what_was_typed(campaign, save):
    more = save(**ALL, more="1")
    assert more.status_code == 200
    form = more.context["form"]
    assert [row[1].value() for _, row in form.rows()] == ["plan", " revenue ", ""]
    assert form["hold_hours"].value() == "6"
    less = save(**ALL, less="1")
    form = less.context["form"]
    assert [row[1].value() for _, row in form.rows()] == [" revenue "]
    assert form["op_1"].value() == "at_least"
    campaign.refresh_from_db()
    assert (campaign.conditions, campaign.hold_hours) == ([], 0)


def test_there_are_at_most_ten_conditions(save):
    page = save(**PLAIN | {"rows": "10", "more": "1"})
    assert len(page.context["form"].rows()) == 10
    assert "Add a condition" not in page.content.decode()
    assert len(save(**PLAIN | {"rows": "999", "more": "1"}).context["form"].rows()) == 10


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name_1": ""}, "name_1", "Enter the name of a property or an attribute."),
        ({"value_1": ""}, "value_1", "Enter what to compare with."),
        (
            {"op_1": "at_most"},
            "value_1",
            "Enter a number, for example 100 or 49.90.",
        ),
        (
            {"sample_percent": "0"},
            "sample_percent",
            "At least 1 per cent. To ask nobody, pause the campaign.",
        ),
        ({"hold_hours": "25"}, "hold_hours", "At most 24 hours."),
        (
            {"cancel_event": "Order Completed"},
            "cancel_event",
            (
                "This event starts the campaign’s surveys. Choose another one to withdraw "
                "them."
            ),
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_kept(campaign, save, changes, field, words):
    response = save(**PLAIN | ROW | {"rows": "1"} | changes)
    assert errors(response) == {field: [words]}
    campaign.refresh_from_db()
    assert campaign.conditions == []


def test_the_trigger_can_t_become_the_cancel_event(alice_client, campaign):
    Campaign.objects.update(cancel_event="Order Refunded")
    response = alice_client.post(
        address(campaign, "event"), {"event_name": "Order Refunded"}
    )
    assert "event_name" in errors(response)


def test_names_of_attributes_are_suggested_from_one_s_own_account(
    alice_client, campaign, account, other_account
):
    for owner, name in ((account, "plan_of_ours"), (other_account, "plan_of_theirs")):
        Attribute.objects.create(account=owner, name=name, type="text", last_seen_at=NOW)
    for name, type_ in (("Email", "text"), ("address", "object"), ("zip", "number")):
        Attribute.objects.create(account=account, name=name, type=type_, last_seen_at=NOW)
    campaign.conditions = [GOLD]
    campaign.save()
    response = alice_client.get(address(campaign, "options"))
    # No object, and what has a column of its own last.
    assert response.context["form"].attribute_names() == ["plan_of_ours", "zip", "Email"]
    page = response.content.decode()
    assert '<option value="plan_of_ours">' in page
    assert 'list="attribute-names"' in page and 'list="property-names"' not in page
    assert "plan_of_theirs" not in page


def test_the_step_is_offered_once_and_may_be_passed_by(alice_client, answers):
    campaign = set_up(alice_client, answers, until="event")
    # A draft from before there were options: nothing is missing.
    assert alice_client.get(address(campaign))["Location"] == address(campaign, "review")
    review = alice_client.get(address(campaign, "review")).content.decode()
    assert "Activate Campaign" in review
    assert "None: asks about each event" in review
    again = alice_client.post(address(campaign, "event"), answers["event"])
    assert again["Location"] == address(campaign, "options")
    alice_client.post(address(campaign, "options"), PLAIN)
    again = alice_client.post(address(campaign, "event"), answers["event"])
    assert again["Location"] == address(campaign, "review")


def test_a_complete_campaign_s_options_stay(alice_client, campaign, save):
    Campaign.objects.update(status=Campaign.Status.COMPLETE)
    for extra in ({}, {"more": "1"}):
        assert save(**ALL, **extra)["Location"] == address(campaign, "review")
    campaign.refresh_from_db()
    assert campaign.hold_hours == 0
    assert (
        "<button"
        not in alice_client.get(address(campaign, "options"))
        .content.decode()
        .split('id="main"')[1]
    )
