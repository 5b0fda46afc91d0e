"""Is it alive, is all in order, how much waits: for load balancers and monitoring."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from kombu.exceptions import KombuError

from promoter.celery import app
from promoter.operations.metrics import CONTENT_TYPE, exposition, may_scrape
from promoter.operations.models import TaskRun, Worker
from promoter.operations.signs import silences

log = logging.getLogger(__name__)

# A load balancer asks every few seconds; it must not hang where a broker does.
BROKER_TIMEOUT_SECONDS = 2
NO_STORE = {"Cache-Control": "no-store"}


class HealthMiddleware:
    """Answers /healthz, /readyz and /metrics before host, scheme or session are looked at.

    A probe calls by an inner address that ALLOWED_HOSTS need not know.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return healthz()
        if request.path_info == "/readyz":
            return readyz()
        if request.path_info == "/metrics" and settings.METRICS_TOKEN:
            return metrics(request)
        return self.get_response(request)


def healthz() -> HttpResponse:
    """200 while this process answers; asks nobody else: a restart mends nothing there."""
    return HttpResponse("ok", content_type="text/plain", headers=NO_STORE)


def readyz() -> HttpResponse:
    """200 when events can be taken and mail can go out; else 503 with the reasons.

    For who watches. A load balancer asks /healthz: without workers events are stored all
    the same, and must not be turned away.
    """
    reasons = readiness()
    response = JsonResponse(
        {"ready": not reasons, "reasons": reasons},
        status=503 if reasons else 200,
        headers=NO_STORE,
        json_dumps_params={"ensure_ascii": False},
    )
    # Whoever asks has the answer: an error in the log at each probe would be a flood.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """What waits and how it fares, to whoever shows the token."""
    if not may_scrape(request):
        headers = NO_STORE | {"WWW-Authenticate": "Bearer"}
        return HttpResponse(
            "Show the token of METRICS_TOKEN.\n", status=401, headers=headers
        )
    try:
        text = exposition(now=timezone.now())
    except (DatabaseError, InterfaceError):
        log.exception("No metrics: the database does not answer.")
        return HttpResponse("The database does not answer.\n", status=503, headers=NO_STORE)
    return HttpResponse(text, content_type=CONTENT_TYPE, headers=NO_STORE)


def readiness() -> dict[str, str]:
    """What is not in order -> a sentence with what to do. Asks the broker, two seconds at
    most; without a database nothing else can be told."""
    reasons: dict[str, str] = {}
    for name, check in CHECKS.items():
        reason = check()
        if reason:
            reasons[name] = reason
            if name != "broker":
                return reasons
    now = timezone.now()
    return reasons | silences(
        workers=Worker.objects.all(), runs=TaskRun.objects.all(), now=now
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        log.warning("The database does not answer: %s", error)
        return "The database does not answer. Check DATABASE_URL and the server."
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "The database is older than the program. Run `manage.py migrate`."
    return ""


def _broker() -> str:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
    except (KombuError, OSError):
        return "The broker does not answer: mail waits until it is back. Check REDIS_URL."
    return ""


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
}
