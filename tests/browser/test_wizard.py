"""A customer-success manager sets up a campaign, in a real browser."""

from __future__ import annotations

import base64
from datetime import UTC

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign, EmailTemplate
from contacts.models import Contact
from promoter.accounts.models import ApiKey
from segment_ingest.models import EventCount, Replay
from segment_ingest.processing import process_round
from tests.segment_ingest.stored import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The reminder has one of its own, which begins with the same words.
INTRO = "Text above the question"


def continues(page: Page, step: str) -> None:
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(step)


def basic(key: str) -> str:
    """As Segment's clients sign in: the key is the user, the password is empty."""
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def preview(page: Page):
    """The mail as it stands in the frame now."""
    return page.frame_locator("iframe.mail-frame:visible")


def test_from_nothing_to_a_campaign_that_an_event_turns_active(
    alice, account, sign_in, assert_accessible
):
    now = timezone.now()
    EventCount.objects.create(
        account=account,
        day=now.astimezone(UTC).date(),
        type="track",
        event="Order Completed",
        count=3,
        last_seen_at=now,
    )
    page = sign_in(alice)
    page.goto("/campaigns/")
    page.get_by_role("link", name="Set up the first one").click()
    assert_accessible(page)
    page.get_by_role("button", name="Save and continue").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Give the campaign a name.")
    assert_accessible(page)
    page.get_by_label("Name of the campaign").fill("After an order")
    continues(page, "Email template")
    assert_accessible(page)

    page.get_by_role("link", name="Write the first one").click()
    assert_accessible(page)
    expect(preview(page).locator("body")).to_contain_text("Hi Ada,")
    page.get_by_label(INTRO, exact=True).fill("Tell us, {{ contact.first_nam }}")
    page.get_by_label("Name of the template").fill("Order")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator(".error-summary")).to_contain_text("contact.first_name?")
    assert_accessible(page)
    page.get_by_label(INTRO, exact=True).fill("Tell us, {{ contact.first_name }}")
    expect(preview(page).locator("body")).to_contain_text("Tell us, Ada")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("radio", name="Order")).to_be_checked()
    expect(preview(page).locator("body")).to_contain_text("Tell us, Ada")
    assert_accessible(page)
    continues(page, "Contact list")

    expect(page.get_by_label("Name of the new list")).to_have_value("Segment List")
    assert_accessible(page)
    continues(page, "Delivery")

    expect(page.get_by_label("Days until the reminder")).to_be_hidden()
    page.get_by_label("After another number of days").check()
    page.get_by_label("Days until the reminder").fill("10")
    page.get_by_label("Delivery delay, in days").fill("7")
    assert_accessible(page)
    continues(page, "Throttle and forwarding")

    page.get_by_label("Create a new throttle").check()
    assert_accessible(page)
    continues(page, "Trigger event")

    name = page.get_by_label("Name of the track event")
    name.fill("Something new")
    expect(page.get_by_text("the campaign waits until it comes")).to_be_visible()
    name.fill("order completed")
    expect(page.get_by_text("Did you mean")).to_contain_text("It came 3 times")
    assert_accessible(page)
    page.get_by_role("link", name="Take it").click()
    expect(name).to_have_value("Order Completed")
    expect(page.get_by_text("Received 3 times in the last 30 days")).to_be_visible()
    expect(page.get_by_text("Counting whom it would have asked")).to_be_visible()
    work_off(Replay.objects.get())
    expect(page.get_by_text("none of these events is kept")).to_be_visible()
    assert_accessible(page)
    continues(page, "Options")

    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Condition 2: name").fill("plan")
    page.get_by_label("Condition 2: comparison").select_option("has a value")
    expect(page.get_by_label("Condition 2: value")).to_be_hidden()
    page.get_by_role("button", name="Remove condition 1").click()
    expect(page.get_by_label("Condition 1: name")).to_have_value("plan")
    assert_accessible(page)
    page.get_by_role("button", name="Remove condition 1").click()
    expect(page.get_by_label("Condition 1: name")).to_have_count(0)
    # Enter saves; it neither adds nor removes anything.
    page.get_by_label("Share of the events").press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text("Review")

    expect(page.get_by_text("Received 3 times in the last 30 days")).to_be_visible()
    page.get_by_text("See the mail").click()
    expect(preview(page).locator("body")).to_contain_text("Tell us, Ada")
    assert_accessible(page)
    page.get_by_role("button", name="Activate Campaign").click()
    expect(page.locator("h1")).to_contain_text("Ready")
    expect(page.get_by_role("heading", name="Decision log")).to_be_visible()
    expect(page.get_by_text("Activated", exact=True).last).to_be_visible()
    assert_accessible(page)
    # The page waits and turns by itself when the first event comes, through the real door.
    _, key = ApiKey.objects.issue(account=account, name="Segment", now=timezone.now())
    ada = {"userId": "ada", "context": {}}
    events = [
        {"type": "track", "event": "Order Completed", "userId": "nobody", "context": {}},
        {"type": "identify", "traits": {"email": "ada@example.com", "plan": "x"}, **ada},
        {"type": "track", "event": "Order Completed", **ada},
    ]
    answer = page.request.post(
        "/v1/batch", data={"batch": events}, headers={"Authorization": basic(key)}
    )
    assert answer.ok
    process_round(now=timezone.now())
    expect(page.locator("h1")).to_contain_text("Active")
    log = page.locator("#latest-decisions")
    expect(log.get_by_role("link", name="ada@example.com")).to_be_visible()
    expect(log).to_contain_text("Turned active with the first that matched")
    expect(log).to_contain_text("Not identified")
    page.get_by_role("link", name="Search and filter").click()
    assert_accessible(page)
    page.get_by_label("Outcome").select_option("Not identified before")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".decisions > li")).to_have_count(1)
    campaign = Campaign.objects.get()
    assert (campaign.delivery_delay, campaign.reminder_after) == (7, 10)
    assert campaign.throttle.days == 30


def test_a_draft_goes_on_in_another_browser(alice, bob, template, sign_in):
    page = sign_in(alice)
    page.goto("/campaigns/new/")
    page.get_by_label("Name of the campaign").fill("After an order")
    continues(page, "Email template")
    page.get_by_role("button", name="Save and leave").click()
    page.context.close()
    other = sign_in(bob, viewport={"width": 390, "height": 844})
    other.goto("/campaigns/")
    other.get_by_role("link", name="After an order").click()
    expect(other.get_by_role("heading", level=2)).to_have_text("Contact list")


def test_what_was_typed_outlives_a_session_that_ended(alice, account, template, sign_in):
    page = sign_in(alice)
    page.goto("/campaigns/new/")
    page.get_by_label("Name of the campaign").fill("After an order")
    continues(page, "Email template")
    continues(page, "Contact list")
    continues(page, "Delivery")
    step = f"/campaigns/{Campaign.objects.get().pk}/setup/delivery/"
    cookies = page.context.cookies()
    page.get_by_label("Delivery delay, in days").fill("12")
    page.get_by_label("7 days after the mail").check()
    for gone, met in [
        ({}, "This form is too old"),
        ({"name": settings.SESSION_COOKIE_NAME}, "Sign in"),
    ]:
        page.context.clear_cookies(**gone)
        page.get_by_role("button", name="Save and continue").click()
        expect(page.locator("h1")).to_have_text(met)
        page.context.add_cookies(cookies)
        page.goto(step)
        expect(page.get_by_role("status")).to_have_text(
            "What you typed is back. It is not saved yet."
        )
        expect(page.get_by_label("Delivery delay, in days")).to_have_value("12")
        expect(page.get_by_label("7 days after the mail")).to_be_checked()
    continues(page, "Throttle and forwarding")
    page.go_back()
    expect(page.get_by_label("Delivery delay, in days")).to_have_value("12")
    expect(page.get_by_role("status")).to_have_count(0)
    campaign = Campaign.objects.get()
    assert (campaign.delivery_delay, campaign.reminder_after) == (12, 7)


def test_the_way_with_the_keyboard_alone(alice, template, sign_in):
    page = sign_in(alice)
    page.goto("/campaigns/new/")
    page.get_by_label("Name of the campaign").focus()
    page.keyboard.type("After an order")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text("Email template")
    page.get_by_role("radio", name="Default").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text("Contact list")
    page.get_by_role("radio", name="Create a new list").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text("Delivery")
    assert Campaign.objects.get().contact_list.name == "Mine"


def test_everything_works_without_javascript(alice, account, template, sign_in):
    EmailTemplate.objects.create(
        account=account, name="Second", subject="s", brand="Other brand"
    )
    page = sign_in(alice, java_script_enabled=False)
    page.goto("/campaigns/new/")
    page.get_by_label("Name of the campaign").fill("After an order")
    continues(page, "Email template")
    page.get_by_role("link", name="Preview Second").click()
    expect(preview(page).locator("h1")).to_contain_text("Other brand")
    page.get_by_role("radio", name="Second").check()
    continues(page, "Contact list")
    continues(page, "Delivery")
    continues(page, "Throttle and forwarding")
    continues(page, "Trigger event")
    page.get_by_role("link", name="Choose from the events").click()
    page.get_by_role("link", name="Trigger event").click()
    page.get_by_label("Name of the track event").fill("Order Completed")
    continues(page, "Options")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("button", name="Remove condition 2").click()
    continues(page, "Review")
    page.get_by_role("button", name="Activate Campaign").click()
    expect(page.locator("h1")).to_contain_text("Ready")
    page.goto(f"/campaigns/templates/{template.pk}/")
    page.get_by_label(INTRO, exact=True).fill("By hand")
    page.get_by_role("button", name="Preview").click()
    expect(preview(page).locator("body")).to_contain_text("By hand")


def test_the_preview_follows_what_is_typed_and_leaves_no_trace(
    alice, account, template, sign_in, assert_accessible
):
    grace = Contact.objects.create(
        account=account, user_id="g", email="grace@example.com", first_name="Grace"
    )
    page = sign_in(alice)
    page.goto(f"/campaigns/templates/{template.pk}/")
    expect(preview(page).locator("body")).to_contain_text("Hi Ada,")
    before = page.evaluate("history.length")
    page.get_by_label(INTRO, exact=True).fill("Dear {{ contact.first_name }}")
    expect(preview(page).locator("body")).to_contain_text("Dear Ada")
    page.get_by_label("Show the preview for").fill(grace.user_id)
    page.get_by_label("Show the preview for").press("Tab")
    expect(preview(page).locator("body")).to_contain_text("Dear Grace")
    page.get_by_label("Thanks, 9–10").check(force=True)
    expect(preview(page).locator("dl")).to_contain_text("10 out of 10")
    page.get_by_label("Phone").check(force=True)
    frame = page.locator("iframe.mail-frame:visible")
    assert frame.bounding_box()["width"] == 375
    assert page.evaluate("history.length") == before
    assert_accessible(page)
    template.refresh_from_db()
    assert template.intro.startswith("Hi "), "only Save writes"
    page.goto("/campaigns/templates/")
    assert_accessible(page)
