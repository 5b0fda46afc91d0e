"""No address answers 5xx; tests/test_tenancy.py asks each for what is somebody else's."""

from __future__ import annotations

import pytest
from django.urls import reverse

from segment_ingest.proving.fuzz import prove_fuzz

HUGE = "9" * 40


@pytest.mark.django_db
def test_no_address_answers_5xx(given):
    proof = prove_fuzz(given, requests=40)
    assert proof.breaches == []


@pytest.mark.django_db
def test_an_id_that_no_database_takes_is_nobody_s(alice_client, account, segment_key):
    assert alice_client.get(f"/responses/{HUGE}/").status_code == 404
    for name, field in (("response-bulk", "case"), ("inbox-list", "tag")):
        answer = alice_client.post(reverse(name), {"act": "close", field: HUGE})
        assert answer.status_code < 500
    answer = alice_client.post(
        f"/api/v1/campaigns/{HUGE}/surveys", HTTP_AUTHORIZATION=f"Bearer {segment_key}"
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = alice_client.post(
        "/api/v1/campaigns/1/surveys", CONTENT_LENGTH="9" * 5_000, content_type="a/b"
    )
    assert answer.status_code < 500
