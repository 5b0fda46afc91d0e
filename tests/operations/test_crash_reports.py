"""What Sentry is told of a crash: where it was, and nothing of a person."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured

from promoter.lib import crash_reports
from tests.harness.processes import REPOSITORY

# A page that fails, for a caller of whom much could be told.
CRASH = """
import sys, types
import django
django.setup()
import sentry_sdk
from django.conf import settings
from django.test import Client
from django.urls import path

def fail(request, token):
    address = "ada@mail.example.com"
    raise ValueError(f"{address} by seg_AbCd1234567890")

sys.modules["crashing"] = types.ModuleType("crashing")
sys.modules["crashing"].urlpatterns = [path("s/<str:token>/", fail)]
settings.ROOT_URLCONF = "crashing"
Client(raise_request_exception=False).get(
    "/s/0123456789abcdefghij/?who=grace@mail.example.com",
    headers={"cookie": "seen=the-cookie", "x-forwarded-for": "203.0.113.9"},
)
sentry_sdk.flush(10)
"""


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and what it was told."""
    told: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            told.append(gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://the-key@127.0.0.1:{server.server_port}/1", told
    server.shutdown()
    server.server_close()


def test_a_crash_is_told_without_the_person(sentry, tmp_path):
    dsn, told = sentry
    environment = os.environ | {
        "SENTRY_DSN": dsn,
        "DEBUG": "1",
        "ALLOWED_HOSTS": "testserver",
    }
    run = subprocess.run(
        [sys.executable, "-c", CRASH],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    everything = b"\n".join(told).decode()
    reports = [
        json.loads(line) for line in everything.splitlines() if '"exception"' in line
    ]
    [error] = reports[0]["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["value"] == "a…@mail.example.com by seg_AbCd…"
    for secret in (
        *("ada@", "grace@", "1234567890", "0123456789abcdefghij"),
        *("the-cookie", "203.0.113.9", "who="),
    ):
        assert secret not in everything


def test_without_the_package_the_start_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ImproperlyConfigured, match="sentry-sdk is missing"):
        crash_reports.start(dsn="https://key@sentry.example.com/1", environment="x")


def test_a_wrong_address_is_refused_without_being_quoted():
    with pytest.raises(ImproperlyConfigured) as refusal:
        crash_reports.start(dsn="the-key@nowhere", environment="x")
    assert "the-key" not in str(refusal.value)
