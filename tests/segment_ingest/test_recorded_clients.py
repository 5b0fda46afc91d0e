"""Bodies as Segment's own clients sent them, byte for byte but for the key."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.utils import timezone

from contacts.models import Contact
from segment_ingest.processing import process_round
from surveys.models import Survey
from tests.segment_ingest.conftest import Segment, basic

PAYLOADS = Path(__file__).parent.parent / "payloads" / "segment"
RECORDINGS = sorted(PAYLOADS.glob("*.json"))
# The server's side of the connection, or what the test's client sets itself.
NOT_SENT = {"host", "content-length", "connection", "content-type"}
pytestmark = [pytest.mark.usefixtures("either_door"), pytest.mark.either_database]


def replay(recording: Path, key: str, *, zipped: bool = False) -> list[int]:
    statuses = []
    for request in json.loads(recording.read_text())["requests"]:
        body = json.dumps(request["body"]).replace("FAKE_WRITE_KEY", key).encode()
        headers = {
            name: value
            for name, value in request["headers"].items()
            if name.lower() not in NOT_SENT
        }
        if "Authorization" in headers:
            headers["Authorization"] = basic(key)
        if zipped:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        answer = Segment(key).client.generic(
            request["method"],
            request["path"],
            body,
            content_type=request["headers"].get("Content-Type", ""),
            headers=headers,
        )
        assert answer.json()["success"] is True
        statuses.append(answer.status_code)
    return statuses


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_a_recorded_client_is_understood(recording, zipped, campaign, segment_key):
    statuses = replay(recording, segment_key, zipped=zipped)
    assert set(statuses) == {200}
    process_round(now=timezone.now())
    call = recording.stem.rpartition(".")[2]
    if call != "track":
        ada = Contact.objects.get(user_id="user-42")
        assert ada.email == "ada@example.com"
        assert ada.attributes["plan"] == "pro"
        assert ada.attributes["name"] == "Ada Lovelace"
        assert ada.attributes["createdAt"].startswith("2026-01-02T03:04:05")
    assert Survey.objects.count() == (1 if call == "both" else 0)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_client_s_retry_changes_nothing(recording, campaign, segment_key, messages):
    replay(recording, segment_key)
    before = list(messages.values())
    assert set(replay(recording, segment_key)) == {200}
    assert list(messages.values()) == before


def test_the_recordings_hold_no_real_key():
    assert len(RECORDINGS) == 18
    assert all("FAKE_WRITE_KEY" in path.read_text() for path in RECORDINGS)
