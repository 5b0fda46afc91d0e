"""The door that the server calls, before Django makes a request of it."""

from __future__ import annotations

import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from promoter.wsgi import application
from surveys.models import Survey
from tests.surveys.lists import list_campaign


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("more", "status"),
    [("", "201 Created"), ("x" * 40_000, "413 Request Entity Too Large")],
    ids=["small", "large"],
)
def test_a_body_that_comes_in_parts_is_read(campaign, segment_key, more, status):
    """.NET and Java send JSON without a Content-Length; granian marks its end."""
    asked = list_campaign(campaign, "api", name="From the shop")
    body = json.dumps({"email": "kate@example.com", "attributes": {"more": more}})
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/api/v1/campaigns/{asked.pk}/surveys",
        "HTTP_AUTHORIZATION": f"Bearer {segment_key}",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": "application/json",
        "wsgi.input": BytesIO(body.encode()),
        "wsgi.input_terminated": True,
    }
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "testserver"
    said = []
    answer = application(environ, lambda line, headers: said.append(line))
    answer.close()
    assert said == [status]
    assert Survey.objects.count() == (status == "201 Created")
