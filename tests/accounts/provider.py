"""An OpenID Connect provider on loopback: says of everybody what it was told to say."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Provider:
    """`person` is what its userinfo says; `asked` the token requests it took; `instead`
    what the server says at a path in place of what it should, a status or a body."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.person: dict[str, Any] = {}
        self.asked: list[dict[str, list[str]]] = []
        self.instead: dict[str, int | str] = {}

    def answer(self, path: str, body: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "jwks_uri": f"{self.address}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/token":
            self.asked.append(parse_qs(body))
            return {"access_token": "access", "token_type": "Bearer", "expires_in": 60}
        return self.person if path == "/userinfo" else None


@contextmanager
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            found = here.answer(urlsplit(self.path).path, self.rfile.read(length).decode())
            instead = here.instead.get(urlsplit(self.path).path)
            text = instead if isinstance(instead, str) else json.dumps(found)
            body = text.encode()
            fault = 500 if found is None else 200
            self.send_response(instead if isinstance(instead, int) else fault)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Provider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
