"""The first page, from the first minute to many answers."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from campaigns.models import Campaign
from segment_ingest.models import DailyUsage
from surveys.inbox.opening import open_case
from surveys.models import Case, Response, Tag
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now, tick=False):
        yield


def text_of(client, path: str = "/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def answers(campaign, at, *scores: int, comment: str = "") -> None:
    contact = kate(campaign.account)
    for score in scores:
        Response.objects.create(
            account=campaign.account,
            campaign=campaign,
            survey=ask(contact, campaign, at),
            contact=contact,
            score=score,
            comment=comment,
            responded_at=at,
            updated_at=at,
        )


def done(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('data-done="')[1:]]


def test_a_new_account_is_told_the_five_steps(alice_client, account):
    account.postal_address = ""
    account.save()
    page = text_of(alice_client)

    assert done(page) == ["no"] * 5
    assert "Make an API key" in page


def test_a_step_that_is_done_ticks_itself_off(
    alice_client, segment_key, campaign, account, now
):
    assert done(text_of(alice_client)) == ["yes", "no", "no", "yes", "no"]

    kate(account, user_id="u1")
    assert done(text_of(alice_client))[2] == "no", "a file may have told of her"
    DailyUsage.objects.create(account=account, day=now.date(), accepted=1)
    assert done(text_of(alice_client)) == ["yes", "no", "yes", "yes", "no"]


def test_without_segment_contacts_are_imported_and_a_campaign_made(
    alice_client, other_account, now
):
    # Events of strangers are not ours.
    DailyUsage.objects.create(account=other_account, day=now.date(), accepted=1)

    page = text_of(alice_client)

    assert done(page) == ["yes", "no", "no", "no", "no"]
    assert 'href="/contacts/import' in page
    assert 'href="/campaigns/">To the campaigns<' in page


def test_a_draft_is_no_live_campaign(alice_client, campaign):
    Campaign.objects.update(status=Campaign.Status.DRAFT, activated_at=None)

    assert done(text_of(alice_client))[3] == "no"


def test_the_first_answer_turns_the_page_into_a_dashboard(alice_client, campaign, now):
    answers(campaign, now, 9, comment="Quick!")

    page = text_of(alice_client)

    assert '<p class="hero-figure soft">+100</p>' in page
    assert "<strong>1 response</strong>" in page
    assert "−49 and +100" in page
    assert "first hint, not a measurement" in page
    assert "Quick!" in page
    assert "1 of the 1 sent, so far" in page


def test_all_responses_are_those_of_the_filter_as_far_as_the_inbox_knows_it(
    alice_client, account, campaign, now
):
    answers(campaign, now, 9, comment="Quick!")
    Response.objects.update(attributes={"plan": "gold & more"})
    for response in Response.objects.all():
        open_case(response, now=now)
    tag = Tag.objects.create(account=account, name="Speed")
    tag.cases.set(Case.objects.all())
    Case.objects.update(closed_at=now)
    narrow = f"campaign={campaign.pk}&band=promoter&tag={tag.pk}"
    narrow += "&attribute=plan&value=gold+%26+more"

    def link(query: str) -> str:
        page = text_of(alice_client, f"/?{query}")
        (found,) = re.findall(r'href="([^"]*)">All responses', page)
        return unescape(found)

    assert link("") == "/responses/?tab=all"
    assert link(f"range=all&none=city&{narrow}") == f"/responses/?tab=all&{narrow}"
    assert "Quick!" in text_of(alice_client, link(narrow))


def test_the_score_comes_with_its_interval_and_its_change(alice_client, campaign, now):
    answers(campaign, now - timedelta(days=40), *[5] * 30)
    answers(campaign, now, *[9] * 20, *[8] * 5, *[0] * 10)

    page = text_of(alice_client)

    assert '<p class="hero-figure">+29</p>' in page
    assert "first hint" not in page
    assert "+129 points</strong> on the 30 days before" in page
    assert "(significant: more than chance explains)" in page


def test_the_range_is_in_the_address(alice_client, campaign, now):
    answers(campaign, now - timedelta(days=40), 0)
    answers(campaign, now, 10)

    assert '<p class="hero-figure soft">+100</p>' in text_of(alice_client, "/?range=7")
    for address in ("/?range=90", "/?range=365", "/?range=all"):
        assert '<p class="hero-figure soft">0</p>' in text_of(alice_client, address)
    page = text_of(alice_client, "/?range=nonsense")
    assert '<a href="?range=30" aria-current="true">30 days</a>' in page


def test_a_range_without_answers_leads_to_the_shortest_that_has_some(
    alice_client, campaign, now
):
    answers(campaign, now - timedelta(days=40), 0)

    page = text_of(alice_client)

    assert "No responses in the last 30 days" in page
    assert '<a class="button" href="?range=90">Show the last 90 days</a>' in page


def test_each_chart_has_its_table_its_words_and_its_files(alice_client, campaign, now):
    answers(campaign, now, 9, 10, 3)

    page = text_of(alice_client, "/?range=7")

    assert page.count("Show as a table") == 3
    assert "Score 3: 1. " in page
    assert 'aria-labelledby="trend-title trend-desc"' in page
    for name in ("scores", "trend", "rates"):
        for kind in ("csv", "svg"):
            assert f'href="/results/{name}.{kind}?range=7"' in page


def test_the_figures_are_the_accounts_own(charlie_client, campaign, now):
    answers(campaign, now, 9)

    assert done(text_of(charlie_client)) == ["no"] * 5
