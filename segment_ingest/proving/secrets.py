"""Prove that no key, token, password or secret lies where it is not needed.

Each is made as a person makes it, and used rightly and wrongly, by those who may and those
who may not, with the database well and with it gone. Then rows, log and error pages are
searched for it; only the secrets that signing needs may stand in their own table.
"""

from __future__ import annotations

import base64
import io
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import override_settings

from promoter.accounts.addresses import confirm_address
from promoter.accounts.models import User
from promoter.lib.smtp_sink_thread import SmtpSink
from promoter.webhooks.models import Endpoint
from segment_ingest.models import Connection
from segment_ingest.proving import dump
from segment_ingest.proving.proof import EVENT, Given, Proof, make_ground
from segment_ingest.proving.visitor import Visitor, mail_server, sign_in
from segment_ingest.tasks import process_inbox
from surveys import tasks

# Whose signatures are made or checked here: it can't be done with a digest.
MAY_STAND_IN = {
    "connection token": {"segment_ingest_connection"},
    "connection secret": {"segment_ingest_connection"},
    "webhook secret": {"webhooks_endpoint"},
    "session": {"django_session"},
}
LINK = re.compile(
    rb"https?://[^/\s]+/((?:s|u|u/mails/\w+|invitations|sign-up/confirm|password/new)"
    rb"/[\w:=-]{16,})"
)
RECOVERY_CODE = re.compile(r'id="recovery-codes">(\w+)')
METHODS = ("get", "head", "post", "put", "delete", "options")
ANN, DORA, EVE = "ann@example.net", "dora@example.net", "eve@example.net"


@dataclass
class Secrets:
    """What must not be found, by what it is, and the pages that said no."""

    texts: dict[str, str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def found_in(self, text: str) -> set[str]:
        return {name for name, secret in self.texts.items() if secret in text}

    def use(self, path: str, **headers: Any) -> None:
        """In every method, whole and spoilt, with no proof against forgery."""
        visitor = Visitor(enforce_csrf_checks=True)
        for spoilt in ("", "x/"):
            for method in METHODS:
                self.note(getattr(visitor, method)(f"/{path}/{spoilt}", **headers))

    def note(self, answer: Any) -> None:
        """A refusal. Who holds a person's link sees that person's other links on it."""
        if answer.status_code < 400 or answer.streaming:
            return
        page, path = answer.content.decode("utf-8", "replace"), answer.request["PATH_INFO"]
        links = [text for name, text in self.texts.items() if name.startswith("link ")]
        if any(link in path for link in links):
            for link in links:
                page = page.replace(link, "")
        self.refusals.append(page)


def prove_secrets(given: Given, *, rounds: int) -> Proof:
    """Use every secret so many times in every way."""
    start = time.monotonic()
    password = "".join(given.chance().choices("bcdfghjkmnpqrstvwxz", k=20))
    found = Secrets({"password": password, "mail password": f"mail-{password}"})
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = {"EMAIL_HOST_USER": "us", "EMAIL_HOST_PASSWORD": f"mail-{password}"}
    with (
        _log() as log,
        mail_server(**user) as sink,
        override_settings(SIGN_UP_OPEN=True, PASSWORD_HASHERS=quick),
    ):
        _make(given, found, sink)
        for _ in range(rounds):
            _use(found)
        with connection.execute_wrapper(_gone):
            _use(found)
        sink.answer("auth", "535 5.7.8 not you")
        tasks.deliver_due_emails()
    return _judge(found, log.getvalue(), seconds=time.monotonic() - start)


def _judge(found: Secrets, log: str, *, seconds: float) -> Proof:
    in_rows = {
        (table, name)
        for table, text in dump.rows()
        for name in found.found_in(text)
        if table not in MAY_STAND_IN.get(name, set())
    }
    in_log, in_pages = found.found_in(log), found.found_in("\n".join(found.refusals))
    which = {name for _, name in in_rows} | in_log | in_pages
    return Proof(
        figures={
            "secrets": len(found.texts),
            "error-pages": len(found.refusals),
            "log-lines": log.count("\n"),
            "in-rows": len(in_rows),
            "in-log": len(in_log),
            "in-pages": len(in_pages),
            "which": ",".join(sorted(name.replace(" ", "-") for name in which)) or "-",
            "seconds": f"{seconds:.1f}",
        },
        broken={
            "secrets stand in rows": len(in_rows),
            "secrets stand in the log": len(in_log),
            "secrets stand on error pages": len(in_pages),
        },
    )


def _make(given: Given, found: Secrets, sink: SmtpSink) -> None:
    """One of each kind, as a person makes it."""
    texts = found.texts
    texts["secret key"], texts["address key"] = settings.SECRET_KEY, settings.ADDRESS_KEY
    ground = make_ground(now=given.clock())
    owner = sign_in(ground.account, address="owner@example.net")
    texts["session"] = owner.cookies[settings.SESSION_COOKIE_NAME].value
    page = owner.post("/segment/keys/", {"name": "Proof"})
    texts["api key"] = re.findall(r'id="key" value="(\w+)"', page.content.decode())[0]
    owner.post("/segment/connections/", {"name": "Hook"})
    opened = Connection.objects.open(account=ground.account, name="H", now=given.clock())
    texts["connection token"], texts["connection secret"] = opened.token, opened.secret
    hook = Endpoint.objects.create(account=ground.account, url="https://127.0.0.1/")
    texts["webhook secret"] = hook.secret
    visitor, who = Visitor(), {"userId": "u"}
    traits = {"email": "pat@example.com"}
    visitor.call("identify", who | {"traits": traits}, key=texts["api key"])
    visitor.call("track", who | {"event": EVENT}, key=texts["api key"])
    process_inbox()
    tasks.deliver_due_emails()
    owner.post("/settings/people/", {"email": EVE, "role": "editor"})
    sign_up = {"account_name": "Dora", "name": "Dora", "email": DORA}
    visitor.post("/sign-up/", sign_up | {"password1": texts["password"]})
    ann = User.objects.create_user(email=ANN, password=texts["password"])
    confirm_address(ann)
    visitor.post("/password/", {"email": ANN})
    texts |= _second_step(given, ANN, texts["password"])
    for envelope in sink.envelopes:
        for path in LINK.findall(_plain(envelope.raw)):
            kind, _, token = path.decode().rpartition("/")
            texts[f"link {kind}"] = token


def _second_step(given: Given, address: str, password: str) -> dict[str, str]:
    """This person turns two-factor sign-in on, in their browser."""
    visitor = Visitor()
    visitor.post("/sign-in/", {"login": address, "password": password})
    visitor.post("/me/again/", {"password": password, "next": "/me/"})
    page = visitor.get("/me/two-factor/on/").content.decode()
    secret = re.findall(r'id="secret" value="(\w+)"', page)[0]
    code = format_hotp_value(hotp_value(secret, int(given.clock().timestamp()) // 30))
    visitor.post("/me/two-factor/on/", {"code": code})
    page = visitor.get("/me/two-factor/codes/").content.decode()
    return {"app secret": secret, "recovery code": RECOVERY_CODE.findall(page)[0]}


def _plain(raw: bytes) -> bytes:
    message = message_from_bytes(raw, policy=policy.default)
    part = message.get_body(("plain",))
    return (part.get_content() if part else "").encode()


def _use(found: Secrets) -> None:
    """Each of them everywhere, as those do who may, and as those who mistake it."""
    texts = found.texts
    key, password = texts["api key"], texts["password"]
    basic = base64.b64encode(f"{key}:".encode()).decode()
    for headers in (
        {"HTTP_X_WRITE_KEY": key},
        {"HTTP_AUTHORIZATION": f"Bearer {key}"},
        {"HTTP_AUTHORIZATION": f"Basic {basic}"},
    ):
        for address in (
            "v1/track",
            "v1/nowhere",
            "api/v1/campaigns/1/surveys",
            f"v1/{key}",
        ):
            found.use(address, **headers)
    for body in (f'{{"writeKey": "{key}", ', f'{{"writeKey": "{key}x"}}', f'"{key}"'):
        answer = Visitor().post(f"/v1/track?writeKey={key}", body, content_type="a/b")
        found.note(answer)
    token = texts["connection token"]
    found.use(f"v1/segment/webhook/{token}", HTTP_X_SIGNATURE=texts["connection secret"])
    for name, secret in texts.items():
        if name.startswith("link "):
            found.use(f"{name.removeprefix('link ')}/{secret}")
    cookie = {settings.SESSION_COOKIE_NAME: texts["session"]}
    visitor = Visitor()
    visitor.cookies.load(cookie)
    for path in ("/", "/nowhere/", "/contacts/999/", "/settings/people/"):
        found.note(visitor.get(path))
        found.note(visitor.post(path, {"password": password}))
    for code in (texts["app secret"], texts["recovery code"]):
        visitor = Visitor()
        visitor.post("/sign-in/", {"login": ANN, "password": password})
        found.note(visitor.post("/sign-in/code/", {"code": f"{code}x"}))
    for login, word in ((DORA, password), (password, "x"), (EVE, f"{password}!")):
        found.note(Visitor().post("/sign-in/", {"login": login, "password": word}))


def _gone(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("the server closed the connection unexpectedly")


@contextmanager
def _log() -> Iterator[io.StringIO]:
    """What the installation's own log would say, from INFO up."""
    written = io.StringIO()
    root, django = logging.getLogger(), logging.getLogger("django")
    requests = logging.getLogger("django.request")
    levels = [(each, each.level) for each in (root, django, requests)]
    handler = logging.StreamHandler(written)
    handler.setFormatter(_formatter(root))
    root.addHandler(handler)
    for logger, _ in levels:
        logger.setLevel(logging.INFO)
    others = [each for each in root.handlers if each is not handler]
    for other in others:
        root.removeHandler(other)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        for other in others:
            root.addHandler(other)
        for logger, level in levels:
            logger.setLevel(level)


def _formatter(root: logging.Logger) -> logging.Formatter | None:
    """That of the configured handler, which masks."""
    return next((each.formatter for each in root.handlers if each.formatter), None)
