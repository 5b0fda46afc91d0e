"""A web server that dies keeps its word."""

from __future__ import annotations

import pytest

from segment_ingest.proving.ingest import prove_ingest


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_200_outlives_the_web_server(given):
    proof = prove_ingest(given, people=120, kills=1, threads=4)
    assert proof.breaches == []
    assert (proof.figures["stored"], proof.figures["asked-once"]) == (240, 120)
