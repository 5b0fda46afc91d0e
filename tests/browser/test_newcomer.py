"""A newcomer, from signing up to the first answer in the report, in a real browser.

Once with JavaScript and once without: every act is there without it.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect

from segment_ingest.tasks import process_inbox
from surveys.models import Response
from surveys.tasks import deliver_due_emails
from tests.browser.conftest import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a quite long password"
# Step by step what a campaign takes when everything else stays as it is proposed.
STEPS = ("Contact list", "Delivery", "Throttle and forwarding", "Trigger event", "Options")


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def stranger(request, _chromium, live_server, settings) -> Page:
    """The browser of somebody whom the installation does not know."""
    settings.SIGN_UP_OPEN = True
    settings.SITE_URL = live_server.url
    # The limits of signing up outlive a test: their table is not a model's.
    cache.clear()
    context = _chromium.new_context(
        base_url=live_server.url, java_script_enabled=request.param
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    yield page
    context.close()


def test_from_signing_up_to_the_first_answer(stranger, valkey, mailoutbox):
    page = stranger
    sign_up(page)
    give_the_postal_address(page)
    key = make_a_key(page)
    set_up_a_campaign(page)
    tell_of_an_order(page, key)
    process_inbox()
    deliver_due_emails()
    answer_the_mail(page)

    page.goto("/")
    expect(page.locator("main")).to_contain_text("from 1 response")
    expect(page.locator("main")).to_contain_text("Quick & friendly")
    assert Response.objects.get().score == 10


def sign_up(page: Page) -> None:
    page.goto("/sign-up/")
    page.get_by_label("Company").fill("Dora & Sons")
    page.get_by_label("Your name").fill("Dora Diaz")
    page.get_by_label("Email").fill("dora@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page.locator("h1")).to_have_text("Look into your mailbox")
    page.goto(link_in(mail.outbox[-1], "/sign-up/confirm/"))
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.locator("header")).to_contain_text("Dora & Sons")


def give_the_postal_address(page: Page) -> None:
    page.goto("/settings/")
    page.get_by_label("Postal address").fill("1 Acme Road, Springfield")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()


def make_a_key(page: Page) -> str:
    page.goto("/segment/connect/")
    page.get_by_label("Name of a new key").fill("Shop")
    page.get_by_role("button", name="Make key").click()
    return re.search(r"seg_\w{30,}", page.locator("main").inner_html())[0]


def set_up_a_campaign(page: Page) -> None:
    page.goto("/campaigns/")
    page.get_by_role("link", name="Set up the first one").click()
    page.get_by_label("Name of the campaign").fill("After an order")
    goes_on(page, "Email template")
    page.get_by_role("link", name="Write the first one").click()
    page.get_by_label("Name of the template").fill("Order")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("radio", name="Order")).to_be_checked()
    for step in STEPS:
        goes_on(page, step)
        if step == "Trigger event":
            page.get_by_label("Name of the track event").fill("Order Completed")
    goes_on(page, "Review")
    page.get_by_role("button", name="Activate Campaign").click()
    expect(page.locator("h1")).to_contain_text("Ready")


def goes_on(page: Page, step: str) -> None:
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(step)


def tell_of_an_order(page: Page, key: str) -> None:
    """As a shop's server does through Segment's client."""
    ada = {"userId": "ada"}
    events = [
        {"type": "identify", "traits": {"email": "ada@example.com"}, **ada},
        {"type": "track", "event": "Order Completed", **ada},
    ]
    signed = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    answer = page.request.post(
        "/v1/batch", data={"batch": events}, headers={"Authorization": signed}
    )
    assert answer.ok


def answer_the_mail(page: Page) -> None:
    page.goto(link_in(mail.outbox[-1], "?score=10"))
    expect(page.get_by_role("radio", name="10")).to_be_checked()
    page.get_by_role("textbox").fill("Quick & friendly")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.locator("h1")).to_have_text("Your answer has arrived")


def link_in(message: mail.EmailMessage, part: str) -> str:
    """The address with this part in it, in the message's HTML, as a path of ours."""
    html = str(message.alternatives[0][0]).replace("&amp;", "&")
    address = next(link for link in re.findall(r'href="([^"]+)"', html) if part in link)
    return urlsplit(address)._replace(scheme="", netloc="").geturl()
