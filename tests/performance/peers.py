"""What ingest is measured beside: a DRF view that does nothing, and the view that most
Django code would have in its place, alone and with a Celery task for each event.

Run by granian as `tests.performance.peers:application`, without any middleware: what a
request costs beside the view is left out, in the peers' favour.
"""

from __future__ import annotations

import os
from datetime import UTC

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
django.setup()
# Only now: allauth insists on its middleware while it is set up.
OUR_MIDDLEWARE = settings.MIDDLEWARE
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "tests.performance.peers"
application = WSGIHandler()

from django.db import transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.dateparse import parse_datetime  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from promoter.accounts.key_in_headers import KeyInHeaders  # noqa: E402
from promoter.accounts.models import ApiKey  # noqa: E402
from segment_ingest.models import DailyUsage, SegmentMessage  # noqa: E402
from tests.performance.plain_tasks import process_event  # noqa: E402

HELLO = Template("<!doctype html><title>Hello</title><h1>Hello {{ name }}</h1>")


class NoOp(APIView):
    """Reads nothing, asks nothing, stores nothing."""

    def post(self, request: Request) -> Response:
        return Response({"success": True})


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse(HELLO.render(Context({"name": "world"})))


class Naive(APIView):
    """Key, quota and row by the book, for each event: read, check, save."""

    authentication_classes = [KeyInHeaders]

    def post(self, request: Request) -> Response:
        key = (
            ApiKey.objects.select_related("account")
            .filter(digest=ApiKey.digest_of(request.auth), revoked_at=None)
            .first()
        )
        if key is None:
            return Response({"success": False}, status=401)
        for event in request.data.get("batch", [request.data]):
            message = take(key, event)
            if message is None:
                return Response({"success": False}, status=429)
            self.stored(message)
        return Response({"success": True})

    def stored(self, message: SegmentMessage) -> None:
        """What is done with it once it is committed: here nothing."""


class WithTask(Naive):
    """The same, and a task that makes contact and survey of it."""

    def stored(self, message: SegmentMessage) -> None:
        process_event.delay(message.pk)


def take(key: ApiKey, event: dict) -> SegmentMessage | None:
    """The event's row; None over the quota."""
    now = timezone.now()
    with transaction.atomic():
        usage, _ = DailyUsage.objects.select_for_update().get_or_create(
            account=key.account, day=now.astimezone(UTC).date()
        )
        if usage.accepted >= key.account.daily_event_limit:
            return None
        message, is_new = SegmentMessage.objects.get_or_create(
            account=key.account,
            message_id=event["messageId"],
            defaults={
                "type": event["type"],
                "user_id": event["userId"],
                "event": event.get("event", ""),
                "body": event,
                "timestamp": parse_datetime(event["timestamp"]) or now,
                "received_at": now,
            },
        )
        if is_new:
            usage.accepted += 1
            usage.save()
    return message


urlpatterns = [
    path("noop", NoOp.as_view()),
    path("naive", Naive.as_view()),
    path("task", WithTask.as_view()),
    path("hello", hello),
]
