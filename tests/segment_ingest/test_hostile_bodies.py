"""Whatever the bytes: 200 or 4xx with a code, the same on both databases, never 5xx."""

from __future__ import annotations

import gzip
import json
import zlib
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRACK = {"event": "Order Completed", "userId": "user-42"}

pytestmark = pytest.mark.usefixtures("either_door")


def track(**fields):
    return json.dumps(TRACK | fields).encode()


def raw(text: str) -> bytes:
    """A track with this JSON text as the value of a property."""
    return b'{"event": "e", "userId": "u", "properties": {"x": %s}}' % text.encode()


UNUSABLE = [
    ("nothing", b"", 400, "empty_body"),
    ("blanks", b" \n\t ", 400, "empty_body"),
    ("broken", b'{"event": ', 400, "bad_json"),
    ("two objects", b"{}{}", 400, "bad_json"),
    ("list", b"[]", 400, "bad_shape"),
    ("text", b'"track"', 400, "bad_shape"),
    ("number", b"1", 400, "bad_shape"),
    ("null", b"null", 400, "bad_shape"),
    ("empty object", b"{}", 400, "bad_event"),
    ("infinity by size", raw("1e400"), 400, "bad_number"),
    ("infinity by name", raw("Infinity"), 400, "bad_number"),
    ("not a number", raw("NaN"), 400, "bad_number"),
    ("5,000 digits", raw("9" * 5_000), 400, "bad_number"),
    ("a million digits", raw("9" * 400_000), 400, "bad_number"),
    ("33 levels", raw("[" * 33 + "]" * 33), 400, "too_deep"),
    ("900 levels", raw("[" * 900 + "]" * 900), 400, "too_deep"),
    ("100,000 brackets", b"[" * 100_000, 400, "too_deep"),
    ("100,000 objects", b'{"a":' * 90_000, 400, "too_deep"),
    ("33 KB of event", track(properties={"x": "y" * 33 * 1024}), 413, "event_too_large"),
    ("501 KB", b'{"x": "' + b"y" * 501 * 1024 + b'"}', 413, "body_too_large"),
    ("not UTF-8", b'{"event": "\xff\xfe"}', 400, "not_utf8"),
    ("UTF-16", json.dumps(TRACK).encode("utf-16"), 400, "not_utf8"),
    ("Latin-1", '{"event": "Bestätigt"}'.encode("latin-1"), 400, "not_utf8"),
    ("raw surrogates", b'{"event": "\xed\xa0\x80"}', 400, "not_utf8"),
    ("raw control character", b'{"event": "a\x00b"}', 400, "bad_json"),
    ("gzip of nothing", gzip.compress(b""), 400, "empty_body"),
    ("gzip cut off", gzip.compress(track())[:-10], 400, "bad_gzip"),
    ("gzip of its magic only", b"\x1f\x8b", 400, "bad_gzip"),
    ("gzip with rubbish inside", b"\x1f\x8b" + b"\x00" * 100, 400, "bad_gzip"),
    ("gzip bomb", gzip.compress(b" " * 50_000_000), 413, "body_too_large"),
    ("many gzip members", gzip.compress(b"") * 20_000, 400, "bad_gzip"),
    ("event a number", track(event=1), 400, "bad_event"),
    ("event an object", track(event={}), 400, "bad_event"),
    ("event blank", track(event="  "), 400, "bad_event"),
    ("event of 256", track(event="e" * 256), 400, "bad_event"),
    ("userId a list", track(userId=[1]), 400, "bad_user_id"),
    ("userId an object", track(userId={"a": 1}), 400, "bad_user_id"),
    ("userId a boolean", track(userId=True), 400, "bad_user_id"),
    ("userId of 256", track(userId="u" * 256), 400, "bad_user_id"),
    ("userId of 300 digits", track(userId=int("9" * 300)), 400, "bad_user_id"),
    ("traits a text", track(traits="x"), 400, "bad_traits"),
    ("traits a list", track(traits=[1]), 400, "bad_traits"),
    ("properties a number", track(properties=5), 400, "bad_properties"),
    ("properties a boolean", track(properties=False), 400, "bad_properties"),
    ("context a text", track(context="x"), 400, "bad_context"),
]
USABLE = [
    ("byte order mark", b"\xef\xbb\xbf" + track()),
    ("duplicate keys", b'{"event": "a", "event": "b", "userId": "u"}'),
    ("NUL", track(event="a\x00b", userId="\x00u", properties={"\x00": "\x00"})),
    ("lone surrogates", raw(r'"\ud800"').replace(b'"u"', rb'"\udfff\ud800"')),
    ("surrogate keys", raw(r'{"\udc00": 1, "\ud800": 2}')),
    ("messageId NUL", track(messageId="\x00")),
    ("messageId of 10,000", track(messageId="m" * 10_000)),
    ("messageId a number", track(messageId=7)),
    ("messageId a float", track(messageId=7.5)),
    ("messageId a boolean", track(messageId=True)),
    ("messageId an object", track(messageId={"a": 1})),
    ("messageId blank", track(messageId="  ")),
    ("userId a number", track(userId=42)),
    ("userId a float", track(userId=4.2e10)),
    ("userId minus zero", track(userId=-0.0)),
    ("userId blank", track(userId=" ")),
    ("userId null", track(userId=None)),
    ("userId of 255 emoji", track(userId="😀" * 255)),
    ("the largest number", raw("1.7976931348623157e308")),
    ("the smallest number", raw("5e-324")),
    ("less than the smallest", raw("1e-999")),
    ("308 digits", raw("9" * 308)),
    ("29 levels", raw("[" * 29 + "]" * 29)),
    ("31 KB", track(properties={"x": "y" * 31 * 1024})),
    ("many keys", track(properties={str(n): n for n in range(2_000)})),
    ("empty keys", track(properties={"": {"": ""}})),
    ("PHP's empty objects", track(properties=[], context=[], traits=[])),
    ("null objects", track(properties=None, context=None, traits=None)),
    ("timestamp rubbish", track(timestamp="yesterday")),
    ("timestamp a number", track(timestamp=1e308)),
    ("timestamp an object", track(timestamp={})),
    ("timestamp of the year 1", track(timestamp="0001-01-01T00:00:00+14:00")),
    ("timestamp of the year 9999", track(timestamp="9999-12-31T23:59:59-14:00")),
    ("timestamp endless", track(timestamp="1" * 10_000)),
    ("times at both ends", track(timestamp="0001-01-01", sentAt="9999-12-31")),
    ("times at both ends, reversed", track(timestamp="9999-12-31", sentAt="0001-01-01")),
    ("sentAt rubbish", track(sentAt=[1], timestamp="2026-11-23T10:00:00Z")),
    ("context.traits a list", track(context={"traits": [1]})),
    ("SQL", track(userId="'; DROP TABLE contacts_contact; --")),
    ("a batch inside", track(batch=[1, 2])),
    ("writeKey an object", track(writeKey={"a": 1})),
    ("gzip in two members", gzip.compress(track()[:9]) + gzip.compress(track()[9:])),
]


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [case[1:] for case in UNUSABLE],
    ids=[c[0] for c in UNUSABLE],
)
def test_an_unusable_body_is_refused_with_its_reason(segment, messages, body, status, code):
    answer = segment.post("/v1/track", body)
    assert answer.json() == {"success": False, "code": code, "message": ANY}
    assert answer.status_code == status
    assert not messages.exists()


@pytest.mark.parametrize("body", [c[1] for c in USABLE], ids=[c[0] for c in USABLE])
def test_a_strange_body_that_can_be_used_is_stored(segment, messages, body):
    answer = segment.post("/v1/track", body)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    message = messages.get()
    text = json.dumps([message.user_id, message.event, message.message_id, message.body])
    assert "\\u0000" not in text
    assert json.loads(text) == json.loads(text.encode().decode("utf-8", "strict"))


@pytest.mark.either_database
@pytest.mark.parametrize("encoding", ["deflate-raw", "plain"])
def test_gzip_that_is_none_is_refused(segment, encoding):
    body = track() if encoding == "plain" else zlib.compress(track())
    answer = segment.post("/v1/track", body, **{"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_gzip")


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (None, "bad_shape"),
        ({}, "bad_shape"),
        ("events", "bad_shape"),
        ([{}] * 2_501, "too_many_events"),
        ([[]], "bad_shape"),
        ([None], "bad_shape"),
        ([{"type": ["track"]}], "unknown_type"),
        ([{"type": 1}], "unknown_type"),
    ],
)
def test_a_batch_of_the_wrong_shape_is_refused(segment, batch, code):
    answer = segment.post("/v1/batch", {"batch": batch})
    assert answer.status_code in {400, 413}
    assert answer.json()["code"] == code


def test_one_poison_event_costs_only_itself(segment, messages):
    good = '{"type": "track", "event": "e", "userId": "u", "messageId": "%d"}'
    bad = [
        '{"type": "track", "event": "e", "properties": {"x": 1e400}}',
        '{"type": "track", "event": "e", "properties": {"x": NaN}}',
        '{"type": "track", "event": "e", "x": %s}' % ("[" * 40 + "]" * 40),
        '{"type": "track", "event": "e", "x": "%s"}' % ("y" * 33_000),
        '{"type": "track", "event": "e", "x": %s}' % ("9" * 5_000),
        '{"type": "track", "event": "e", "context": 5}',
        "7",
    ]
    events = [good % 1, *bad, good % 2]
    body = '{"context": {"ip": "1"}, "batch": [' + ",".join(events) + "]}"
    answer = segment.post("/v1/batch", body.encode())
    assert answer.status_code == 200
    assert [each["code"] for each in answer.json()["rejected"]] == [
        "bad_number",
        "bad_number",
        "too_deep",
        "event_too_large",
        "bad_number",
        "bad_context",
        "bad_shape",
    ]
    assert [each.message_id for each in messages] == ["1", "2"]


def test_a_context_is_not_multiplied_into_gigabytes(segment, messages):
    event = {"type": "track", **TRACK}
    answer = segment.batch(*[event] * 2_000, context={"x": "y" * 100_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert not messages.exists()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(["track", "identify", "2026-11-23T10:00:00Z", "\x00", "\ud800"]),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children)
    ),
    max_leaves=12,
)
NAMES = """
    type action event userId anonymousId traits properties context messageId timestamp
    originalTimestamp sentAt receivedAt batch writeKey integrations email
"""
names = st.sampled_from(NAMES.split())
events = st.dictionaries(names, json_values)
bodies = (
    json_values
    | events
    | st.builds(
        lambda batch, more: more | {"batch": batch},
        st.lists(events | json_values, max_size=4),
        events,
    )
)
relaxed = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@relaxed
@given(path=st.sampled_from(["identify", "track", "batch", "page"]), body=bodies)
def test_no_json_body_is_ever_a_500(segment, path, body):
    answer = segment.post(f"/v1/{path}", json.dumps(body).encode())
    assert answer.status_code in {200, 400, 413}
    assert answer.json()["success"] is (answer.status_code == 200)


@relaxed
@given(path=st.sampled_from(["track", "batch"]), body=st.binary(max_size=300))
def test_no_bytes_are_ever_a_500(segment, path, body):
    answer = segment.post(f"/v1/{path}", body)
    assert answer.status_code in {200, 400, 413}
    assert answer.json()["success"] is (answer.status_code == 200)
