"""The door that the server calls, before Django makes a request of it."""

from __future__ import annotations

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from promoter.wsgi import application


@pytest.mark.django_db
@pytest.mark.parametrize("codec", ["hex", "bz2_codec", "utf-7", "utf-16", "nonsense", ""])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sign-in/", "200 OK"),
        ("GET", "/s/none/", "404 Not Found"),
        ("POST", "/v1/track", "401 Unauthorized"),
    ],
)
def test_no_charset_of_a_request_is_a_500(method, path, status, codec):
    said = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "next=/",
        "CONTENT_TYPE": f"application/json; Charset={codec}; x=y",
        "CONTENT_LENGTH": "2",
        "wsgi.input": BytesIO(b"{}"),
    }
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "testserver"
    answer = application(environ, lambda line, headers: said.append(line))
    if hasattr(answer, "close"):
        answer.close()
    assert said == [status]
