"""What became of a message, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_ingest.models import SegmentMessage
from segment_ingest.wording import Facts, refusal_label, words

Verdict = SegmentMessage.Verdict
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=10)
EARLIER = NOW - timedelta(days=10)


def facts(verdict: str, **known) -> Facts:
    given = {"type": "track", "event": "Ordered", "user_id": "u1"} | known
    return Facts(verdict=verdict, received_at=NOW, happened_at=EARLIER, now=NOW, **given)


@pytest.mark.parametrize(
    ("known", "label", "at", "sentence"),
    [
        (facts("scheduled", due_at=LATER), "Scheduled for", LATER, "The mail is due |."),
        (
            facts("scheduled", due_at=EARLIER, asked_at=EARLIER),
            "Asked on",
            EARLIER,
            "The mail went out |.",
        ),
        (
            facts("scheduled", due_at=LATER, not_asked="Must not be mailed"),
            "Scheduled, then stopped",
            None,
            "No mail went out: must not be mailed.",
        ),
        (
            facts("throttled", free_at=LATER),
            "Not asked again before",
            LATER,
            "The last survey is too short a time ago. The same event asks again |.",
        ),
        (
            facts("throttled", free_at=EARLIER),
            "Not asked before",
            EARLIER,
            "Asked too recently then; free again since |.",
        ),
        (facts("throttled"), "Throttled", None, ""),
        (
            facts("no_campaign", event="ordered", meant="Ordered", meant_by="After"),
            "No live campaign listens",
            None,
            (
                "No campaign listens to “ordered”; did you mean “Ordered”? "
                "“After” waits for that, to the letter."
            ),
        ),
        (
            facts("no_campaign", paused="After", meant="ordered", meant_by="Other"),
            "No live campaign listens",
            None,
            "“After” listens to “Ordered”, and is paused.",
        ),
        (
            facts("no_campaign", listens="After", meant="Ordered", meant_by="After"),
            "No live campaign listens",
            None,
            "Nobody listened to “Ordered” then; “After” does now.",
        ),
        (
            facts("late"),
            "Late",
            None,
            "It happened |; what arrives more than 48 hours later asks nobody.",
        ),
        (
            facts("held", held_until=LATER, detail="After an order waits"),
            "Waiting for identify",
            None,
            "After an order waits. An identify brings its survey, until |.",
        ),
        (
            facts("suppressed", suppressed_for="Bounced"),
            "Must not be mailed",
            None,
            "The address is on the list of those not mailed: bounced.",
        ),
        (
            facts("ignored", type="page"),
            "Nothing to do",
            None,
            "Calls of the type page change nothing here.",
        ),
        (
            facts("burst", detail="20 in an hour."),
            "Campaign paused itself",
            None,
            "20 in an hour. Many more surveys than usual were about to go out.",
        ),
    ],
    ids=lambda each: getattr(each, "verdict", None),
)
def test_a_verdict_comes_with_its_facts(known, label, at, sentence):
    found = words(known)

    assert (found.label, found.at) == (label, at)
    moment = " |" if found.moment else ""
    assert found.before + moment + found.after == sentence


MOMENTS = st.none() | st.just(EARLIER) | st.just(LATER)


@given(
    verdict=st.sampled_from(list(Verdict)),
    detail=st.sampled_from(["", "Two campaigns: one asks."]),
    due_at=MOMENTS,
    asked_at=MOMENTS,
    free_at=MOMENTS,
    held_until=MOMENTS,
)
def test_whatever_is_known_there_are_words_and_no_detail_is_lost(verdict, detail, **known):
    found = words(facts(verdict, detail=detail, **known))

    assert found.label
    assert detail in found.before
    assert not found.after or found.moment


def test_a_code_without_words_of_its_own_is_readable():
    assert refusal_label("over_quota") == "Over quota"
    assert refusal_label("bad_signature") == "Signature failed"
    assert refusal_label("signature_failed") == "Signature failed"
