"""From bytes to events, without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.lib.cleaning import clean
from segment_ingest.wire import Event, key_in_document, read_document, read_events

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)


def read(document, call="track", now=NOW):
    body = json.dumps(document).encode()
    document, is_clean = read_document(body, gzipped=False)
    return read_events(document, call=call, received_at=now, is_clean=is_clean)


def one(now=NOW, **fields) -> Event:
    (event,) = read({"event": "e", "userId": "u", **fields}, now=now).events
    return event


# --- Batches --------------------------------------------------------------------


def test_a_batch_s_context_lies_under_that_of_its_events():
    document = {
        "context": {"ip": "1", "locale": "de"},
        "integrations": {"All": True},
        "batch": [
            {"type": "track", "event": "e", "context": {"ip": "2"}},
            {"type": "track", "event": "e", "integrations": {"All": False}},
        ],
    }
    first, second = read(document, "batch").events
    assert first.body["context"] == {"ip": "2", "locale": "de"}
    assert second.body["context"] == {"ip": "1", "locale": "de"}
    assert first.body["integrations"] == {"All": True}
    assert second.body["integrations"] == {"All": False}


def test_action_is_another_word_for_type():
    document = {"batch": [{"action": "identify", "userId": "u"}]}
    (event,) = read(document, "batch").events
    assert event.type == "identify"


def test_the_address_goes_before_the_type_in_the_body():
    assert read({"type": "identify", "event": "e"}, "track").events[0].type == "track"


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        (42, "42"),
        (42.0, "42"),
        (4.5, "4.5"),
        (-1, "-1"),
        (" x ", " x "),
        ("", ""),
        ("  ", ""),
        (None, ""),
    ],
)
def test_a_user_id_is_text(given_, text):
    assert one(userId=given_).user_id == text


def test_the_key_in_a_body_is_looked_for_at_the_top_then_in_the_first_event():
    assert key_in_document({"writeKey": "a", "batch": [{"writeKey": "b"}]}) == "a"
    assert key_in_document({"batch": [{"writeKey": "b"}, {"writeKey": "c"}]}) == "b"
    assert key_in_document({"batch": [{}, {"writeKey": "c"}]}) is None
    for document in ({}, {"batch": []}, {"batch": [1]}, {"batch": {}}, {"writeKey": 5}):
        assert key_in_document(document) is None


# --- Times ----------------------------------------------------------------------


def test_a_time_is_read_in_every_client_s_spelling():
    moment = datetime(2026, 11, 23, 10, 23, 56, 356_000, tzinfo=UTC)
    for text in (
        "2026-11-23T10:23:56.356Z",
        "2026-11-23T10:23:56.356+00:00",
        "2026-11-23T12:23:56.356000+02:00",
        "2026-11-23T10:23:56.356000000Z",
        "2026-11-23 10:23:56.356",
    ):
        assert one(timestamp=text).timestamp == moment


@pytest.mark.parametrize("value", [None, "", "yesterday", 1_795_429_432, [], {}, True])
def test_without_a_usable_time_it_happened_when_it_came(value):
    assert one(timestamp=value).timestamp == NOW


def test_original_timestamp_stands_in():
    event = one(originalTimestamp="2026-11-23T10:00:00Z")
    assert event.timestamp == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("skew", [timedelta(hours=3), -timedelta(days=400)])
def test_a_wrong_clock_is_corrected_by_what_it_said_when_sending(skew):
    happened = NOW - timedelta(minutes=10)
    event = one(timestamp=(happened + skew).isoformat(), sentAt=(NOW + skew).isoformat())
    assert event.timestamp == happened


def test_a_batch_s_sent_at_corrects_its_events():
    happened, skew = NOW - timedelta(minutes=10), timedelta(days=1)
    item = {"type": "track", "event": "e", "timestamp": (happened + skew).isoformat()}
    document = {"batch": [item], "sentAt": (NOW + skew).isoformat()}
    assert read(document, "batch").events[0].timestamp == happened


def test_the_network_s_delay_is_no_wrong_clock():
    happened = NOW - timedelta(minutes=10)
    sent = NOW - timedelta(seconds=40)
    event = one(timestamp=happened.isoformat(), sentAt=sent.isoformat())
    assert event.timestamp == happened


def test_a_replayed_event_stays_as_old_as_segment_says():
    year_ago = (NOW - timedelta(days=365)).isoformat()
    event = one(timestamp=year_ago, sentAt=year_ago, receivedAt=year_ago)
    assert event.timestamp == NOW - timedelta(days=365)


def test_the_future_ends_in_five_minutes():
    assert one(timestamp="2999-01-01T00:00:00Z").timestamp == NOW + timedelta(minutes=5)


@given(
    timestamp=st.datetimes().map(str) | st.text(max_size=30),
    sent_at=st.datetimes().map(str) | st.text(max_size=30),
    offset=st.sampled_from(["", "Z", "+14:00", "-14:00"]),
)
def test_no_times_raise_and_none_is_far_ahead(timestamp, sent_at, offset):
    event = one(timestamp=timestamp + offset, sentAt=sent_at + offset)
    assert event.timestamp <= NOW + timedelta(minutes=5)


# --- Identity ---------------------------------------------------------------------


def test_a_client_s_message_id_is_kept():
    assert one(messageId="node-next-1-2").message_id == "node-next-1-2"
    assert one(messageId=7).message_id == "7"


def test_a_message_id_too_long_for_a_column_is_still_told_apart():
    a, b = one(messageId="m" * 300 + "a"), one(messageId="m" * 300 + "b")
    assert a.message_id != b.message_id
    assert max(len(a.message_id), len(b.message_id)) <= 255
    assert a.message_id == one(messageId="m" * 300 + "a").message_id


def test_without_a_message_id_the_same_event_has_the_same_id():
    said = {"timestamp": "2026-11-23T10:00:00Z", "properties": {"a": 1, "b": 2}}
    same = {"properties": {"b": 2, "a": 1}, "timestamp": "2026-11-23T10:00:00Z"}
    first = one(**said, sentAt="2026-11-23T10:00:01Z")
    again = one(**same, sentAt="2026-11-23T11:00:01Z", now=NOW + timedelta(hours=1))
    assert first.message_id == again.message_id


@pytest.mark.parametrize(
    "other",
    [
        {"userId": "v"},
        {"event": "f"},
        {"timestamp": "2026-11-23T10:00:01Z"},
        {"properties": {"a": 2}},
        {"properties": {"a": "1"}},
        {"anonymousId": "x"},
    ],
)
def test_without_a_message_id_another_event_has_another_id(other):
    said = {"timestamp": "2026-11-23T10:00:00Z", "properties": {"a": 1}}
    assert one(**said).message_id != one(**(said | other)).message_id


def test_without_id_and_time_a_quick_retry_is_one_event_and_a_later_call_another():
    first = one().message_id
    assert one(now=NOW + timedelta(seconds=20)).message_id == first
    assert one(now=NOW + timedelta(minutes=1)).message_id != first


# --- Cleaning ---------------------------------------------------------------------


def test_what_a_database_refuses_is_replaced_in_keys_and_values():
    dirty = {"a\x00": ["\ud800x", {"\udfff": "\x00"}], "ok": "😀"}
    assert clean(dirty) == {
        "a\ufffd": ["\ufffdx", {"\ufffd": "\ufffd"}],
        "ok": "😀",
    }


@given(st.text(st.characters()))
def test_clean_text_can_be_stored_and_cleaning_is_done_once(text):
    cleaned = clean(text)
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned == clean(cleaned)
    assert len(cleaned) == len(text)
