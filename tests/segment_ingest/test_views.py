"""The Tracking API as clients meet it."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import DatabaseError, InternalError, OperationalError, connection

from promoter.accounts.models import ApiKey
from segment_ingest.models import DailyUsage
from segment_ingest.urls import CALLS
from tests.segment_ingest.conftest import Segment, basic

TRACK = {"event": "Order Completed", "userId": "user-42"}
pytestmark = pytest.mark.usefixtures("either_door")


@pytest.mark.either_database
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("address", "call"), CALLS.items())
def test_every_address_answers_200_in_both_spellings(segment, address, call, slash):
    body = {"userId": "u", "event": "e"} if call != "batch" else {"batch": []}
    answer = segment.post(f"/{address}{slash}", body)
    assert answer.status_code == 200
    assert answer.json()["success"] is True


def test_a_single_call_is_answered_with_success_alone(segment, messages):
    answer = segment.track(messageId="m-1", properties={"total": 12.5})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert answer["Content-Type"] == "application/json"
    message = messages.get()
    assert (message.type, message.event, message.user_id) == (
        "track",
        "Order Completed",
        "user-42",
    )
    assert message.body["properties"] == {"total": 12.5}


def test_a_batch_is_answered_with_what_became_of_each(segment, messages, usage):
    answer = segment.batch(
        {"type": "track", "messageId": "a", **TRACK},
        {"type": "track", "messageId": "a", **TRACK},
        {"type": "track", "messageId": "b", "userId": "user-42"},
        {"type": "nonsense", "messageId": "c"},
        "not an object",
    )
    assert answer.status_code == 200
    report = answer.json()
    assert (report["accepted"], report["duplicates"]) == (1, 1)
    assert [
        (each["index"], each["messageId"], each["code"]) for each in report["rejected"]
    ] == [
        (2, "b", "bad_event"),
        (3, "c", "unknown_type"),
        (4, None, "bad_shape"),
    ]
    assert all(each["message"] for each in report["rejected"])
    assert messages.count() == 1
    assert usage() == {"accepted": 1, "duplicates": 1, "rejected": 3, "refused": 0}


def test_a_batch_without_one_usable_event_is_400(segment, usage):
    answer = segment.batch({"type": "track"}, {"type": "x"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_event"
    assert len(answer.json()["rejected"]) == 2
    assert usage()["rejected"] == 2


def test_a_repeated_event_is_200_and_changes_nothing(segment, messages, usage):
    segment.track(messageId="m-1", properties={"total": 1})
    answer = segment.track(messageId="m-1", properties={"total": 2})
    assert answer.json() == {"success": True}
    assert messages.get().body["properties"] == {"total": 1}
    assert usage() == {"accepted": 1, "duplicates": 1, "rejected": 0, "refused": 0}


def test_the_same_message_id_of_another_account_is_another_event(
    segment, messages, other_account, now
):
    segment.track(messageId="m-1")
    key = ApiKey.objects.issue(account=other_account, name="S", now=now)[1]
    assert Segment(key).track(messageId="m-1").status_code == 200
    assert messages.count() == 1
    assert other_account.segment_messages.count() == 1


# --- The key ------------------------------------------------------------------


def test_the_key_is_found_in_every_place_a_client_puts_it(segment_key, account, messages):
    anonymous = Segment("")

    def post(body=None, **headers):
        headers.setdefault("authorization", "")
        body = TRACK | {"messageId": str(messages.count())} | (body or {})
        return anonymous.post("/v1/track", body, **headers).status_code

    assert post(authorization=basic(segment_key)) == 200
    assert post(authorization=f"Bearer {segment_key}") == 200
    assert post(authorization=f"Token {segment_key}") == 200
    assert post(authorization=f"bearer {segment_key}") == 200
    assert post(**{"x-write-key": segment_key}) == 200
    assert post({"writeKey": segment_key}) == 200
    # Clients that leave the user name empty and put the key in the body.
    assert post({"writeKey": segment_key}, authorization="Basic Og==") == 200
    assert messages.count() == 7
    event = {"type": "track", "writeKey": segment_key, "messageId": "8", **TRACK}
    answer = anonymous.post("/v1/batch", {"batch": [event]}, authorization="")
    assert answer.status_code == 200


def test_a_header_goes_before_the_body(segment, segment_key):
    answer = segment.post(
        "/v1/track", TRACK | {"writeKey": segment_key}, authorization=basic("seg_wrong")
    )
    assert answer.status_code == 401


def test_no_key_is_kept(segment, segment_key, messages):
    event = {"type": "track", "messageId": "1", "writeKey": segment_key, **TRACK}
    segment.batch(event, writeKey=segment_key)
    segment.track(messageId="2", writeKey=segment_key)
    for message in messages:
        assert segment_key not in json.dumps(message.body)


@pytest.mark.either_database
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Digest abc",
        "Bearer ",
        "Bearer \xe9\xe9",
    ],
)
def test_without_a_key_it_is_401(segment, authorization):
    answer = segment.post("/v1/track", TRACK, authorization=authorization)
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert answer.json()["code"] in {"missing_key", "unknown_key"}


def test_an_unknown_or_revoked_key_is_401(segment, account, messages, now):
    assert Segment("seg_" + "x" * 40).track().json()["code"] == "unknown_key"
    row, key = ApiKey.objects.issue(account=account, name="Old", now=now)
    row.revoke(now=now)
    assert Segment(key).track().status_code == 401
    assert not messages.exists()


# --- What never happens ---------------------------------------------------------


@pytest.mark.either_database
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch/"])
def test_other_methods_are_405(segment, path, method):
    answer = getattr(segment.client, method)(path)
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    if method != "head":
        assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.either_database
@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nonsense", "/v1/track/more", "/v1//track"]
)
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_unknown_addresses_are_404_in_json(segment, path, method):
    answer = getattr(segment.client, method)(path)
    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert answer.json()["code"] == "not_found"


def test_accept_and_content_type_are_ignored(segment):
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "x/y; charset=bz2_codec",
    ):
        answer = segment.client.generic(
            "POST",
            "/v1/track",
            json.dumps(TRACK | {"messageId": content_type}).encode(),
            content_type=content_type,
            headers={"authorization": basic(segment.key), "accept": "text/html"},
        )
        assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_a_plain_request_is_not_sent_to_https(segment, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert segment.track().status_code == 200


@pytest.mark.parametrize("by_header", [True, False])
def test_gzip_is_read(segment, messages, by_header):
    headers = {"content-encoding": "gzip"} if by_header else {}
    body = gzip.compress(json.dumps(TRACK).encode())
    assert segment.post("/v1/track", body, **headers).status_code == 200
    assert messages.get().event == "Order Completed"


def test_a_body_without_length_or_end_is_411(segment, segment_key):
    answer = segment.client.generic(
        "POST",
        "/v1/track",
        headers={"authorization": basic(segment_key), "transfer-encoding": "chunked"},
    )
    assert answer.status_code == 411
    assert answer.json()["code"] == "length_required"


def test_a_declared_length_far_over_the_limit_is_refused_unread(segment):
    answer = segment.client.generic(
        "POST",
        "/v1/track",
        b"{}",
        CONTENT_LENGTH=str(9 * 1024 * 1024),
        headers={"authorization": basic(segment.key)},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


# --- The limit of the day -------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 23, 23, 59, 50, 500_000, tzinfo=UTC), tick=False)
def test_over_the_limit_is_429_until_midnight_utc(segment, account, usage):
    account.daily_event_limit = 1
    account.save()
    assert segment.track(messageId="1").status_code == 200
    answer = segment.track(messageId="2")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "10"
    assert answer.json()["code"] == "over_quota"
    assert usage() == {"accepted": 1, "duplicates": 0, "rejected": 0, "refused": 1}


def test_over_the_limit_the_body_is_not_parsed(segment, account):
    account.daily_event_limit = 0
    account.save()
    assert segment.post("/v1/track", b"{not json").status_code == 429


def test_the_next_day_starts_at_nothing(segment, account):
    account.daily_event_limit = 1
    account.save()
    with time_machine.travel(datetime(2026, 11, 23, 23, 59, tzinfo=UTC)):
        segment.track(messageId="1")
        assert segment.track(messageId="2").status_code == 429
    with time_machine.travel(datetime(2026, 11, 24, 0, 0, tzinfo=UTC)):
        assert segment.track(messageId="2").status_code == 200
    assert list(DailyUsage.objects.values_list("accepted", flat=True)) == [1, 1]


def test_a_batch_across_the_line_is_taken_up_to_the_limit(
    segment, account, messages, usage
):
    account.daily_event_limit = 3
    account.save()
    events = [{"type": "track", "messageId": str(n), **TRACK} for n in range(5)]
    answer = segment.batch(events[0], events[0], *events[1:])
    assert answer.status_code == 200
    report = answer.json()
    assert (report["accepted"], report["duplicates"]) == (3, 1)
    assert [(each["index"], each["code"]) for each in report["rejected"]] == [
        (4, "over_quota"),
        (5, "over_quota"),
    ]
    assert [each.message_id for each in messages] == ["0", "1", "2"]
    assert usage() == {"accepted": 3, "duplicates": 1, "rejected": 0, "refused": 2}


def test_duplicates_in_a_batch_take_no_room(segment, account, usage):
    account.daily_event_limit = 3
    account.save()
    events = [{"type": "track", "messageId": str(n), **TRACK} for n in range(3)]
    segment.batch(*events[:2])
    report = segment.batch(*events).json()
    assert (report["accepted"], report["duplicates"], report["rejected"]) == (1, 2, [])
    assert usage()["accepted"] == 3


# --- Faults ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("could not connect to server"),
        InternalError("cannot execute INSERT in a read-only transaction"),
        DatabaseError("database disk image is malformed"),
    ],
)
def test_a_database_that_is_away_is_503_never_401(segment, fault):
    def away(execute, *args):
        raise fault

    with connection.execute_wrapper(away):
        answer = segment.track()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json()["success"] is False
    assert answer.json()["code"] == "unavailable"


def test_a_failure_in_the_middle_stores_nothing_and_counts_nothing(
    segment, messages, usage
):
    def fail_on_insert(execute, sql, params, many, context):
        if "INSERT INTO segment_ingest_segmentmessage" in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    segment.track(messageId="1")
    with connection.execute_wrapper(fail_on_insert):
        assert segment.track(messageId="2").status_code == 503
    assert [each.message_id for each in messages] == ["1"]
    assert usage()["accepted"] == 1
    assert segment.track(messageId="2").status_code == 200


def statements(queries):
    """Without BEGIN, SAVEPOINT and their ends; one for many rows is one."""
    words = ("WITH", "SELECT", "INSERT", "UPDATE", "DELETE")
    texts = [query["sql"].partition(" times: ") for query in queries]
    texts = [(after or before).strip() for before, _, after in texts]
    return [text for text in texts if text.startswith(words)]


@pytest.mark.parametrize("count", [1, 50])
def test_a_request_costs_a_few_statements_however_many_events(
    segment, account, django_assert_max_num_queries, count
):
    segment.track(messageId="first of the day")
    events = [{"type": "track", "messageId": str(n), **TRACK} for n in range(count)]
    with django_assert_max_num_queries(99) as captured:
        assert segment.batch(*events).json()["accepted"] == count
    # The key is known from the first. SQLite takes no journey to ask.
    wanted = 4 if connection.vendor == "sqlite" else 1
    assert len(statements(captured.captured_queries)) == wanted


def test_a_refusal_over_the_limit_is_counted_and_its_body_not_read(
    segment, account, django_assert_max_num_queries
):
    account.daily_event_limit = 1
    account.save()
    segment.track()
    with django_assert_max_num_queries(99) as captured:
        assert segment.post("/v1/track", b"no JSON").status_code == 429
    # One asks; the two that count come a second later, outside the tests.
    assert len(statements(captured.captured_queries)) == 3
