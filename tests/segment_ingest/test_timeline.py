"""Why was, or wasn't, a person asked: the sentence, and everything that happened."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign, Throttle
from contacts.models import Suppression
from contacts.suppression import suppress
from segment_ingest.models import SegmentMessage
from segment_ingest.standing import Known, Moment, free_from, standing
from segment_ingest.timeline import (
    Cursor,
    Entry,
    Kind,
    message_entries,
    page_of_entries,
)
from surveys.eligibility import Ask, Spacing
from surveys.models import Response, SkipReason, SurveyEmail, SuspectAnswer
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Verdict = SegmentMessage.Verdict

# --- The sentence ----------------------------------------------------------------

NEW = Known(
    has_address=True, has_user_id=True, sends_events=True, days_kept=35, free_from=NOW
)
ASKED = replace(NEW, asked=Moment(NOW - 20 * DAY, "After an order"))
LAST = "Asked last on 3 Nov by “After an order”"


def gone(reason: str) -> Moment:
    return Moment(NOW - 2 * DAY, reason)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (
            replace(ASKED, free_from=NOW + 10 * DAY, same_from=NOW + 10 * DAY),
            f"{LAST}; may be asked again from 3 Dec.",
        ),
        (ASKED, f"{LAST}; may be asked again now."),
        (
            replace(ASKED, same_from=NOW + 10 * DAY),
            f"{LAST}; may be asked again by it from 3 Dec, by another campaign now.",
        ),
        (replace(ASKED, free_from=None), f"{LAST}; no campaign is live to ask again."),
        (
            replace(ASKED, asked_as_another=True),
            f"{LAST}, as another contact with this address; may be asked again now.",
        ),
        (
            replace(ASKED, suppressed=gone("unsubscribed")),
            f"{LAST}; not again: they unsubscribed on 21 Nov.",
        ),
        (
            replace(ASKED, planned=Moment(NOW + 10 * DAY, "Trial ended")),
            f"{LAST}; to be asked again on 3 Dec by “Trial ended”.",
        ),
        (
            replace(ASKED, has_address=False),
            f"{LAST}; not again: no usable email address of theirs is known.",
        ),
        (
            replace(NEW, planned=Moment(NOW - DAY, "Trial ended")),
            "To be asked now by “Trial ended”.",
        ),
        (replace(NEW, suppressed=gone("bounced")), "Never asked: their address bounced."),
        (
            replace(NEW, has_address=False),
            "Never asked: no usable email address of theirs is known.",
        ),
        (
            replace(
                NEW,
                missed=Moment(NOW - 20 * DAY, "the event “Order Completed”"),
                missed_because="too late",
            ),
            "Never asked: the event “Order Completed” of 3 Nov came to nothing (too late).",
        ),
        (
            replace(NEW, has_user_id=False),
            "Never asked: without a userId no event can be theirs.",
        ),
        (replace(NEW, free_from=None), "Never asked: no campaign is live."),
        (NEW, "Never asked: no live campaign listens to their events."),
        (
            replace(NEW, sends_events=False),
            "Never asked: no track event of theirs came in the last 35 days.",
        ),
    ],
)
def test_one_sentence_answers(known, sentence):
    assert standing(known, now=NOW, zone=UTC) == sentence


@pytest.mark.parametrize("reason", Suppression.Reason.values)
def test_every_reason_not_to_mail_has_its_words(reason):
    known = replace(NEW, suppressed=gone(reason))

    assert standing(known, now=NOW, zone=UTC).startswith("Never asked: ")


def test_one_may_be_asked_when_the_first_campaign_may():
    floor = timedelta(hours=24)
    asks = [Ask(1, NOW - 20 * DAY), Ask(2, NOW - timedelta(hours=3))]
    strict = (1, Spacing(floor, 30 * DAY))
    own = (3, Spacing(floor, 30 * DAY, account_wide=False))

    assert free_from([], asks, now=NOW) is None
    assert free_from([strict], [], now=NOW) == NOW
    assert free_from([strict], asks[:1], now=NOW) == NOW + 10 * DAY
    assert free_from([strict, own], asks, now=NOW) == NOW + timedelta(hours=21)


# --- Pages -----------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 6), max_size=25),
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(list(Kind)[2:])), max_size=25),
    st.integers(1, 5),
)
def test_pages_show_everything_once_in_an_order_that_never_rises(received, rest, size):
    """Even where the clocks of two web processes disagree about who came first."""
    messages = [(pk, NOW + at * DAY, None) for pk, at in enumerate(received, 1)][::-1]
    others = [Entry(NOW + at * DAY, kind, pk, None) for pk, (at, kind) in enumerate(rest)]
    seen: list[Entry] = []
    before: Cursor | None = None
    for _ in range(60):
        left = [row for row in messages if before is None or row[0] < before.message]
        page, after = page_of_entries(
            message_entries(left[: size + 1], before=before),
            others,
            before=before,
            size=size,
        )
        seen += page
        if after is None:
            break
        before = Cursor.read(str(after))
        assert before == after

    names = [(entry.kind, entry.pk) for entry in seen]
    wanted = [(Kind.MESSAGE, pk) for pk, _, _ in messages]
    wanted += [(entry.kind, entry.pk) for entry in others]
    assert sorted(names) == sorted(wanted)
    assert [entry.at for entry in seen] == sorted((e.at for e in seen), reverse=True)


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.x", "-1.2.3.4", "1.2.3.²", "9" * 19 + ".1.1.1", "a"]
)
def test_a_cursor_of_another_hand_means_the_first_page(text):
    assert Cursor.read(text) is None


# --- The page --------------------------------------------------------------------

pages = pytest.mark.django_db


@pytest.fixture
def ada(account):
    return kate(account, "ada@example.com", user_id="user-42")


def sent(account, at, *, event="Order Completed", type_="track", **fields):
    """A message of Ada's, with its verdict."""
    number = SegmentMessage.objects.count()
    fields.setdefault("verdict", Verdict.NO_CAMPAIGN)
    return SegmentMessage.objects.create(
        account=account,
        message_id=f"m{number}",
        type=type_,
        event=event if type_ == "track" else "",
        user_id="user-42",
        timestamp=at,
        received_at=at,
        processed_at=at,
        **fields,
    )


def page_of(client, contact, **query: str) -> str:
    answer = client.get(f"/contacts/{contact.pk}/timeline/", query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def answer_of(client, contact) -> str:
    page = page_of(client, contact)
    return re.search(r'answer-first">(.+?)</p>', page)[1]  # type: ignore[index]


@pages
def test_events_verdicts_mails_and_answers_stand_in_one_line(
    alice_client, account, campaign, ada
):
    at = timezone.now() - 10 * DAY
    sent(account, at - DAY, type_="identify", verdict=Verdict.CONTACT_SAVED)
    survey = ask(ada, campaign, at, reminder=SurveyEmail.Status.CANCELLED)
    sent(account, at, verdict=Verdict.SCHEDULED, survey=survey)
    Response.objects.create(
        account=account,
        campaign=campaign,
        survey=survey,
        contact=ada,
        score=9,
        comment="Splendid",
        responded_at=at + DAY,
        updated_at=at + 2 * DAY,
    )
    sent(account, at + 3 * DAY, verdict=Verdict.THROTTLED, detail="Again from 3 Dec.")
    suppress(
        account=account,
        email=ada.email,
        reason=Suppression.Reason.UNSUBSCRIBED,
        now=at + 4 * DAY,
    )
    survey.emails.filter(kind=SurveyEmail.Kind.INVITATION).update(
        outcome=SurveyEmail.Outcome.DELIVERED, outcome_at=at + timedelta(minutes=1)
    )

    page = page_of(alice_client, ada)

    places = [
        page.index(words)
        for words in (
            'data-status="unsubscribed"',
            "Again from 3 Dec.",
            "Splendid",
            ">Cancelled<",
            ">Delivered<",
            ">Sent<",
            "</strong></a> scheduled",
            ">Asked on ",
            "Identified",
        )
    ]
    assert places == sorted(places)
    assert "not again: they unsubscribed" in page


@pages
def test_a_changed_answer_and_one_in_quarantine_stand_where_they_came(
    alice_client, account, campaign, ada
):
    at = timezone.now() - 10 * DAY
    survey = ask(ada, campaign, at)
    SuspectAnswer.objects.create(
        account=account,
        survey=survey,
        score=0,
        reason=SuspectAnswer.Reason.TOO_FAST,
        answered_at=at + timedelta(seconds=1),
    )
    record_response(survey=survey, score=3, comment="Slow", now=at + DAY)
    record_response(survey=survey, score=9, comment="Slow", now=at + 2 * DAY)
    record_response(survey=survey, score=9, comment="Fast now", now=at + 3 * DAY)

    page = page_of(alice_client, ada)

    story = re.findall(r'data-kind="(\w+)">(.+?)</li>', page)
    answers = [
        (kind, *re.findall(r'data-band="\w+"[^>]*>(\d+)<', row)) for kind, row in story[1:5]
    ]
    assert answers == [
        ("change", "9"),
        ("change", "9"),
        ("answer", "3"),
        ("quarantine", "0"),
    ]
    newest, change, first, suspect = [row for _, row in story[1:5]]
    assert "Changed what they wrote" in newest
    assert "Fast now" in newest
    assert "it was 3" in change
    assert "Slow" in change
    assert "Answered “After an order”" in first
    assert "Answered faster than a person could." in suspect
    assert "counts in no figure" in suspect
    assert f"{reverse('quarantine')}#answer-" in suspect


@pages
def test_a_skipped_survey_says_why_and_hides_its_cancelled_mail(
    alice_client, account, campaign, ada
):
    at = timezone.now() - DAY
    survey = ask(ada, campaign, at, invitation=SurveyEmail.Status.CANCELLED)
    survey.skip_reason, survey.skipped_at = SkipReason.WITHDRAWN, at
    survey.save()

    page = page_of(alice_client, ada)

    assert "Withdrawn by a later event" in page
    assert ">Cancelled<" not in page
    assert "came to nothing (withdrawn by a later event)" in page


@pages
def test_a_throttle_says_from_when_on(alice_client, account, campaign, ada, time_machine):
    time_machine.move_to(NOW)
    campaign.throttle = Throttle.objects.create(account=account, name="30", days=30)
    campaign.save()
    ask(ada, campaign, NOW - 20 * DAY)

    assert answer_of(alice_client, ada) == (
        "Asked last on 3 Nov by “After an order”; may be asked again from 3 Dec."
    )


@pages
def test_the_same_address_asked_under_another_contact_counts(
    alice_client, account, campaign, ada, time_machine
):
    time_machine.move_to(NOW)
    ask(kate(account, "ada@example.com"), campaign, NOW - 20 * DAY)

    assert "as another contact with this address" in answer_of(alice_client, ada)


@pages
@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.LATE, "came to nothing (too old to survey)"),
        (Verdict.NO_CAMPAIGN, "no live campaign listens to their events"),
    ],
)
def test_the_last_event_that_counts_is_the_reason(
    alice_client, account, campaign, ada, verdict, words
):
    sent(account, timezone.now() - 2 * DAY, verdict=verdict)
    sent(account, timezone.now() - DAY, event="Other")

    assert words in answer_of(alice_client, ada)


@pages
def test_a_mail_that_could_not_be_delivered_is_the_reason(
    alice_client, account, campaign, ada
):
    survey = ask(ada, campaign, timezone.now(), invitation=SurveyEmail.Status.FAILED)
    survey.emails.update(error="550 No such user")

    page = page_of(alice_client, ada)

    assert "the mail could not be delivered" in page
    assert "550 No such user" in page
    assert f'{reverse("outbox")}?campaign={campaign.pk}">Send it again' in page


@pages
def test_a_survey_that_waits_is_planned(alice_client, account, campaign, ada):
    Campaign.objects.update(delivery_delay=3)
    at = timezone.now() + 3 * DAY
    ask(ada, campaign, at, invitation=SurveyEmail.Status.SCHEDULED)

    assert answer_of(alice_client, ada).startswith("To be asked on ")
    for status in ("paused", "complete"):
        # It does not go out, and keeps nobody else's survey back.
        Campaign.objects.update(status=status)
        assert "To be asked" not in answer_of(alice_client, ada)


@pages
def test_many_messages_are_paged_at_the_same_cost(alice_client, account, campaign, ada):
    start = timezone.now() - 10 * DAY
    sent(account, start, event="First")
    with CaptureQueriesContext(connection) as few:
        assert "Older" not in page_of(alice_client, ada)
    for number in range(40):
        sent(account, start + timedelta(hours=number), event=f"Event {number:02}")
        if number % 4 == 0:
            ask(ada, campaign, start + timedelta(hours=number))
    with CaptureQueriesContext(connection) as many:
        page = page_of(alice_client, ada)

    # What an empty history does not need: the mails, and the answers held back.
    assert len(many) == len(few) + 2 == 15
    seen = re.findall(r"<strong>(Event \d\d)", page)
    while link := re.search(r'href="(\?before=[^"]+)"', page):
        query = SimpleNamespace(before=link[1].partition("=")[2])
        page = page_of(alice_client, ada, **vars(query))
        seen += re.findall(r"<strong>(Event \d\d)", page)
    assert seen == [f"Event {number:02}" for number in reversed(range(40))]
    assert "Became a contact" in page or "First" in page


@pages
def test_one_persons_messages_are_found_without_reading_the_accounts(account):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by the number of rows, and here are none.")
    messages = SegmentMessage.objects.filter(account=account).of_user("user-42")

    plan = messages.order_by("-pk").explain()

    assert "segment_message_by_user (account_id=? AND user_id=?)" in plan


@pages
def test_what_no_campaign_heeded_can_be_left_out(alice_client, account, campaign, ada):
    sent(account, timezone.now(), event="Product Viewed")
    sent(account, timezone.now(), verdict=Verdict.LATE)

    page = page_of(alice_client, ada, only="asks")

    assert "Order Completed" in page
    assert "Product Viewed" not in page


@pages
def test_a_contact_of_an_import_has_a_timeline_too(alice_client, account, campaign):
    other = kate(account)
    SegmentMessage.objects.create(
        account=account,
        message_id="nobody",
        type="track",
        event="Anonymous",
        timestamp=NOW,
        received_at=NOW,
    )

    page = page_of(alice_client, other)

    assert "without a userId no event can be theirs" in page
    assert "Became a contact" in page
    assert "Anonymous" not in page


@pages
def test_the_contacts_page_takes_the_answer_in(alice_client, account, campaign, ada):
    contact = alice_client.get(f"/contacts/{ada.pk}/").content.decode()
    link = f"/contacts/{ada.pk}/timeline/"
    assert f'hx-get="{link}?part=answer"' in contact
    assert f'<a href="{link}">Why they were, or were not, asked</a>' in contact

    part = page_of(alice_client, ada, part="answer")
    assert part.startswith("Never asked: no track event of theirs")
    assert "<html" not in part
