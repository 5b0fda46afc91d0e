"""Segment's `delete`: the person is gone, in whichever order things arrive."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.addresses import address_digest
from contacts.models import Contact, Suppression
from promoter.accounts.models import Account, ApiKey
from segment_ingest.erasing import erase_person
from segment_ingest.models import SegmentMessage
from surveys.models import Response, SkipReason, Survey, SurveyEmail
from tests.conftest import NOW
from tests.segment_ingest.conftest import Segment, contact, process


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOW, tick=False):
        yield


def delete(segment: Segment, user_id: str = "user-42", **fields):
    event = {"type": "delete", "userId": user_id, "timestamp": at(0), **fields}
    return segment.batch(event)


def at(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


def test_a_delete_erases_contact_events_and_mail_and_keeps_the_score(
    segment, campaign, messages
):
    segment.identify(timestamp=at(-9), traits={"email": "ada@example.com", "plan": "pro"})
    segment.track(timestamp=at(-8))
    process()
    survey = Survey.objects.get()
    Response.objects.create(
        account=survey.account,
        campaign=campaign,
        survey=survey,
        contact=contact(),
        score=3,
        comment="I am Ada",
        responded_at=NOW,
        updated_at=NOW,
    )

    # As documented by Segment: without a messageId.
    assert delete(segment).status_code == 200
    process()

    assert not Contact.objects.exists()
    response = Response.objects.get()
    assert (response.score, response.comment, response.contact) == (3, "", None)
    survey.refresh_from_db()
    assert (survey.skip_reason, survey.attributes) == (SkipReason.ERASED, {})
    assert survey.emails.get().status == SurveyEmail.Status.CANCELLED
    assert set(messages.values_list("user_id", "body")) == {("", None)}
    assert messages.last().verdict == SegmentMessage.Verdict.ERASED
    suppression = Suppression.objects.get()
    assert (suppression.reason, suppression.email) == ("erased", "")
    assert suppression.address_digest == address_digest("ada@example.com")


def test_the_same_delete_twice_counts_once(segment, usage):
    delete(segment)
    assert delete(segment).json()["duplicates"] == 1
    assert usage()["accepted"] == 1


def test_a_delete_needs_a_user_id(segment):
    answer = segment.batch({"type": "delete", "anonymousId": "a"})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_user_id")


def test_one_delete_in_a_batch_leaves_the_others_alone(segment, verdict):
    events = [{"type": "identify", "userId": f"u{n}", "traits": {}} for n in range(6)]
    events.insert(3, {"type": "delete", "userId": "u1", "messageId": "d"})
    segment.batch(*events)
    assert process() == 7
    ids = Contact.objects.values_list("user_id", flat=True)
    assert sorted(ids) == ["u0", "u2", "u3", "u4", "u5"]
    assert verdict("d") == "erased: The person was erased."


def test_what_is_from_before_brings_nobody_back(segment, campaign, messages):
    delete(segment)
    process()
    segment.identify(timestamp=at(-1))
    segment.track(timestamp=at(-1))
    process()
    assert not Contact.objects.exists()
    assert not Survey.objects.exists()
    assert set(messages.values_list("user_id", "body")) == {("", None)}
    assert "before the person was erased" in messages.last().detail
    # The address was not known at the deletion; from now on it is.
    assert Suppression.objects.get().address_digest == address_digest("ada@example.com")


def test_who_comes_again_is_a_new_contact_and_not_mailed_at_the_old_address(
    segment, campaign, verdict
):
    segment.identify(timestamp=at(-1), traits={"email": "ada@example.com", "plan": "pro"})
    delete(segment)
    process()
    segment.identify(timestamp=at(1), traits={"email": "ada@example.com"})
    segment.track(timestamp=at(1))
    process()
    assert contact().attributes == {"email": "ada@example.com"}
    assert verdict() == "suppressed"


def test_what_a_team_mate_erases_stays_away_too(segment, account):
    segment.identify(timestamp=at(-2))
    process()
    erase_person(contact=contact(), now=timezone.now())
    segment.identify(timestamp=at(-1), messageId="late")
    process()
    assert not Contact.objects.exists()


# --- Any order --------------------------------------------------------------------

IDENTIFY = st.fixed_dictionaries(
    {"type": st.just("identify")},
    optional={
        "traits": st.dictionaries(
            st.sampled_from(["email", "Email", "first_name", "plan"]),
            st.sampled_from(["ada@example.com", "eve@example.com", "Ada", "no address"]),
        )
    },
)
TRACK = st.just({"type": "track", "event": "Order Completed"})
DELETE = st.just({"type": "delete"})


@st.composite
def histories(draw):
    """What happened, each at a moment of its own, and two orders in which it arrives."""
    kinds = draw(st.lists(IDENTIFY | TRACK | DELETE, min_size=2, max_size=7))
    events = [
        {**event, "userId": "user-42", "messageId": str(number), "timestamp": at(number)}
        for number, event in enumerate(kinds, start=-10)
    ]
    return draw(st.permutations(events)), draw(st.permutations(events))


def outcome(events: list[dict[str, object]], batch_size: int) -> object:
    """What a fresh account comes to know, when the events arrive so."""
    account = Account.objects.create(name="Any order")
    key = ApiKey.objects.issue(account=account, name="S", now=NOW)[1]
    segment = Segment(key)
    for start in range(0, len(events), batch_size):
        assert segment.batch(*events[start : start + batch_size]).status_code == 200
        process()
    people = Contact.objects.filter(account=account).values_list(
        "email", "first_name", "attributes", "attribute_times", "column_times"
    )
    suppressed = Suppression.objects.filter(account=account)
    kept = SegmentMessage.objects.filter(account=account).exclude(user_id="")
    return (
        list(people),
        set(suppressed.values_list("address_digest", "reason")),
        set(kept.values_list("message_id", flat=True)),
    )


@given(histories(), st.integers(1, 7), st.integers(1, 7))
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_identify_track_and_delete_end_in_one_state(db, orders, size, other_size):
    one, other = orders
    assert outcome(one, size) == outcome(other, other_size)
