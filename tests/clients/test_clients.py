"""Segment's own clients, unmodified, each as a process of its own against granian.

Of each call they make exactly one thing comes, however often it arrives: the programs
send their track twice, and the line loses answers, so that the clients repeat themselves.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from contacts.models import Contact
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_round
from surveys.models import Survey

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]
# The most that any of them makes of three calls when each is refused for good.
MOST_REFUSED = 3 * 4


def assert_ada_is_asked_once(campaign) -> None:
    kept = SegmentMessage.objects.order_by("id").values_list("message_id", flat=True)
    assert list(kept) == ["the-identify", "the-track"]
    process_round(now=timezone.now())
    ada = Contact.objects.get()
    assert (ada.user_id, ada.email, ada.first_name) == ("user-42", "ada@example.com", "Ada")
    assert ada.attributes["plan"] == "pro"
    survey = Survey.objects.get()
    assert (survey.contact, survey.campaign) == (ada, campaign)


def test_identify_and_track_schedule_one_survey(send, line, campaign, segment_key):
    send(segment_key)
    assert line.statuses == [200] * 3
    assert_ada_is_asked_once(campaign)


def test_a_lost_answer_makes_the_client_repeat_itself_and_changes_nothing(
    send, line, campaign, segment_key
):
    line.answers_to_lose = 1
    send(segment_key)
    assert line.statuses == [200] * 4
    assert_ada_is_asked_once(campaign)


def test_a_wrong_key_comes_to_an_end(send, line, campaign):
    send("not-a-key")
    assert set(line.statuses) == {401}
    assert len(line.statuses) <= MOST_REFUSED
    assert not SegmentMessage.objects.exists()
