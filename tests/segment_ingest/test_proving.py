"""The proofs of the Tracking API in their short form; `make prove` runs the long one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from segment_ingest.proving_quota import QuotaProof
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


@pytest.mark.django_db
def test_sixteen_threads_take_exactly_the_limit(django_db_setup):
    found = prove("quota", "--tries=800", "--threads=16", "--limit=600").figures
    assert (found["taken"], found["refused"], found["other"]) == ("600", "200", "0")
    assert found["stored"] == found["counted"] == "600"


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
