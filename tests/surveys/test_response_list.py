"""What people answered, filtered by the address."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.db import connection

from campaigns.models import Campaign
from surveys.inbox import searching
from surveys.inbox.opening import open_case
from surveys.models import Case, Response
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db


def answer(campaign, at, score: int, comment: str = "", contact=None) -> Response:
    contact = contact or kate(campaign.account)
    response = Response.objects.create(
        account=campaign.account,
        campaign=campaign,
        survey=ask(contact, campaign, at),
        contact=contact,
        score=score,
        comment=comment,
        responded_at=at,
        updated_at=at,
    )
    open_case(response, now=at)
    return response


def listed(client, query: str = "") -> str:
    response = client.get(f"/responses/{query}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def three(campaign, now):
    answer(campaign, now, 10, "Splendid")
    answer(campaign, now, 7, "Decent")
    answer(campaign, now, 0, "Dreadful")


@pytest.mark.parametrize(
    ("band", "words"),
    [("promoter", "Splendid"), ("passive", "Decent"), ("detractor", "Dreadful")],
)
def test_a_band_shows_its_own(alice_client, three, band, words):
    page = listed(alice_client, f"?band={band}")

    assert words in page
    assert sum(other in page for other in ("Splendid", "Decent", "Dreadful")) == 1


def test_another_tab_and_another_place_in_nothing_keep_what_was_looked_for(
    alice_client, campaign, now
):
    answer(campaign, now, 10, "Splendid")
    Case.objects.update(closed_at=now)
    asked = f"q=Splendid&band=promoter&campaign={campaign.pk}"

    page = listed(alice_client, f"?{asked}&older=1_2")

    links = [unescape(link) for link in re.findall(r'href="([^"]*tab=[^"]*)"', page)]
    kept = [dict(parse_qsl(link.partition("?")[2])) for link in links]
    same = dict(parse_qsl(asked))
    assert [same | {"tab": tab} for tab in ("open", "mine", "closed", "all")] == kept[:4]
    page = listed(alice_client, f"?{asked}")
    assert "Nothing matches" in page
    way_out = re.search(r'href="([^"]*)">Look in all tabs<', page)
    assert "Splendid" in listed(alice_client, unescape(way_out[1]))
    page = listed(alice_client, "?tab=all&q=Dreadful")
    assert '<a class="button" href="?tab=all">Show all responses</a>' in page
    # The quarantine has another address and nothing of the filter.
    page = alice_client.get("/responses/quarantine/?dropped=1").content.decode()
    assert 'href="/responses/?tab=all"' in page


def test_an_unknown_band_or_campaign_filters_nothing(alice_client, three):
    page = listed(alice_client, "?band=nonsense&campaign=x")

    assert all(words in page for words in ("Splendid", "Decent", "Dreadful"))


def test_a_campaign_shows_its_own(alice_client, account, campaign, three, now):
    other = Campaign.objects.create(
        account=account,
        name="Other",
        status=Campaign.Status.ACTIVE,
        event_name="Ticket Solved",
        email_template=campaign.email_template,
        contact_list=campaign.contact_list,
        activated_at=now,
    )
    answer(other, now, 9, "Solved")

    page = listed(alice_client, f"?campaign={other.pk}")

    assert "Solved" in page
    assert "Splendid" not in page


def test_another_accounts_campaign_filters_nothing(charlie_client, three, campaign):
    page = listed(charlie_client, f"?campaign={campaign.pk}")

    assert "No responses yet" in page


def test_a_filter_without_matches_leads_back(alice_client, campaign, now):
    answer(campaign, now, 10)

    assert "Nothing matches" in listed(alice_client, "?band=detractor")


def test_the_filter_stays_on_the_next_page(alice_client, campaign, now):
    contact = kate(campaign.account)
    for number in range(31):
        answer(campaign, now - timedelta(minutes=number), 2, f"number {number}.", contact)

    page = listed(alice_client, "?band=detractor")
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    assert "band=detractor" in older
    assert "number 30." in listed(alice_client, older)
    assert "number 29." not in listed(alice_client, older)


def test_a_comment_is_text_and_not_markup(alice_client, campaign, now):
    answer(campaign, now, 1, "<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)" in listed(alice_client)


def test_an_answer_outlives_the_person(alice_client, campaign, now):
    response = answer(campaign, now, 10, "Splendid")
    response.contact.delete()

    page = listed(alice_client)

    assert "Splendid" in page
    assert "An erased person" in page


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads all")
def test_a_search_says_when_it_reads_a_part_only(alice_client, three, monkeypatch):
    assert "words are looked for" not in listed(alice_client, "?tab=all&q=decent")
    monkeypatch.setattr(searching, "SQLITE_READS", 2)

    page = listed(alice_client, "?tab=all&q=decent")

    assert "words are looked for in the newest 2 answers" in page
