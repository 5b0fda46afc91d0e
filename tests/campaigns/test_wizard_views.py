"""Setting up a campaign, as a browser without JavaScript does it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from campaigns.models import Campaign, EmailTemplate, Throttle
from contacts.models import ContactList
from promoter.accounts.models import ApiKey, Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob_client(bob) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def viewer_client(bob) -> Client:
    """Bob, who may only look."""
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def answers(template) -> dict[str, dict[str, object]]:
    """What a person enters at each step, in order."""
    return {
        "kind": {"kind": "segment", "name": "After an order"},
        "template": {"email_template": template.pk},
        "list": {"choice": "new", "new_name": "Segment List"},
        "delivery": {"delivery_delay": "7", "reminder": "5", "reminder_days": ""},
        "throttle": {"choice": "new", "days": "30", "scope": "account"},
        "event": {"event_name": "Order Completed"},
    }


def address(campaign: Campaign, key: str = "") -> str:
    return f"/campaigns/{campaign.pk}/setup/" + (f"{key}/" if key else "")


def set_up(client: Client, answers, until: str = "event") -> Campaign:
    """Go through the steps up to and with `until`."""
    steps = list(answers)
    assert client.post("/campaigns/new/", answers["kind"]).status_code == 302
    campaign = Campaign.objects.latest("pk")
    for key in steps[1 : steps.index(until) + 1]:
        assert client.post(address(campaign, key), answers[key]).status_code == 302, key
    campaign.refresh_from_db()
    return campaign


def errors(response) -> dict[str, list[str]]:
    """By field; each must stand at its field and in the summary that takes the focus."""
    assert response.status_code == 422
    page = response.content.decode()
    found = {name: list(texts) for name, texts in response.context["form"].errors.items()}
    for name, texts in found.items():
        auto_id = response.context["form"][name].auto_id
        assert f'<a href="#{auto_id}">' in page
        assert f'id="{auto_id}_error"' in page
        for text in texts:
            assert page.count(escape(text)) >= 2
    assert 'role="alert" tabindex="-1" autofocus' in page
    assert "<title>Error: " in page
    return found


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
    assert "Ready. The first Order Completed of an identified person" in page
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


# --- Every field, every mistake ----------------------------------------------------


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

STEP_KEYS = ["kind", "template", "list", "delivery", "throttle", "event", "review"]


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
