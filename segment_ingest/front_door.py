"""The Tracking API before Django: what servers post, which is nearly all there is.

Half of what an event would cost is the way through middleware and a view. So the plain
case (a POST of a known length to one of the calls, not from a web page) is read from WSGI
and handed to `accept`, as the view does. Whatever is not plain is left to Django, which
answers every request: without this module nothing but time would be lost.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from http.client import responses
from typing import Any

import msgspec
from django.conf import settings
from django.db import close_old_connections, connection
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from promoter.accounts.key_in_headers import key_in
from segment_ingest.accept import accept
from segment_ingest.answers import Answer
from segment_ingest.calls import CALLS
from segment_ingest.doorbell import inbox_bell

log = logging.getLogger(__name__)
Headers = list[tuple[str, str]]
_CALL_OF_PATH = {f"/{path}{end}": call for path, call in CALLS.items() for end in ("", "/")}
_UNAVAILABLE = 503
_encode = msgspec.json.Encoder().encode


def answer_to(environ: dict[str, Any]) -> Answer | None:
    """The answer to a plain call, with the workers told; None is Django's to answer."""
    call = _CALL_OF_PATH.get(environ.get("PATH_INFO", ""))
    if call is None or not _is_plain(environ):
        return None
    try:
        answer = _taken(call, environ)
    except Exception:
        log.exception("A bug in the Tracking API")
        return Answer.error(500, "server_error", "Something went wrong on our side.")
    if answer.waiting:
        inbox_bell.ring()
    return answer


def as_response(answer: Answer) -> tuple[str, Headers, bytes]:
    """Status line, headers and body. Headers that only mean something to a page that is
    shown are left out."""
    body = _encode(answer.body)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if answer.retry_after is not None:
        headers.append(("Retry-After", str(answer.retry_after)))
    return f"{answer.status} {responses[answer.status]}", headers, body


def _is_plain(environ: dict[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ["REQUEST_METHOD"] == "POST"
        and "HTTP_ORIGIN" not in environ
        and length.isdecimal()
        and int(length) <= settings.SEGMENT_MAX_BODY_BYTES
        and _is_allowed(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS))
    )


@lru_cache
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    return validate_host(split_domain_port(host)[0], allowed)


def _taken(call: str, environ: dict[str, Any]) -> Answer:
    try:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    except OSError:
        return Answer.error(
            400, "body_cut_off", "The body ended before its Content-Length."
        )
    what: dict[str, Any] = {
        "call": call,
        "body": body,
        "key": key_in(
            environ.get("HTTP_AUTHORIZATION", ""), environ.get("HTTP_X_WRITE_KEY", "")
        ),
        "gzipped": "gzip" in environ.get("HTTP_CONTENT_ENCODING", "").lower(),
        "now": timezone.now(),
    }
    _leave_old_connection()
    answer = accept(**what)
    # After a restart of the database each thread's connection is dead, once.
    if answer.status == _UNAVAILABLE and _left_dead_connection():
        answer = accept(**what)
    return answer


def _leave_old_connection() -> None:
    """What Django does at the start of a request, but for asking whether it is alive."""
    if connection.close_at is not None and time.monotonic() >= connection.close_at:
        close_old_connections()


def _left_dead_connection() -> bool:
    """Whether it was the connection that failed; the next one is new."""
    if connection.in_atomic_block or not connection.errors_occurred:
        return False
    if connection.connection is None:
        # There was none: nobody answers.
        return False
    close_old_connections()
    return connection.connection is None
