"""The proofs of the Tracking API in their short form; `make prove` runs the long one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection

from segment_ingest.proving.bodies import BodiesProof, codes_of
from segment_ingest.proving.hostile import BATCHES, SINGLE, hostile_requests
from segment_ingest.proving.quota import QuotaProof
from segment_ingest.proving.throttle import ThrottleProof
from segment_ingest.urls import CALLS
from tests.harness.proving import prove

EXACT = QuotaProof(
    tries=60,
    threads=4,
    limit=50,
    statuses=Counter({200: 50, 429: 10}),
    stored=50,
    counted=50,
    counted_refused=10,
    seconds=2.0,
)

ASKED_ONCE = ThrottleProof(
    contacts=10,
    events=3,
    workers=2,
    taken=30,
    surveys=10,
    asked_twice=0,
    verdicts=Counter({"scheduled": 10, "throttled": 20}),
    seconds=2.0,
)

# What 250 requests must have brought about, or they would prove little.
MEANT_TO_BE_SEEN = """
    200 400 401 404 405 413 429 ok missing_key unknown_key over_quota not_found
    bad_json bad_shape bad_gzip bad_number bad_user_id bad_event bad_traits
    bad_properties bad_context empty_body not_utf8 too_deep unknown_type
    body_too_large event_too_large method_not_allowed
"""
CLEAN = BodiesProof(
    statuses=Counter({200: 50, 400: 50}),
    shapeless=0,
    stored=70,
    failed=0,
    digest="0123456789abcdef",
    seconds=2.0,
)


@pytest.mark.django_db
def test_sixteen_threads_take_exactly_the_limit(django_db_setup):
    found = prove("quota", "--tries=240", "--threads=16", "--limit=180").figures
    assert (found["taken"], found["refused"], found["other"]) == ("180", "60", "0")
    assert found["stored"] == found["counted"] == "180"


def test_an_exact_quota_has_no_breaches():
    assert EXACT.breaches == []


@pytest.mark.parametrize(
    ("broken", "count"),
    [
        ({"statuses": Counter({200: 51, 429: 9}), "stored": 51, "counted": 51}, 2),
        ({"statuses": Counter({200: 50, 429: 9, 503: 1}), "counted_refused": 9}, 1),
        ({"stored": 49}, 1),
        ({"counted": 49}, 1),
        ({"counted_refused": 11}, 1),
    ],
)
def test_each_way_to_be_inexact_is_a_breach(broken, count):
    assert len(replace(EXACT, **broken).breaches) == count


@pytest.mark.django_db
def test_eight_events_of_a_person_at_once_ask_them_once(django_db_setup):
    found = prove("throttle", "--contacts=15", "--events=8", "--workers=4").figures
    assert (found["taken"], found["surveys"], found["throttled"]) == ("120", "15", "105")
    assert (found["twice"], found["other"]) == ("0", "0")


def test_an_exact_throttle_has_no_breaches():
    assert ASKED_ONCE.breaches == []


@pytest.mark.parametrize(
    ("broken", "count"),
    [
        ({"taken": 29}, 1),
        # One asked twice, and another not at all.
        ({"asked_twice": 1}, 1),
        ({"surveys": 11, "asked_twice": 1}, 3),
        ({"verdicts": Counter({"scheduled": 10, "throttled": 19, "": 1})}, 1),
        ({"verdicts": Counter({"scheduled": 9, "throttled": 21})}, 1),
    ],
)
def test_each_way_to_ask_wrongly_is_a_breach(broken, count):
    assert len(replace(ASKED_ONCE, **broken).breaches) == count


# PostgreSQL's turn asks SQLite too.
@pytest.mark.skipif(connection.vendor == "sqlite", reason="asked on PostgreSQL's turn")
@pytest.mark.django_db
def test_no_body_is_a_5xx_and_another_database_answers_alike(django_db_setup, tmp_path):
    def answers(name: str, **more: str) -> str:
        path = tmp_path / name
        prove("bodies", "--count=250", "--seed=1", f"--answers={path}", **more)
        return path.read_text()

    ours = answers("ours")
    url = f"sqlite:///{tmp_path / 'beside.sqlite3'}"
    assert ours == answers("sqlite", DATABASE_URL=url)
    assert len(ours.splitlines()) == 250
    assert set(ours.replace("*", " ").split()) >= set(MEANT_TO_BE_SEEN.split())


def test_every_address_of_the_tracking_api_is_tried():
    assert {f"/{address}" for address in CALLS} == {*SINGLE, *BATCHES}


def test_a_seed_s_requests_are_always_the_same():
    keys = ["a-key", "another"]
    first, second = (list(hostile_requests(count=50, seed=7, keys=keys)) for _ in range(2))
    assert first == second
    assert first != list(hostile_requests(count=50, seed=8, keys=keys))


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b'{"success": true}', "ok"),
        (b'{"code": "bad_json"}', "bad_json"),
        (b'{"rejected": [{"code": "x"}, {"code": "x"}, {"code": "y"}]}', "ok x*2 y"),
        (b"<h1>Not Found</h1>", ""),
        (b"[]", ""),
    ],
)
def test_an_answer_is_told_by_its_codes(content, codes):
    assert codes_of(content) == codes


def test_requests_that_are_all_answered_have_no_breaches():
    assert CLEAN.breaches == []


@pytest.mark.parametrize(
    "broken",
    [
        {"statuses": Counter({200: 50, 500: 1})},
        {"statuses": Counter({200: 50, 503: 1})},
        {"statuses": Counter({200: 50, 301: 1})},
        {"statuses": Counter({200: 50, 202: 1})},
        {"shapeless": 1},
        {"failed": 1},
    ],
)
def test_each_bad_answer_is_a_breach(broken):
    assert len(replace(CLEAN, **broken).breaches) == 1
