"""Setting up a campaign, as a browser without JavaScript does it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, EmailTemplate, Throttle
from contacts.models import ContactList
from promoter.accounts.models import ApiKey
from tests.campaigns.setup_steps import STEP_KEYS, address, errors, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


# --- The way through --------------------------------------------------------------


def test_the_setup_leads_from_a_name_to_a_ready_campaign(alice_client, answers, template):
    response = alice_client.post("/campaigns/new/", answers.pop("kind"))
    campaign = Campaign.objects.get()
    assert campaign.is_draft
    for key, data in answers.items():
        assert response["Location"] == address(campaign, key)
        assert alice_client.get(response["Location"]).status_code == 200
        response = alice_client.post(response["Location"], data)
    assert response["Location"] == address(campaign, "review")
    review = alice_client.get(response["Location"]).content.decode()
    assert "Activate Campaign" in review

    response = alice_client.post(f"/campaigns/{campaign.pk}/activate/", follow=True)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.READY
    assert campaign.event_name == "Order Completed"
    assert campaign.email_template == template
    assert campaign.contact_list.name == "Segment List"
    assert campaign.delivery_delay == 7
    assert campaign.reminder_after == 5
    assert (campaign.throttle.days, campaign.throttle.scope) == (30, "account")
    page = response.content.decode()
    assert "waiting for the first <code>Order Completed</code>" in page
    assert 'href="/segment/"' in page


def test_the_campaign_of_a_second_activation_stays_as_it_is(alice_client, answers):
    campaign = set_up(alice_client, answers)
    alice_client.post(f"/campaigns/{campaign.pk}/activate/")
    campaign.refresh_from_db()
    first = campaign.activated_at
    page = alice_client.post(f"/campaigns/{campaign.pk}/activate/", follow=True)
    campaign.refresh_from_db()
    assert campaign.activated_at == first
    assert "Only a draft can be activated; this campaign is ready." in page.content.decode()


def test_what_was_left_goes_on_at_another_device(alice_client, bob_client, answers):
    campaign = set_up(alice_client, answers, until="list")
    page = alice_client.post(
        address(campaign, "delivery"), answers["delivery"] | {"then": "leave"}, follow=True
    )
    assert page.request["PATH_INFO"] == "/campaigns/"
    assert f'href="{address(campaign)}"' in page.content.decode()
    response = bob_client.get(address(campaign))
    assert response["Location"] == address(campaign, "throttle")
    delivery = bob_client.get(address(campaign, "delivery")).content.decode()
    assert 'name="delivery_delay" value="7"' in delivery


def test_progress_says_what_is_done_and_where_one_is(alice_client, answers):
    campaign = set_up(alice_client, answers, until="list")
    page = alice_client.get(address(campaign, "template"))
    states = [(mark.step.key, mark.state) for mark, _, _ in page.context["marks"]]
    assert states == [
        ("kind", "done"),
        ("template", "current"),
        ("list", "done"),
        ("delivery", "todo"),
        ("throttle", "todo"),
        ("event", "todo"),
        ("options", "todo"),
        ("review", "todo"),
    ]
    assert page.content.decode().count('aria-current="step"') == 1


@pytest.mark.parametrize("key", ["list", "delivery", "throttle", "event", "review"])
def test_who_skips_ahead_is_led_to_what_comes_first(alice_client, answers, key):
    campaign = set_up(alice_client, answers, until="kind")
    response = alice_client.get(address(campaign, key), follow=True)
    assert response.redirect_chain == [(address(campaign, "template"), 302)]
    assert "“Email template” comes before" in response.content.decode()


def test_a_step_that_is_posted_too_early_writes_nothing(alice_client, answers):
    campaign = set_up(alice_client, answers, until="kind")
    response = alice_client.post(address(campaign, "event"), answers["event"])
    assert response["Location"] == address(campaign, "template")
    campaign.refresh_from_db()
    assert campaign.event_name == ""


def test_a_change_at_the_end_leads_back_to_the_review(alice_client, answers):
    campaign = set_up(alice_client, answers)
    response = alice_client.post(address(campaign, "kind"), answers["kind"])
    assert response["Location"] == address(campaign, "review")


def test_a_step_that_does_not_exist_is_not_found(alice_client, answers):
    campaign = set_up(alice_client, answers, until="kind")
    assert alice_client.get(address(campaign, "nonsense")).status_code == 404
    assert alice_client.post(address(campaign, "review")).status_code == 404


def test_two_people_at_two_steps_do_not_undo_each_other(
    alice_client, bob_client, answers, account
):
    campaign = set_up(alice_client, answers)
    other = ContactList.objects.create(account=account, name="Other")
    alice_client.get(address(campaign, "delivery"))
    bob_client.post(address(campaign, "list"), {"choice": other.pk})
    alice_client.post(address(campaign, "delivery"), answers["delivery"])
    campaign.refresh_from_db()
    assert campaign.contact_list == other


# --- The review ----------------------------------------------------------------------


def test_the_review_says_it_all_in_words(alice_client, answers):
    campaign = set_up(alice_client, answers)
    page = " ".join(alice_client.get(address(campaign, "review")).content.decode().split())
    assert "When <code>Order Completed</code> arrives" in page
    assert "<strong>7 days later</strong>" in page
    assert "at most once in <strong>30 days</strong> over all campaigns" in page
    assert "<strong>reminded once, 5 days</strong>" in page
    assert "Segment List" in page


def test_the_review_knows_what_else_is_missing(alice_client, answers, account, campaign):
    account.postal_address = ""
    account.save()
    draft = set_up(
        alice_client,
        answers
        | {"kind": {"kind": "segment", "name": "Second"}}
        | {"list": {"choice": campaign.contact_list_id}},
    )
    page = alice_client.get(address(draft, "review")).content.decode()
    assert "it has no API key" in page
    assert "no postal address" in page
    assert "“After an order” listens to Order Completed too" in page


def test_the_review_of_a_complete_setup_has_no_warning(alice_client, answers, account, now):
    ApiKey.objects.issue(account=account, name="Segment", now=now)
    campaign = set_up(alice_client, answers)
    assert alice_client.get(address(campaign, "review")).context["notes"] == []


def test_a_draft_that_is_not_complete_cannot_be_activated(alice_client, answers):
    campaign = set_up(alice_client, answers, until="list")
    response = alice_client.post(f"/campaigns/{campaign.pk}/activate/", follow=True)
    campaign.refresh_from_db()
    assert campaign.is_draft
    assert response.redirect_chain[-1][0] == address(campaign, "delivery")
    assert "Enter the name of the track event" in response.content.decode()


# --- After activation ------------------------------------------------------------------


def test_a_live_campaign_can_be_changed_and_says_what_that_affects(alice_client, campaign):
    page = alice_client.get(address(campaign, "delivery")).content.decode()
    assert "surveys that are scheduled keep their day" in page
    response = alice_client.post(
        address(campaign, "delivery"), {"delivery_delay": "3", "reminder": "none"}
    )
    assert response["Location"] == address(campaign, "review")
    campaign.refresh_from_db()
    assert campaign.delivery_delay == 3
    assert campaign.status == Campaign.Status.READY


def test_the_event_may_change_until_one_has_matched(alice_client, campaign, now):
    url = address(campaign, "event")
    assert alice_client.post(url, {"event_name": "Order Paid"}).status_code == 302
    Campaign.objects.update(
        status=Campaign.Status.ACTIVE, first_event_at=now + timedelta(minutes=1)
    )
    page = alice_client.get(url).content.decode()
    assert "Fixed since the first event matched" in page
    found = errors(alice_client.post(url, {"event_name": "Order Shipped"}))
    assert "An event has matched already" in found["event_name"][0]
    campaign.refresh_from_db()
    assert campaign.event_name == "Order Paid"


def test_a_complete_campaign_does_not_change_any_more(alice_client, campaign):
    Campaign.objects.update(status=Campaign.Status.COMPLETE)
    page = alice_client.get(address(campaign, "delivery")).content.decode()
    assert '<fieldset class="form" disabled>' in page
    page = alice_client.post(
        address(campaign, "delivery"),
        {"delivery_delay": "3", "reminder": "none"},
        follow=True,
    )
    assert "nothing changes any more" in page.content.decode()
    campaign.refresh_from_db()
    assert campaign.delivery_delay == 0


def test_a_duplicate_is_a_draft_with_the_same_settings(alice_client, campaign):
    for name in ["Copy of After an order", "Copy of After an order (2)"]:
        response = alice_client.post(f"/campaigns/{campaign.pk}/duplicate/")
        copy = Campaign.objects.latest("pk")
        assert response["Location"] == address(copy, "kind")
        assert copy.name == name
        assert copy.is_draft
        assert copy.activated_at is None
        assert copy.event_name == campaign.event_name
        assert copy.contact_list == campaign.contact_list
        assert alice_client.get(address(copy, "review")).status_code == 200


def test_the_duplicate_of_a_draft_has_come_as_far_as_the_draft(alice_client, answers):
    campaign = set_up(alice_client, answers, until="list")
    alice_client.post(f"/campaigns/{campaign.pk}/duplicate/")
    copy = Campaign.objects.latest("pk")
    response = alice_client.get(address(copy))
    assert response["Location"] == address(copy, "delivery")


def test_a_draft_is_deleted_after_one_more_question(alice_client, answers):
    campaign = set_up(alice_client, answers, until="list")
    page = alice_client.get(f"/campaigns/{campaign.pk}/delete/")
    assert "Delete the draft" in page.content.decode()
    assert Campaign.objects.exists()
    assert alice_client.post(f"/campaigns/{campaign.pk}/delete/").status_code == 302
    assert not Campaign.objects.exists()
    assert EmailTemplate.objects.exists()
    assert ContactList.objects.exists()


def test_a_campaign_that_was_activated_cannot_be_deleted(alice_client, campaign):
    page = alice_client.post(f"/campaigns/{campaign.pk}/delete/", follow=True)
    assert "Only a draft can be deleted" in page.content.decode()
    assert Campaign.objects.exists()


# --- Who may -----------------------------------------------------------------------------


def test_a_viewer_looks_at_everything_and_changes_nothing(
    viewer_client, alice_client, answers
):
    campaign = set_up(alice_client, answers)
    for key in STEP_KEYS:
        page = viewer_client.get(address(campaign, key))
        assert page.status_code == 200, key
        content = page.content.decode().partition("<main")[2]
        assert "<button" not in content, key
        assert key == "review" or "disabled>" in content, key
        assert (
            viewer_client.post(address(campaign, key), answers.get(key, {})).status_code
            == 403
        )
    for act in ["activate", "duplicate", "delete", "test-mail"]:
        assert viewer_client.post(f"/campaigns/{campaign.pk}/{act}/").status_code == 403
    assert viewer_client.get("/campaigns/new/").status_code == 403


def test_a_stranger_finds_nothing(charlie_client, alice_client, answers):
    campaign = set_up(alice_client, answers)
    urls = [address(campaign), *(address(campaign, key) for key in STEP_KEYS)]
    for url in urls:
        assert charlie_client.get(url).status_code == 404, url
    for url in urls[1:-1]:
        assert charlie_client.post(url, {}).status_code == 404, url
    for act in ["activate", "duplicate", "delete", "test-mail"]:
        assert charlie_client.post(f"/campaigns/{campaign.pk}/{act}/").status_code == 404
    assert Campaign.objects.count() == 1


def test_who_is_not_signed_in_is_asked_to(client, campaign):
    response = client.get(address(campaign, "review"))
    assert response["Location"].startswith("/sign-in/")


# --- What it costs ---------------------------------------------------------------------


def test_no_step_costs_more_queries_when_there_is_more_to_choose(
    alice_client, answers, account, django_assert_max_num_queries
):
    campaign = set_up(alice_client, answers)
    for number in range(20):
        ContactList.objects.create(account=account, name=f"List {number}")
        Throttle.objects.create(account=account, name=f"T {number}", days=number + 1)
        EmailTemplate.objects.create(
            account=account, name=f"Mail {number}", subject="s", brand="b"
        )
        Campaign.objects.create(account=account, name=f"Draft {number}")
    for key in STEP_KEYS:
        with django_assert_max_num_queries(7):
            alice_client.get(address(campaign, key))
