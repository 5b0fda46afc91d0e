"""Prove that no request is answered 5xx, nor differently on another database.

Each request goes through the whole WSGI application, as a server would call it; what is
stored of it goes through processing. One line an answer is written to a file, the same
for the same seed: `diff` shows where two databases disagree.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.servers.basehttp import get_internal_wsgi_application

from campaigns.models import Campaign, EmailTemplate
from contacts.models import ContactList
from promoter.accounts.api_keys import KEY_PREFIX_LENGTH, KEY_SECRET_LENGTH
from promoter.accounts.models import Account, ApiKey
from segment_ingest.models import Connection, SegmentMessage
from segment_ingest.processing import process_round
from segment_ingest.proving.hostile import (
    ORIGINS,
    WEBHOOK_SECRET,
    WEBHOOK_TOKEN,
    Hostile,
    hostile_requests,
)

Clock = Callable[[], datetime]
Application = Callable[[dict[str, Any], Any], Any]
# Bodies between two rounds of processing.
ROUND = 500
NO_LIMIT = 1_000_000_000
# Of an answer that is none of the Tracking API's.
NO_CODE = "-"


@dataclass(frozen=True, slots=True)
class BodiesProof:
    """The answers by status, and what processing made of what was taken."""

    statuses: Counter[int]
    shapeless: int
    stored: int
    failed: int
    digest: str
    seconds: float

    @property
    def figures(self) -> dict[str, object]:
        count = self.statuses.total()
        statuses = {str(status): self.statuses[status] for status in sorted(self.statuses)}
        return {
            "bodies": count,
            **statuses,
            "stored": self.stored,
            "failed": self.failed,
            "digest": self.digest,
            "seconds": f"{self.seconds:.1f}",
            "bodies/s": f"{count / self.seconds:.0f}",
        }

    @property
    def breaches(self) -> list[str]:
        errors = sum(self.statuses[status] for status in self.statuses if status >= 500)
        moved = sum(self.statuses[status] for status in self.statuses if 200 < status < 400)
        found = {
            f"{errors} answers were a 5xx": errors,
            f"{moved} answers were neither 200 nor an error": moved,
            f"{self.shapeless} errors had no code and message": self.shapeless,
            f"{self.failed} stored events could not be processed": self.failed,
        }
        return [sentence for sentence, number in found.items() if number]


def prove_bodies(*, count: int, seed: int, answers: Path, clock: Clock) -> BodiesProof:
    """Send so many, one after the other. The database must be an empty scratch one."""
    keys = _make_keys(now=clock())
    application = get_internal_wsgi_application()
    statuses, shapeless = Counter[int](), 0
    start = time.monotonic()
    with answers.open("w") as lines:
        requests = hostile_requests(count=count, seed=seed, keys=keys)
        for number, request in enumerate(requests, 1):
            status, content = call(application, request)
            statuses[status] += 1
            codes = codes_of(content)
            shapeless += status != 200 and not codes and request.method != "HEAD"
            lines.write(f"{number}\t{status}\t{codes or NO_CODE}\t{request.path!a}\n")
            if number % ROUND == 0:
                _process(clock)
    _process(clock)
    messages = SegmentMessage.objects.all()
    return BodiesProof(
        statuses=statuses,
        shapeless=shapeless,
        stored=messages.count(),
        failed=messages.filter(verdict=SegmentMessage.Verdict.FAILED).count(),
        digest=hashlib.sha256(answers.read_bytes()).hexdigest()[:16],
        seconds=time.monotonic() - start,
    )


def call(application: Application, request: Hostile) -> tuple[int, bytes]:
    """The application's answer, as a WSGI server would get it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "HTTP_HOST": urlsplit(settings.SITE_URL).netloc,
        # An installation behind a proxy would send plain HTTP away.
        "HTTP_X_FORWARDED_PROTO": "https",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": request.marks_end,
        "wsgi.errors": io.StringIO(),
        **request.headers,
    }
    if request.length is not None:
        environ["CONTENT_LENGTH"] = request.length
    setup_testing_defaults(environ)
    told: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        told.append(status)

    answer = application(environ, start_response)
    try:
        return int(told[0].split()[0]), b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


def codes_of(content: bytes) -> str:
    """The code of the answer and of each event it lists, or "" for another's answer."""
    try:
        answer = json.loads(content)
        codes = [
            answer.get("code", "ok"),
            *(each["code"] for each in answer.get("rejected", [])),
        ]
    except (ValueError, AttributeError, LookupError):
        return ""
    runs = ((code, len(list(run))) for code, run in groupby(codes))
    return " ".join(f"{code}*{length}" if length > 1 else code for code, length in runs)


def _process(clock: Clock) -> None:
    while process_round(now=clock()).messages:
        pass


def _make_keys(*, now: datetime) -> list[str]:
    """Of an account that takes all, one over its limit, one revoked, one of nobody, one
    for a web page; and a connection for Segment itself."""
    account = Account.objects.create(name="Proof", daily_event_limit=NO_LIMIT)
    Campaign.objects.create(
        account=account,
        name="Proof",
        status=Campaign.Status.READY,
        event_name="Order Completed",
        activated_at=now,
        contact_list=ContactList.objects.create(account=account, name="Proof"),
        email_template=EmailTemplate.objects.create(
            account=account, name="Proof", subject="Proof", brand="Proof"
        ),
    )
    Connection.objects.create(
        account=account, name="Proof", token=WEBHOOK_TOKEN, secret=WEBHOOK_SECRET
    )
    full = Account.objects.create(name="Full", daily_event_limit=0)
    usable, gone, over = (
        _make_key(account, "usable", now=now),
        _make_key(account, "revoked", now=now),
        _make_key(full, "over", now=now),
    )
    ApiKey.objects.filter(name="revoked").update(revoked_at=now)
    browser = _make_key(account, "browser", now=now)
    ApiKey.objects.filter(name="browser").update(
        is_browser=True, allowed_origins=[ORIGINS[0]]
    )
    return [usable, gone, over, browser, "seg_of_nobody"]


def _make_key(account: Account, name: str, *, now: datetime) -> str:
    """Its text is no secret: requests that hold it must be the same in every run."""
    key = f"seg_{name}".ljust(KEY_PREFIX_LENGTH + KEY_SECRET_LENGTH, "x")
    ApiKey.objects.create(
        account=account,
        name=name,
        prefix=key[:KEY_PREFIX_LENGTH],
        digest=ApiKey.digest_of(key),
        created_at=now,
    )
    return key
