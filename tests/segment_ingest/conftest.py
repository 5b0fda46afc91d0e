"""A Segment client of a few lines, for tests that say exactly what goes over the wire."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from contacts.models import Contact
from segment_ingest.front_door import answer_to, as_response
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.processing import process_round


class FrontDoor(ClientHandler):
    """Takes what promoter.wsgi takes before Django does."""

    def __call__(self, environ: dict[str, Any]) -> Any:
        answer = answer_to(environ)
        if answer is None:
            return super().__call__(environ)
        status, headers, body = as_response(answer)
        response = HttpResponse(body, status=int(status[:3]), headers=dict(headers))
        response.wsgi_request = WSGIRequest(environ)
        return response


class Segment:
    """Posts to the Tracking API with a key, as JSON unless told otherwise."""

    by_front_door = False

    def __init__(self, key: str) -> None:
        self.key = key
        self.client = Client()
        if self.by_front_door:
            self.client.handler = FrontDoor()

    def post(self, path: str, body: Any, **headers: str) -> Any:
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers.setdefault("authorization", basic(self.key))
        return self.client.post(
            path, body, content_type="application/json", headers=headers
        )

    def identify(self, user_id: str = "user-42", **fields: Any) -> Any:
        fields.setdefault("traits", {"email": "ada@example.com"})
        return self.post("/v1/identify", {"userId": user_id, **fields})

    def track(self, event: str = "Order Completed", **fields: Any) -> Any:
        return self.post("/v1/track", {"event": event, "userId": "user-42", **fields})

    def batch(self, *events: dict[str, Any], **fields: Any) -> Any:
        return self.post("/v1/batch", {"batch": list(events), **fields})


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


# Which adapter asks makes no difference to a database: PostgreSQL meets production's alone.
BY_THE_VIEW = pytest.param("by the view", marks=pytest.mark.either_database)


@pytest.fixture(params=[BY_THE_VIEW, "by the front door"])
def either_door(request, monkeypatch) -> None:
    """Runs the test with both adapters: what they answer must not differ."""
    monkeypatch.setattr(Segment, "by_front_door", request.param == "by the front door")


@pytest.fixture
def segment(segment_key) -> Segment:
    return Segment(segment_key)


@pytest.fixture
def messages(account):
    """The account's inbox, oldest first."""
    return SegmentMessage.objects.filter(account=account).order_by("id")


@pytest.fixture
def usage(account):
    """The account's counts over all days, as one dict."""

    def read() -> dict[str, int]:
        rows = DailyUsage.objects.filter(account=account)
        return {
            name: sum(getattr(row, name) for row in rows)
            for name in ("accepted", "duplicates", "rejected", "refused")
        }

    return read


def process(limit: int = 500) -> int:
    """Until nothing waits; how many messages got a verdict."""
    total = 0
    while step := process_round(now=timezone.now(), limit=limit).messages:
        total += step
    return total


@pytest.fixture
def verdict(messages):
    """The verdict of a message, by its messageId; of the last one by default."""

    def read(message_id: str | None = None) -> str:
        found = messages.filter(message_id=message_id) if message_id else messages
        message = found.last()
        return f"{message.verdict}: {message.detail}" if message.detail else message.verdict

    return read


def contact(user_id: str = "user-42") -> Contact:
    return Contact.objects.get(user_id=user_id)
