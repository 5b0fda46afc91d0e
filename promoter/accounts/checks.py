"""System checks: configuration that starts, but would fail or harm later.

`manage.py check` (and so `migrate`) and the Celery worker run them. An error stops the
start; a warning is printed. With DEBUG on there is nothing to check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host

# Random characters of the usual alphabets carry 4 to 6 bits each: 128 bits at least.
MIN_SECRET_LENGTH = 32
MIN_SECRET_CHARACTERS = 10
DOMAIN = re.compile(r"[^@\s]+\.[a-z0-9-]{2,}", re.IGNORECASE)


def check_configuration(**_: Any) -> list[checks.CheckMessage]:
    if settings.DEBUG:
        return []
    return [*_secrets(), *_site(), *_proxy(), *_mail()]


def _secrets() -> Iterator[checks.CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) < MIN_SECRET_LENGTH or len(set(key)) < MIN_SECRET_CHARACTERS:
        yield checks.Error(
            "SECRET_KEY can be guessed.",
            hint="Who has it signs in as anybody. Set it to the output of "
            "`openssl rand -base64 48`.",
            id="promoter.E001",
        )
    if settings.SECRET_KEY_FALLBACKS and key == settings.ADDRESS_KEY:
        yield checks.Error(
            "SECRET_KEY was rotated, but ADDRESS_KEY is not set.",
            hint="Nobody who unsubscribed would be found again. Set ADDRESS_KEY to the "
            "first SECRET_KEY of this installation and never change it.",
            id="promoter.E002",
        )


def _site() -> Iterator[checks.CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    host = site.hostname or ""
    if site.path or site.query or site.fragment:
        yield checks.Error(
            f"SITE_URL {settings.SITE_URL} has something after the host name.",
            hint="Promoter needs a host name of its own, such as https://nps.example.com.",
            id="promoter.E003",
        )
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield checks.Error(
            f"ALLOWED_HOSTS lacks {host}, the host name in SITE_URL.",
            hint="Every link in a survey mail would be answered 400. Add the name, or "
            "leave ALLOWED_HOSTS unset: then it is taken from SITE_URL.",
            id="promoter.E004",
        )
    if site.scheme == "http" and not _is_loopback(host):
        yield checks.Warning(
            "SITE_URL starts with http://.",
            hint="Passwords, answers and Segment’s key travel readable. Put a TLS proxy in "
            "front, set SITE_URL to https:// and BEHIND_PROXY=1.",
            id="promoter.W001",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield checks.Warning(
            "ALLOWED_HOSTS is *: any host name is answered.",
            hint="Leave it unset: then it is taken from SITE_URL.",
            id="promoter.W002",
        )


def _proxy() -> Iterator[checks.CheckMessage]:
    behind_proxy = getattr(settings, "SECURE_PROXY_SSL_HEADER", None) is not None
    if settings.SECURE_SSL_REDIRECT and not behind_proxy:
        yield checks.Warning(
            "SITE_URL starts with https://, but BEHIND_PROXY is off.",
            hint="Behind a TLS proxy every page would redirect to itself for ever: set "
            "BEHIND_PROXY=1 and let the proxy set X-Forwarded-Proto. If the web server "
            "speaks TLS itself, set SECURE_SSL_REDIRECT=0.",
            id="promoter.W003",
        )


def _mail() -> Iterator[checks.CheckMessage]:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    if not DOMAIN.fullmatch(domain):
        yield checks.Error(
            f"DEFAULT_FROM_EMAIL {settings.DEFAULT_FROM_EMAIL!r} has no domain.",
            hint="Mail servers refuse such a sender. Set it to an address of a domain "
            "that you may send for, such as surveys@example.com.",
            id="promoter.E005",
        )
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
            yield checks.Warning(
                "EMAIL_URL is console://: survey mail is printed instead of sent.",
                hint="Set it to your mail server, such as "
                "smtp+tls://user:password@mail.example.com:587.",
                id="promoter.W004",
            )
        return
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if (
        settings.EMAIL_HOST_PASSWORD
        and not encrypted
        and not _is_loopback(settings.EMAIL_HOST)
    ):
        yield checks.Warning(
            "The password in EMAIL_URL travels readable.",
            hint="Use smtp+tls:// (STARTTLS, port 587) or smtps:// (TLS, port 465).",
            id="promoter.W005",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
