"""An HTTP server that notes what it is told and answers as it is asked to."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Told:
    """One request as it came."""

    path: str
    headers: Message
    body: bytes


@dataclass
class Reply:
    """What to answer. `drip`: so many seconds between two bytes of the body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip: float = 0
    before: Callable[[], Any] = lambda: None


class Receiver:
    """Answers each request with the next of `replies`, and 200 when there is none."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.replies: deque[Reply] = deque()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.told.append(Told(self.path, self.headers, body))
                reply = receiver.replies.popleft() if receiver.replies else Reply()
                reply.before()
                # Who asked hangs up when we are slow, as it should.
                with contextlib.suppress(OSError):
                    self._answer(reply)

            def do_GET(self) -> None:
                receiver.told.append(Told(f"GET {self.path}", self.headers, b""))

            def _answer(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                for number in range(len(reply.body)) if reply.drip else ():
                    self.wfile.write(reply.body[number : number + 1])
                    self.wfile.flush()
                    time.sleep(reply.drip)
                if not reply.drip:
                    self.wfile.write(reply.body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=promoter"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
