"""A mail provider's HTTP API on loopback: takes mails, counts them, answers as told.

One server plays every provider: the path and the body's shape are theirs. It honours
idempotency keys in the way that Resend and Brevo document, so a mail counts once however
often it is asked for.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_UP = 0
"""As a status: take the mail, and say nothing."""


@dataclass
class Asked:
    """One request to send."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    peer: int

    @property
    def key(self) -> str:
        """The idempotency key, wherever this provider looks for it."""
        in_mail = self.body.get("headers") or {}
        in_mail = in_mail if isinstance(in_mail, dict) else {}
        return self.headers.get("idempotency-key") or in_mail.get("idempotencyKey", "")


@dataclass
class MailApi:
    """What came, and what to say next; by default yes to everything."""

    requests: list[Asked] = field(default_factory=list)
    mails: dict[str, Asked] = field(default_factory=dict)
    replies: deque[tuple[int, Any]] = field(default_factory=deque)
    delay: float = 0

    def __post_init__(self) -> None:
        api = self

        class Handler(_Handler):
            owner = api

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        # Its look at whether to stop: a test's end waits for it.
        threading.Thread(
            target=self.server.serve_forever, args=(0.01,), daemon=True
        ).start()

    def say(self, status: int, body: Any = None) -> None:
        """The answer to the next request that has none yet."""
        self.replies.append((status, body))

    def take(self, asked: Asked) -> str:
        """The mail's id: the same for the same key."""
        known = asked.key and next(
            (name for name, mail in self.mails.items() if mail.key == asked.key), ""
        )
        if known:
            return known
        name = f"id-{len(self.mails) + 1}"
        self.mails[name] = asked
        return name

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: MailApi

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        api = self.owner
        asked = Asked(
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(raw),
            peer=self.client_address[1],
        )
        api.requests.append(asked)
        status, body = api.replies.popleft() if api.replies else (200, None)
        if status in {HANG_UP, 200}:
            name = api.take(asked)
            body = body if body is not None else _yes(asked, name)
        if api.delay:
            time.sleep(api.delay)
        if status == HANG_UP:
            self.close_connection = True
            return
        answer = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        pass


def _yes(asked: Asked, name: str) -> Any:
    """What each provider answers to a mail that it takes."""
    to = asked.body.get("To") or ""
    return {
        # Postmark
        "ErrorCode": 0,
        "Message": "OK",
        "MessageID": name,
        "To": to,
        # Resend, then Brevo; SendGrid says nothing.
        "id": name,
        "messageId": name,
    }
