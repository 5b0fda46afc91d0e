"""What the logs tell: one word leads from an event to its mail; no line holds a secret."""

from __future__ import annotations

import json
import logging
import sys
from base64 import b64encode
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from contacts.models import Contact
from promoter.lib import logs
from promoter.lib.logs import JsonFormatter, LineFormatter, masked
from promoter.wsgi import application
from surveys.tasks import deliver_due_emails
from tests.segment_ingest.conftest import process


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("to ada.lovelace+x@mail.example.com: no", "to a…@mail.example.com: no"),
        ("Not Found: /s/eyJhbGciOi-_x:1tY/answer/", "Not Found: /s/…/answer/"),
        ("/u/0123456789abcdef?x=1 and /u/", "/u/…?x=1 and /u/"),
        ("/v1/segment/webhook/0123456789abcdef", "/v1/segment/webhook/…"),
        ("key seg_AbCd1234567890", "key seg_AbCd…"),
        ("redis://:pass/word@cache:6379/0", "redis://:pass/word@cache:6379/0"),
        ("redis://:password@cache:6379/0", "redis://:…@cache:6379/0"),
        ("celery@host and 12:30 / 1", "celery@host and 12:30 / 1"),
    ],
)
def test_addresses_keys_and_tokens_are_masked(text, said):
    assert masked(text) == said
    for formatter in (LineFormatter("%(message)s"), JsonFormatter()):
        record = logging.makeLogRecord({"msg": "%s", "args": (text,)})
        line = formatter.format(record)
        assert (json.loads(line)["message"] if line[0] == "{" else line) == said


def test_a_traceback_is_masked_and_stays_in_its_line():
    try:
        raise ValueError("ada@example.com is taken")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "Oh\nno", (), sys.exc_info(),
            extra={"account": 7, "shown": object()},
        )  # fmt: skip
    line = JsonFormatter().format(record)
    row = json.loads(line)

    assert "\n" not in line
    assert "ValueError: a…@example.com is taken" in row["traceback"]
    assert (row["message"], row["level"], row["account"]) == ("Oh\nno", "ERROR", 7)
    assert "shown" not in row


def call(body: bytes, key: str, **headers: str) -> dict[str, str]:
    """One call through the server's door; the answer's headers."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/batch",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": "Basic " + b64encode(f"{key}:".encode()).decode(),
        "wsgi.input": BytesIO(body),
        **headers,
    }
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "testserver"
    said: dict[str, str] = {}
    answer = application(environ, lambda line, given, *rest: said.update(given))
    getattr(answer, "close", lambda: None)()
    return said


def test_a_messages_id_leads_from_the_request_to_the_mail(
    transactional_db, campaign, segment_key, smtp_sink, caplog
):
    caplog.set_level(logging.INFO)
    event = "918fcd29-e675-4040-8b4d-be756c46fe87"
    batch = [
        {"type": "identify", "userId": "u1", "messageId": "who-1\nforged line",
         "traits": {"email": "ada@mail.example.com"}},
        {"type": "track", "userId": "u1", "event": campaign.event_name, "messageId": event},
    ]  # fmt: skip
    said = call(
        json.dumps({"batch": batch}).encode(), segment_key, HTTP_X_REQUEST_ID="from-proxy.1"
    )
    assert said["X-Request-ID"] == "from-proxy.1"
    process()
    deliver_due_emails()

    path = [each for each in caplog.records if event in each.getMessage()]
    assert [each.msg for each in path] == [
        "Segment messages taken: %s",
        "Survey %s is due at %s for %s",
        "Segment messages %s: %s",
        "Survey mail %s is %s for %s",
    ]
    assert path[3].getMessage() == f"Survey mail {path[3].mail} is sent for {event}"
    assert path[1].survey == path[3].survey
    assert "who-1_forged line" not in caplog.text
    assert "who-1_forged_line" in caplog.text
    assert Contact.objects.filter(email="ada@mail.example.com").exists()
    everything = "".join(
        LineFormatter("%(message)s").format(each) for each in caplog.records
    )
    assert "ada@mail" not in everything
    assert segment_key not in everything


def test_a_request_has_its_callers_id_if_that_is_sane(transactional_db, segment_key):
    for wrong in ("", "a b", "x" * 65, "1\r\nSet-Cookie: x", "-x", "<b>"):
        made = call(b"{}", segment_key, HTTP_X_REQUEST_ID=wrong)["X-Request-ID"]
        assert made != wrong
        assert logs.SANE_ID.fullmatch(made)
        # Lines of this request carry it, as JSON shows.
        line = JsonFormatter().format(logging.makeLogRecord({"msg": "hello"}))
        assert json.loads(line)["request_id"] == made
