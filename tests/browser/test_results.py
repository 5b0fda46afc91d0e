"""The results as somebody looks through them: ranges, filters, groups, tables, files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Campaign
from contacts.catalogue import note_attributes
from surveys.inbox.acting import tag, tag_named
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNTRIES = ("de", "a-country-with-a-rather-long-name", "fr", "it", "es", "pl")
NARROW = {"width": 390, "height": 900}


@pytest.fixture
def answers(account, campaign):
    """Gives the campaign, and activates it, so many answers: one each two days."""
    Campaign.objects.filter(pk=campaign.pk).update(status=Campaign.Status.ACTIVE)
    now = timezone.now()

    def give(count: int) -> list[int]:
        cases = []
        for number in range(count):
            contact = kate(account, f"k{number}@example.com", user_id=f"k{number}")
            contact.attributes = {
                "plan": ("pro", "free")[number % 2],
                "country": COUNTRIES[number % len(COUNTRIES)],
            }
            contact.save()
            note_attributes(account=account, values=contact.attributes, now=now)
            at = now - timedelta(days=2 * number, hours=1)
            response = record_response(
                survey=ask(contact, campaign, at - timedelta(hours=1)),
                score=10 - number % 5,
                comment="The parcel was late",
                now=at,
            )
            cases.append(response.pk)
        return cases

    return give


def test_results_are_narrowed_grouped_and_taken_along(
    sign_in, assert_accessible, alice, account, campaign, answers
):
    cases = answers(40)
    late = tag_named("late", account=account)
    tag(cases=cases[:5], with_=late, by=alice, now=timezone.now())
    page = sign_in(alice)
    page.goto("/")
    score = page.get_by_role("region", name="Net Promoter Score")
    expect(score.get_by_text("from 15 responses")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="90 days", exact=True).click()
    expect(score.get_by_text("from 40 responses")).to_be_visible()
    page.get_by_role("link", name="Months", exact=True).click()
    trend = page.get_by_role("region", name="Trend")
    trend.get_by_text("Show as a table").click()
    expect(trend.get_by_role("columnheader", name="Month of")).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        trend.get_by_role("link", name="CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[1].startswith("month,")

    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Campaign", exact=True).select_option(campaign.name)
    page.get_by_label("Tag", exact=True).select_option("late")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(score.get_by_text("from 5 responses")).to_be_visible()
    expect(page.get_by_role("link", name="Remove Tag: late")).to_be_visible()
    assert f"tag={late.pk}" in page.url
    assert "step=month" in page.url
    assert_accessible(page)

    page.get_by_role("link", name="Remove Tag: late").click()
    page.get_by_role("link", name="By attribute", exact=True).click()
    page.get_by_label("Attribute", exact=True).select_option("country")
    page.get_by_role("button", name="Show", exact=True).first.click()
    expect(page.get_by_role("heading", name="NPS by country")).to_be_visible()
    page.set_viewport_size(NARROW)
    row = page.get_by_role("row").filter(has_text="a-country")
    expect(row.get_by_text("likely")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Against", exact=True).select_option("plan")
    page.get_by_role("button", name="Show", exact=True).first.click()
    expect(page.get_by_role("heading", name="country against plan")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("count", [0, 1, 10])
def test_few_answers_fit_a_phone_and_are_called_a_hint(
    sign_in, assert_accessible, alice, answers, count
):
    answers(count)
    page = sign_in(alice, viewport=NARROW)
    for path in ("/", "/campaigns/", "/results/by-attribute/?key=plan"):
        page.goto(path)
        assert_accessible(page)
    page.goto("/campaigns/")
    hint = page.get_by_text("more answers for ±10").filter(visible=True)
    assert hint.count() == (1 if count else 0)
