"""Any mix of faults: tests/surveys/test_smtp_faults.py has each of them alone."""

from __future__ import annotations

import pytest

from segment_ingest.proving.smtp_faults import prove_smtp_faults


@pytest.mark.django_db
@pytest.mark.either_database
def test_each_mail_comes_to_one_right_end(given):
    proof = prove_smtp_faults(given, mails=24)
    assert proof.breaches == []
    assert proof.figures["mails"] == 24
