"""Crashes told to Sentry, or to what speaks its protocol, with nothing of a person in them.

What is sent: the exception, the stack's files and lines, the packages' versions, the
names of task and address. Not sent: values of variables, bodies, headers, cookies,
queries, SQL, who is signed in.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from promoter.lib.logs import masked

# Of a request only these are told.
OF_REQUEST = {"method", "url"}
# What else the client gathers of its own accord.
UNTOLD = ("user", "breadcrumbs", "extra", "server_name")


def start(*, dsn: str, environment: str) -> None:
    """From now on, in this process. Raises ImproperlyConfigured without the package, and
    for an address that is none."""
    try:
        sentry = import_module("sentry_sdk")
    except ModuleNotFoundError:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but the package sentry-sdk is missing. Install it "
            "(requirements/providers.txt has it), or unset SENTRY_DSN."
        ) from None
    try:
        sentry.init(
            dsn=dsn,
            environment=environment,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_send=without_persons,
        )
    except sentry.utils.BadDsn:
        # Without its words: they quote it, and it holds a key.
        raise ImproperlyConfigured(
            "SENTRY_DSN must look like https://key@sentry.example.com/1."
        ) from None


def without_persons(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """The report, with every text in it as it would stand in a log."""
    kept = {name: value for name, value in event.items() if name not in UNTOLD}
    if "request" in kept:
        request = kept["request"]
        kept["request"] = {name: request[name] for name in OF_REQUEST & set(request)}
    return {name: _cleaned(value) for name, value in kept.items()}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _cleaned(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    return value
