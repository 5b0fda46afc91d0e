"""The proofs in their short form, on the test's database."""

from __future__ import annotations

import pytest
from django.utils import timezone

from segment_ingest.proving.proof import Given


@pytest.fixture
def given(tmp_path) -> Given:
    return Given(seed=1, folder=tmp_path, clock=timezone.now)
