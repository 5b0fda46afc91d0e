"""Whoever sends requests to the application in this process: a client, a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import override_settings

from promoter.accounts.models import Account, Membership, User
from promoter.lib.smtp_sink_thread import SmtpSink
from surveys.sending.transport import close_kept_connection


class Visitor(Client):
    """Requests as a server would hand them on; an exception is a 500, as out there."""

    def __init__(self, **headers: Any) -> None:
        site = urlsplit(settings.SITE_URL)
        environ: dict[str, Any] = {
            "SERVER_NAME": site.hostname,
            "SERVER_PORT": str(site.port or (443 if settings.HTTPS else 80)),
            "wsgi.url_scheme": site.scheme,
        }
        super().__init__(raise_request_exception=False, **(environ | headers))

    def call(self, address: str, body: dict[str, Any], *, key: str) -> int:
        """One call of the Tracking API; its status."""
        answer = self.post(
            f"/v1/{address}",
            json.dumps(body),
            content_type="application/json",
            HTTP_X_WRITE_KEY=key,
        )
        return status_of(answer)


def status_of(answer: Any) -> int:
    """Read it to its end, as a server does."""
    assert isinstance(answer, HttpResponseBase)  # noqa: S101 (for the type checker)
    if answer.streaming:
        for _ in answer:
            pass
    return answer.status_code


def sign_in(account: Account, *, address: str) -> Visitor:
    """As an owner of the account, made for it."""
    user = User.objects.create_user(email=address, password=None, name="Owner")
    Membership.objects.create(account=account, user=user, role=Membership.Role.OWNER)
    visitor = Visitor()
    visitor.force_login(user)
    return visitor


@contextmanager
def mail_server(**settings_beside: Any) -> Iterator[SmtpSink]:
    """One in a thread, that this process's mail goes to."""
    sink = SmtpSink()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=sink.port,
        **{"EMAIL_TIMEOUT": 10, **settings_beside},
    ):
        try:
            yield sink
        finally:
            close_kept_connection()
            sink.close()
