"""The API key in a request's headers, in each way in which clients send it."""

from __future__ import annotations

import base64
import binascii

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class KeyInHeaders(BaseAuthentication):
    """Finds the key (`request.auth`); who it belongs to is looked up by the view."""

    def authenticate(self, request: Request) -> tuple[None, str] | None:
        meta = request.META
        key = key_in(meta.get("HTTP_AUTHORIZATION", ""), meta.get("HTTP_X_WRITE_KEY", ""))
        return None if key is None else (None, key)


def key_in(authorization: str, write_key: str) -> str | None:
    """The key that these headers carry, if any."""
    scheme, _, value = authorization.partition(" ")
    key = ""
    if scheme.lower() == "basic":
        key = _basic_user(value)
    elif scheme.lower() in {"bearer", "token"}:
        key = value.strip()
    return key or write_key.strip() or None


def _basic_user(value: str) -> str:
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[0].strip()
