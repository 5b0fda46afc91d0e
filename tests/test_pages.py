"""Every page: its cost, its frame, what it may not contain, and its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import ApiKey, SenderCheck
from segment_ingest.models import DailyUsage, RefusedRequest, SegmentMessage
from surveys.inbox.opening import open_case
from surveys.models import Response, ScoreWatch, SurveyEmail
from surveys.rollups import DirtyDay, Rollup
from tests.conftest import NOW
from tests.rows import make_rows
from tests.surveys.asked import ask, kate
from tests.test_tenancy import PRIVATE, path_of

pytestmark = pytest.mark.django_db

LISTS = [
    ("dashboard", "Dashboard"),
    ("campaign-list", "Campaigns"),
    ("contact-list", "Contacts"),
    ("response-list", "Responses"),
    ("segment", "Segment"),
]
MOST_QUERIES = 25
MOST_BYTES = 100_000
# An account has one of these, or one a day.
ONE_EACH = [SenderCheck, DailyUsage, RefusedRequest, ScoreWatch, Rollup, DirtyDay]


def fill(account, campaign, now, numbers: range) -> None:
    """So many campaigns, keys and messages, and answers of so many people."""
    for number in numbers:
        Campaign.objects.create(
            account=account,
            name=f"Campaign {number}",
            status=Campaign.Status.READY,
            event_name=f"Event {number}",
            email_template=campaign.email_template,
            contact_list=campaign.contact_list,
            activated_at=now,
        )
        if number < 8:
            ApiKey.objects.issue(account=account, name=f"Key {number}", now=now)
        contact = kate(account, f"kate{number}@example.com", user_id=f"u{number}")
        answer(contact, campaign, now, score=number % 11)
        answer(Contact.objects.get(user_id="u0"), campaign, now, score=9)
        SegmentMessage.objects.create(
            account=account,
            message_id=f"message {number}",
            type="track",
            event="Order Completed",
            user_id=f"u{number}",
            timestamp=now,
            received_at=now,
            processed_at=now,
            verdict=SegmentMessage.Verdict.SCHEDULED,
            survey=contact.surveys.last(),
        )


def answer(contact, campaign, now, score: int) -> Response:
    survey = ask(contact, campaign, now, reminder=SurveyEmail.Status.CANCELLED)
    response = Response.objects.create(
        account=campaign.account,
        campaign=campaign,
        survey=survey,
        contact=contact,
        score=score,
        comment="Because of the parcel.",
        responded_at=now,
        updated_at=now,
    )
    open_case(response, now=now)
    return response


def addresses(campaign) -> list[str]:
    pages = [reverse(name) for name, _ in LISTS]
    contact = Contact.objects.get(user_id="u0")
    return [
        *(f"{page}?range=all" for page in pages),
        reverse("campaign", args=[campaign.pk]),
        reverse("contact", args=[contact.pk]),
    ]


def costs(client, paths) -> dict[str, int]:
    found = {}
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200, path
        found[path] = len(queries)
    return found


def test_no_page_costs_more_with_thirty_rows_than_with_one(
    alice_client, account, campaign, now
):
    fill(account, campaign, now, range(1))
    paths = addresses(campaign)
    few = costs(alice_client, paths)

    fill(account, campaign, now, range(1, 30))
    many = costs(alice_client, paths)

    assert many == few
    assert max(many.values()) <= MOST_QUERIES


@pytest.mark.either_database
def test_no_private_page_grows_with_the_rows_of_everything(account, alice):
    wrong = {}
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        client = Client()
        client.force_login(alice)
        rows = make_rows(0, account)
        few = {name: queries for name, queries, _ in walked(client, rows)}
        for number in range(1, 6):
            for model in ONE_EACH:
                model._default_manager.filter(account=account).delete()
            make_rows(number, account)
        for name, queries, size in walked(client, rows):
            if not queries <= min(few[name], MOST_QUERIES) or size > MOST_BYTES:
                wrong[name] = (few[name], queries, size)

    assert len(few) > 70, "most addresses answer with a page or a file"
    assert wrong == {}


def walked(client, rows) -> Iterator[tuple[str, int, int]]:
    """Each private page that Alice may look at: its queries, and the bytes of its HTML."""
    for route in PRIVATE:
        path = path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
            body = b"".join(answer) if answer.streaming else answer.content
        if answer.status_code == 200:
            is_page = answer["Content-Type"].startswith("text/html")
            yield route.name, len(queries), len(body) if is_page else 0


@pytest.mark.parametrize(("name", "label"), LISTS)
def test_a_page_marks_its_place_in_the_navigation(alice_client, name, label):
    page = alice_client.get(reverse(name)).content.decode()

    navigation = page.partition("<nav")[2].partition("</nav>")[0]
    assert re.findall(r'aria-current="page">([^<]+)', navigation) == [label]


def test_a_page_of_one_row_marks_its_section(alice_client, campaign):
    page = alice_client.get(reverse("campaign", args=[campaign.pk])).content.decode()

    assert 'aria-current="true">Campaigns' in page


def test_no_page_has_what_the_content_security_policy_forbids(
    alice_client, account, campaign, now
):
    fill(account, campaign, now, range(1))

    for path in addresses(campaign):
        page = alice_client.get(path).content.decode()
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page), path
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", page), path


def test_a_stranger_sees_nothing_of_it(charlie_client, account, campaign, now):
    fill(account, campaign, now, range(1))
    contact = Contact.objects.get(user_id="u0")

    for name, _ in LISTS:
        page = charlie_client.get(reverse(name)).content.decode()
        for secret in (account.name, "kate", "After an order", "parcel", "message 0"):
            assert secret not in page, (name, secret)
    assert charlie_client.get(reverse("campaign", args=[campaign.pk])).status_code == 404
    assert charlie_client.get(reverse("contact", args=[contact.pk])).status_code == 404


def test_who_is_not_signed_in_is_sent_to_the_door_and_back():
    response = Client().get("/responses/?band=detractor")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/responses/%3Fband%3Ddetractor"


def test_only_staff_see_the_way_to_the_admin(alice_client, alice):
    assert 'href="/admin/"' not in alice_client.get("/").content.decode()

    alice.is_staff = True
    alice.save()
    assert 'href="/admin/"' in alice_client.get("/").content.decode()


def test_an_unknown_address_says_what_to_do(alice_client):
    response = alice_client.get("/nothing/here/")

    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_a_stale_form_says_what_to_do(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post("/sign-out/")

    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_a_crash_is_answered_with_a_page(alice_client, monkeypatch):
    alice_client.raise_request_exception = False
    monkeypatch.setattr("surveys.views.dashboard.first_steps", None)

    response = alice_client.get("/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
