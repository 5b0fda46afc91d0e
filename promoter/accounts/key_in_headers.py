"""The API key in a request's headers, in each way in which clients send it."""

from __future__ import annotations

import base64
import binascii

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class KeyInHeaders(BaseAuthentication):
    """Finds the key (`request.auth`); who it belongs to is looked up by the view."""

    def authenticate(self, request: Request) -> tuple[None, str] | None:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        key = ""
        if scheme.lower() == "basic":
            key = _basic_user(value)
        elif scheme.lower() in {"bearer", "token"}:
            key = value.strip()
        key = key or request.META.get("HTTP_X_WRITE_KEY", "").strip()
        return (None, key) if key else None


def _basic_user(value: str) -> str:
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[0].strip()
