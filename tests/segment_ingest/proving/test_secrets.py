"""No key, token, password or secret lies where it is not needed."""

from __future__ import annotations

import pytest

from segment_ingest.proving.secrets import prove_secrets


@pytest.mark.django_db
@pytest.mark.either_database
def test_no_secret_stands_in_rows_log_or_error_pages(given):
    proof = prove_secrets(given, rounds=0)
    assert proof.breaches == []
    assert proof.figures["secrets"] == 16
