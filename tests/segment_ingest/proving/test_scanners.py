"""A hundred mails and a whole browser: tests/browser/test_scanner.py, and the command."""

from __future__ import annotations

import pytest

from segment_ingest.proving.scanners import prove_scanners


@pytest.mark.django_db
@pytest.mark.either_database
def test_a_scanner_is_not_heard_and_a_person_is(given):
    proof = prove_scanners(given, mails=2)
    assert proof.breaches == []
    assert proof.figures["people-heard"] == 2
