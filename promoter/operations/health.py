"""Is it alive, is all in order, how much waits: for load balancers and monitoring."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from promoter.lib.patience import at_most
from promoter.operations.broker import fault_of_broker
from promoter.operations.metrics import CONTENT_TYPE, exposition, may_scrape
from promoter.operations.models import TaskRun, Worker
from promoter.operations.signs import silences

log = logging.getLogger(__name__)

# Who asks, asks every few seconds; the answer must not hang where a database does.
PATIENCE_SECONDS = 2
# PostgreSQL says it in words alone, and so do PgBouncer and roles with a limit.
CONNECTIONS_USED_UP = (
    *("too many clients", "too many connections", "connection slots are reserved"),
    "no more connections allowed",
)
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
    with at_most(PATIENCE_SECONDS):
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
    """What is not in order -> a sentence with what to do. Asks database and broker for
    some seconds at most; without a database nothing else can be told."""
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
            if connection.vendor == "postgresql":
                # A standby, or a primary that was told so, answers every question.
                cursor.execute("SHOW transaction_read_only")
                is_read_only = cursor.fetchone() == ("on",)
            else:
                cursor.execute("SELECT 1")
                is_read_only = False
    except (DatabaseError, InterfaceError) as error:
        log.warning("The database does not answer: %s", error)
        return _why(error)
    if is_read_only:
        return "The database can't be written. Point DATABASE_URL to the primary."
    return ""


def _why(error: Exception) -> str:
    if any(words in str(error) for words in CONNECTIONS_USED_UP):
        return (
            "The database has no connection to spare. Raise its max_connections, or run "
            "fewer processes and threads."
        )
    return "The database does not answer. Check DATABASE_URL and the server."


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "The database is older than the program. Run `manage.py migrate`."
    return ""


def _broker() -> str:
    return " ".join(fault_of_broker() or ())


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
}
