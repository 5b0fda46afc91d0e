"""Campaigns that ask a list, or whom a program names: from the setup to the answer and on
to the end, in a browser."""

from __future__ import annotations

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from contacts.models import ContactList
from promoter.accounts.models import ApiKey
from surveys.models import Response
from surveys.tasks import deliver_due_emails, enrol_list_members
from tests.browser.test_newcomer import goes_on, link_in
from tests.surveys.lists import join, people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def customers(account) -> ContactList:
    """Ada and Bea can be asked; nobody knows where Cleo lives."""
    customers = ContactList.objects.create(account=account, name="Customers")
    join(customers, people(account, ["ada", "bea", "-cleo"]), at=timezone.now())
    return customers


def set_up(page: Page, kind: str) -> None:
    page.goto("/campaigns/new/")
    page.locator(f"[name=kind][value={kind}]").check()
    page.get_by_label("Name of the campaign").fill("Spring")
    goes_on(page, "Email template")
    goes_on(page, "Contact list")
    page.get_by_role("radio", name="Customers").check()


def answered(page: Page, *, mails: int) -> None:
    """The mails have left; the first of them is answered."""
    enrol_list_members()
    deliver_due_emails()
    assert len(mail.outbox) == mails
    page.goto(link_in(mail.outbox[0], "?score=9"))
    page.get_by_role("button", name="Send my answer").click()
    expect(page.locator("h1")).to_have_text("Your answer has arrived")
    assert Response.objects.get().score == 9


def goes_to_its_end(page: Page, assert_accessible) -> None:
    """Paused, resumed, renamed, duplicated, completed."""
    campaign = Campaign.objects.get()
    page.goto(f"/campaigns/{campaign.pk}/")
    expect(page.locator("h1")).to_contain_text("Active")
    assert_accessible(page)
    page.get_by_role("button", name="Pause").click()
    if page.get_by_role("button", name="Pause the campaign").count():
        assert_accessible(page)
        page.get_by_role("button", name="Pause the campaign").click()
    expect(page.locator("h1")).to_contain_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("h1")).to_contain_text("Active")
    page.goto(f"/campaigns/{campaign.pk}/setup/kind/")
    page.get_by_label("Name of the campaign").fill("Summer")
    page.get_by_role("button", name="Save").first.click()
    page.goto(f"/campaigns/{campaign.pk}/")
    expect(page.locator("h1")).to_contain_text("Summer")
    page.get_by_role("link", name="Complete…").click()
    assert_accessible(page)
    page.get_by_role("button", name="Complete the campaign").click()
    expect(page.locator("h1")).to_contain_text("Complete")
    page.get_by_role("button", name="Duplicate").click()
    assert_accessible(page)
    copy = Campaign.objects.exclude(pk=campaign.pk).get()
    assert (copy.kind, copy.is_draft) == (campaign.kind, True)


@pytest.mark.parametrize("kind", ["one_time", "recurring"])
@pytest.mark.usefixtures("customers", "template", "valkey", "mailoutbox")
def test_a_list_is_asked(kind, alice, sign_in, assert_accessible):
    page = sign_in(alice)
    set_up(page, kind)
    goes_on(page, "When")
    assert_accessible(page)
    if kind == "recurring":
        page.get_by_label("Ask again every so many days").fill("60")
    goes_on(page, "Delivery")
    expect(page.get_by_label("Delivery delay, in days")).to_have_count(0)
    goes_on(page, "Throttle and forwarding")
    goes_on(page, "Review")
    expect(page.locator("#audience-title + div")).to_contain_text("2")
    if kind == "recurring":
        expect(page.locator(".in-words")).to_contain_text("every 60 days")
    assert_accessible(page)
    page.get_by_role("button", name="Activate Campaign").click()
    answered(page, mails=2)
    goes_to_its_end(page, assert_accessible)


@pytest.mark.usefixtures("customers", "template", "valkey", "mailoutbox")
def test_a_program_names_whom_to_ask(alice, account, sign_in, assert_accessible):
    page = sign_in(alice)
    set_up(page, "api")
    goes_on(page, "Delivery")
    goes_on(page, "Throttle and forwarding")
    goes_on(page, "Review")
    page.get_by_role("button", name="Activate Campaign").click()
    expect(page.locator("h1")).to_contain_text("Ready")
    _, key = ApiKey.objects.issue(account=account, name="Shop", now=timezone.now())
    answer = page.request.post(
        f"/api/v1/campaigns/{Campaign.objects.get().pk}/surveys",
        data={"email": "ada@example.com"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status == 201
    answered(page, mails=1)
    goes_to_its_end(page, assert_accessible)
