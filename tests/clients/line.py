"""The line between a client and the server: it sees each call and may lose answers."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# The length is the line's own business; a connection of its own serves each request.
NOT_PASSED_ON = {"content-length", "connection", "transfer-encoding", "date", "server"}


class Line(ThreadingHTTPServer):
    """Listens on `port` and passes requests on to the server."""

    daemon_threads = True

    def __init__(self, server: int) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.server_behind = server
        self.port = int(self.server_address[1])
        self.statuses: list[int] = []
        self.answers_to_lose = 0
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def hang_up(self) -> None:
        self.shutdown()
        self.server_close()


class _Call(BaseHTTPRequestHandler):
    server: Line
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        behind = http.client.HTTPConnection("127.0.0.1", self.server.server_behind)
        try:
            behind.request("POST", self.path, body, dict(self.headers))
            answer = behind.getresponse()
            content = answer.read()
        finally:
            behind.close()
        self.server.statuses.append(answer.status)
        if self.server.answers_to_lose:
            self.server.answers_to_lose -= 1
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Not to the tests' output."""
