"""The decision log: who was asked, who was not and why, what the campaign did itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from campaigns import lifecycle
from campaigns.models import Campaign
from campaigns.pause_words import too_many
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from segment_ingest.models import SegmentMessage
from surveys.models import Survey
from tests.segment_ingest.stored import person, stored

pytestmark = pytest.mark.django_db

Verdict = SegmentMessage.Verdict
MINUTE = timedelta(minutes=1)


def text_of(client, campaign, **query: str) -> str:
    response = client.get(f"/campaigns/{campaign.pk}/log/", query)
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("<wbr>", "").split())


def asked(message: SegmentMessage, campaign, contact, **fields) -> Survey:
    survey = Survey.objects.create(
        account=campaign.account,
        campaign=campaign,
        contact=contact,
        trigger_id=message.message_id,
        triggered_at=message.received_at,
        due_at=message.received_at,
        **fields,
    )
    SegmentMessage.objects.filter(pk=message.pk).update(
        verdict=Verdict.SCHEDULED, survey=survey
    )
    return survey


@pytest.fixture
def story(account, campaign, alice, now):
    """Ada was asked, then throttled; Ben was withdrawn; a stranger was never known."""
    Campaign.objects.update(activated_at=now - 99 * MINUTE)
    campaign.refresh_from_db()
    record(
        account=account,
        actor=alice,
        action=Action.CAMPAIGN_ACTIVATED,
        target=campaign,
        now=now - 99 * MINUTE,
    )
    ada, ben = person(account, "ada"), person(account, "ben")
    stored(account, "early", at=now - 100 * MINUTE, user_id="too early")
    asked(stored(account, "m1", at=now - 9 * MINUTE), campaign, ada)
    lifecycle.mark_active(account=account, campaign_ids=[campaign.pk], now=now - 9 * MINUTE)
    stored(account, "m2", at=now - 8 * MINUTE, verdict=Verdict.THROTTLED)
    asked(
        stored(account, "m3", at=now - 7 * MINUTE, user_id="ben"),
        campaign,
        ben,
        skip_reason="withdrawn",
        skipped_at=now - 6 * MINUTE,
    )
    stored(
        account, "m4", at=now - 5 * MINUTE, user_id="who", verdict=Verdict.NOT_IDENTIFIED
    )
    lifecycle.pause_itself(campaign=campaign, because="Too many.", now=now - 4 * MINUTE)
    stored(account, "other", at=now, event="Something else", user_id="other event")
    return campaign


def test_everything_that_was_decided_newest_first(alice_client, story):
    page = text_of(alice_client, story)
    parts = ["Paused itself", ">who<", "Withdrawn by a later event", ">Throttled<"]
    parts += ["Turned active with the first", "ada@example.com</a>", "alice@"]
    places = [page.index(part, page.index('id="log"')) for part in parts]
    assert places[:4] == sorted(places[:4])
    assert "Too many." in page
    assert "No identify call with the userId “who” came before it" in page
    assert '<a href="/segment/?id=m2">event</a>' in page
    assert "too early" not in page, "before it was activated"
    assert "other event" not in page
    assert page.count("ada@example.com</a>") == 2


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ({"outcome": "asked"}, ["ada@"], ["ben@", ">who<", "Too many"]),
        ({"outcome": "not_asked"}, ["ada@", "ben@", ">who<"], ["Too many"]),
        ({"outcome": "throttled"}, ["ada@"], ["ben@", ">who<"]),
        ({"outcome": "withdrawn"}, ["ben@"], ["ada@", ">who<"]),
        ({"outcome": "not_identified"}, [">who<"], ["ada@", "ben@"]),
        ({"outcome": "campaign"}, ["Too many"], ["ada@", "ben@", ">who<"]),
        ({"q": "ben@example"}, ["ben@"], ["ada@", ">who<", "Too many"]),
        ({"q": "who"}, [">who<"], ["ada@", "ben@"]),
        ({"q": "nobody"}, ["Nothing matches"], ["ada@"]),
        ({"outcome": "nonsense"}, ["ada@", "ben@"], []),
    ],
)
def test_it_is_filtered_by_outcome_and_by_person(alice_client, story, query, there, gone):
    page = text_of(alice_client, story, **query).partition('id="log"')[2]
    assert [part for part in there if part not in page] == []
    assert [part for part in gone if part in page] == []


def test_a_survey_of_another_campaign_is_no_answer_of_this_one(
    alice_client, account, story, now
):
    other = Campaign.objects.create(
        account=account,
        name="Other",
        status="ready",
        event_name=story.event_name,
        email_template=story.email_template,
        contact_list=story.contact_list,
        activated_at=now - 99 * MINUTE,
    )
    message = SegmentMessage.objects.get(message_id="m1")
    message.detail = "After an order: survey scheduled; Other: not in the sample"
    message.save()
    page = text_of(alice_client, other)
    assert "Other: not in the sample" in page
    assert "Other: not in the sample" not in text_of(alice_client, story)


def test_pages_by_key_show_each_once_and_cost_the_same(alice_client, account, story, now):
    with CaptureQueriesContext(connection) as few:
        text_of(alice_client, story)
    contact = person(account, "many")
    for number in range(90):
        message = stored(
            account,
            f"n{number}",
            at=now + number * MINUTE,
            verdict=Verdict.CONDITIONS,
            user_id="many",
        )
        if number % 2:
            asked(message, story, contact)
    found, query = [], {}
    while True:
        with CaptureQueriesContext(connection) as many:
            page = text_of(alice_client, story, **query)
        assert len(many) <= max(len(few), 22)
        found += re.findall(r"/segment/\?id=(\w+)", page)
        older = re.search(r'rel="next" href="\?before=([\d.]+)', page)
        if older is None:
            break
        query = {"before": older[1]}
    wanted = [f"n{number}" for number in reversed(range(90))]
    assert [each for each in found if each[0] == "n"] == wanted
    assert found[90:] == ["m4", "m3", "m2", "m1"]


def test_the_campaigns_page_takes_in_the_newest_lines(alice_client, story):
    page = alice_client.get(f"/campaigns/{story.pk}/").content.decode()
    assert f'hx-get="/campaigns/{story.pk}/log/?part=latest"' in page
    assert "ada@" in page.replace("<wbr>", ""), "without JavaScript: who was asked"
    part = text_of(alice_client, story, part="latest")
    assert "<html" not in part
    assert "Paused itself" in part


def test_a_campaign_that_has_done_nothing_says_so(alice_client, campaign):
    assert "It fills with the first" in text_of(alice_client, campaign)
    Campaign.objects.update(status="draft", activated_at=None, event_name="")
    assert "when the campaign is activated" in text_of(alice_client, campaign)
    assert (
        alice_client.get(
            f"/campaigns/{campaign.pk}/log/?before=1.2.3.4&outcome=asked"
        ).status_code
        == 200
    )


def test_why_it_paused_itself_and_what_was_changed_is_read_in_the_readers_language(
    account, alice, alice_client, campaign, now
):
    Campaign.objects.update(status="active")
    with translation.override("de"):
        lifecycle.pause_itself(
            campaign=campaign, because=too_many(wanted=1234, usual=12), now=now
        )
    record(
        account=account,
        actor=alice,
        action=Action.CAMPAIGN_CHANGED,
        target=campaign,
        changed=["Reminder", "Condition 2: value"],
        now=now,
    )
    assert "1,234 surveys within an hour; it usually asks 12." in text_of(
        alice_client, campaign
    )
    alice.language = "de"
    alice.save()
    page = text_of(alice_client, campaign)
    assert "1.234 Umfragen innerhalb einer Stunde; sonst sind es 12." in page
    assert "Bedingung 2: Wert, Erinnerung" in page
    log = alice_client.get("/settings/audit-log/").content.decode()
    assert "1.234 Umfragen innerhalb einer Stunde; sonst sind es 12." in log
