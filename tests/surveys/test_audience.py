"""Who of a list will be asked, and who not and why: seen before anybody is."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
import time_machine

from campaigns.models import Campaign, Throttle
from contacts.models import Contact
from contacts.suppression import suppress
from promoter.accounts.models import Account
from surveys.asking.enrolling import enrol_round
from surveys.models import Survey, SurveyEmail
from tests.conftest import NOW
from tests.surveys.asked import ask
from tests.surveys.lists import join, list_campaign, people

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STEPS = ["kind", "template", "list", "when", "delivery", "throttle"]


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def draft(account, campaign, template) -> Campaign:
    """A draft to a list of 30: 25 without an address, one of each other kind."""
    names = ["ada", "bea", "cat", "dot", *(f"-p{number}" for number in range(26))]
    join(campaign.contact_list, people(account, names), at=NOW - DAY)
    other = Campaign.objects.create(
        account=account,
        name="After a visit",
        status="active",
        event_name="Visited",
        email_template=template,
        contact_list=campaign.contact_list,
        activated_at=NOW,
    )
    ask(Contact.objects.get(user_id="cat"), other, NOW - 3 * DAY)
    suppress(account=account, email="dot@example.com", reason="manual", now=NOW)
    throttle = Throttle.objects.create(account=account, name="Month", days=30)
    return list_campaign(
        campaign, status="draft", activated_at=None, throttle=throttle, spread_days=2
    )


def page_of(client, campaign: Campaign, query: str = "") -> str:
    answer = client.get(f"/campaigns/{campaign.pk}/audience/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("<wbr>", "").split())


def test_it_says_how_many_and_why_not_with_the_first_of_each(alice_client, draft):
    page = page_of(alice_client, draft)

    assert "<strong>2</strong> of the 30 contacts of “Segment List” will be asked" in page
    assert "about 1 mail a day over 2 days" in page
    assert "<strong>28</strong> will not:" in page
    assert "<strong>26</strong> no usable email address" in page
    assert "<strong>1</strong> asked too recently" in page
    assert "by “After a visit”" in page
    assert page.count(">-p") == 20
    assert "?reason=no_address" in page


@pytest.mark.parametrize(
    ("spread", "own", "accounts", "words", "window"),
    [
        (0, [], None, "all at once", ""),
        (0, [], 9, "each as soon as mail may go out", "every day, 09:00 to midnight"),
        (3, [0, 1], 9, "evenly over 3 days", "Monday and Tuesday"),
        (3, [], None, "about 1 mail a day over 3 days", ""),
    ],
)
def test_it_says_when_they_are_asked(
    alice_client, draft, spread, own, accounts, words, window
):
    Account.objects.update(send_from=time(accounts) if accounts else None)
    Campaign.objects.filter(pk=draft.pk).update(
        spread_days=spread, send_days=own, setup_steps=STEPS
    )

    review = alice_client.get(f"/campaigns/{draft.pk}/setup/review/").content.decode()
    review = " ".join(review.split())
    promise = f"Mail goes out <strong>{window}</strong>, by the clock of whoever"
    assert (promise in review) == bool(window)
    assert ("all at once" in review) == (words == "all at once")
    hours = f", {window} by their own clock" if window else ""
    assert f"will be asked: {words}{hours}." in page_of(alice_client, draft)


def test_all_of_one_reason_have_pages_of_their_own(alice_client, draft):
    page = page_of(alice_client, draft, "?reason=no_address")
    assert page.count(">-p") == 26
    assert "asked too recently" not in page
    assert page_of(alice_client, draft, "?reason=no_address&page=2").count(">-p") == 0
    assert page_of(alice_client, draft, "?reason=nonsense&page=x").count(">-p") == 20


def test_looking_writes_nothing(alice_client, draft):
    before = Survey.objects.count(), SurveyEmail.objects.count()
    page_of(alice_client, draft)
    assert (Survey.objects.count(), SurveyEmail.objects.count()) == before
    draft.refresh_from_db()
    assert (draft.status, draft.enrolled_to) == ("draft", 0)


def test_what_it_promises_comes_true(alice_client, draft):
    Campaign.objects.filter(pk=draft.pk).update(status="ready", activated_at=NOW)
    enrol_round(now=NOW)
    reasons = Survey.objects.filter(campaign=draft).values_list("skip_reason", flat=True)
    counts = {reason: list(reasons).count(reason) for reason in set(reasons)}
    assert counts == {"": 2, "no_address": 26, "throttled": 1, "suppressed": 1}


def test_it_costs_the_same_for_any_number_of_members(
    account, alice_client, draft, django_assert_max_num_queries
):
    join(draft.contact_list, people(account, [f"q{n}" for n in range(200)]), at=NOW - DAY)
    with django_assert_max_num_queries(16):
        page_of(alice_client, draft)


def test_the_review_leads_there_and_an_active_campaign_does_not(alice_client, draft):
    Campaign.objects.filter(pk=draft.pk).update(setup_steps=STEPS)
    review = alice_client.get(f"/campaigns/{draft.pk}/setup/review/").content.decode()
    assert f"/campaigns/{draft.pk}/audience/" in review
    Campaign.objects.filter(pk=draft.pk).update(status="active", activated_at=NOW)
    answer = alice_client.get(f"/campaigns/{draft.pk}/audience/")
    assert answer["Location"] == f"/campaigns/{draft.pk}/"
