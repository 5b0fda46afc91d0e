"""The tracking plan, the attributes and a person's timeline, in a real browser."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Attribute
from segment_ingest.models import DailyUsage, EventCount
from surveys.models import SurveyEmail
from tests.surveys.asked import ask, kate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_to_turn_off_and_what_was_used(
    alice, account, campaign, sign_in, assert_accessible
):
    now = timezone.now()
    today = now.astimezone(UTC).date()
    names = ["order completed", *(f"Event {number}" for number in range(40))]
    for place, name in enumerate(names):
        EventCount.objects.create(
            account=account,
            day=today,
            type="track",
            event=name,
            count=100 - place,
            last_seen_at=now,
        )
    for days, refused in ((0, 0), (1, 9_000)):
        day = today - timedelta(days=days)
        DailyUsage.objects.create(
            account=account, day=day, accepted=50_000, refused=refused
        )
    page = sign_in(alice)
    page.goto("/segment/events/")
    assert_accessible(page)
    page.get_by_text("Show 33 more").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Event 39").first).to_be_visible()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("cell", name="9,000")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Less frequent").click()
    expect(page.get_by_text("26–41 of 41")).to_be_visible()


def test_why_somebody_was_asked(alice, account, campaign, sign_in, assert_accessible):
    now = timezone.now()
    contact = kate(account, user_id="user-42")
    ask(contact, campaign, now, reminder=SurveyEmail.Status.SCHEDULED)
    Attribute.objects.create(account=account, name="plan", type="text", last_seen_at=now)
    page = sign_in(alice)
    page.goto(f"/contacts/{contact.pk}/")
    expect(page.get_by_text("Asked last on")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Everything that happened").click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    assert_accessible(page)
    page.goto("/contacts/attributes/")
    assert_accessible(page)
