"""Of a person who is erased no byte is left, in rows, files and free pages."""

from __future__ import annotations

import pytest

from segment_ingest.proving.erase import prove_erase


@pytest.mark.django_db(transaction=True)
def test_no_byte_of_an_erased_person_is_left(given):
    proof = prove_erase(given, people=3)
    assert proof.breaches == []
    assert proof.figures["erased"] == 2
