"""What only a real server can show: bodies without a length, and bodies cut off."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from tests.harness.web import WebServer


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[int]:
    """The server's port. No test here gets as far as the database: the key stands in the
    body, which must be understood first."""
    granian = WebServer(tmp_path_factory.mktemp("granian") / "log")
    yield granian.port
    granian.process.kill()


def send(port: int, body, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/v1/track", body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["code"]
    finally:
        connection.close()


def test_a_chunked_body_is_read_whole(server):
    assert send(server, iter([b'{"event"', b": "])) == (400, "bad_json")
    assert send(server, iter([b'{"event"', b': "e"}'])) == (401, "missing_key")


def test_an_empty_chunked_body_is_not_an_empty_object(server):
    assert send(server, iter([])) == (400, "empty_body")


def test_a_large_body_is_refused_and_its_sender_sees_the_answer(server):
    assert send(server, (b"x" * 65_536 for _ in range(40))) == (413, "body_too_large")
    assert send(server, b"x" * 65_536 * 40) == (413, "body_too_large")


def test_a_body_with_a_length_is_read(server):
    assert send(server, b'{"event"') == (400, "bad_json")
    assert send(server, b"") == (400, "empty_body")


def test_a_client_that_goes_away_in_the_middle_harms_nobody(server):
    for head in (b"Content-Length: 100", b"Transfer-Encoding: chunked"):
        with socket.create_connection(("127.0.0.1", server), timeout=5) as client:
            client.sendall(b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\n" + head)
            client.sendall(b'\r\n\r\n{"event": ')
    assert send(server, b'{"event"') == (400, "bad_json")
