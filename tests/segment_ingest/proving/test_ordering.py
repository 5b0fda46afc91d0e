"""Whatever the order of arrival and however many workers: one state."""

from __future__ import annotations

import pytest

from segment_ingest.proving.ordering import prove_ordering


@pytest.mark.django_db(transaction=True)
def test_a_person_ends_as_was_said_of_them(given):
    proof = prove_ordering(given, people=6, length=8, threads=2, workers=2)
    assert proof.breaches == []
    assert proof.figures["calls"] == 96
