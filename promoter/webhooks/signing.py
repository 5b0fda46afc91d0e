"""Signatures as Standard Webhooks 1.0 has them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
# The specification asks for 24 to 64 random bytes.
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret to share with the receiver: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_bytes(secret: str) -> bytes:
    """The key in it. Raises ValueError when it is not of the specification's shape."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")
    return key


def signed_headers(
    *, webhook_id: str, body: bytes, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """The three headers; one signature for each secret, so that one can be replaced."""
    timestamp = str(int(now.timestamp()))
    content = b".".join((webhook_id.encode(), timestamp.encode(), body))
    signatures = (
        base64.b64encode(hmac.digest(secret_bytes(secret), content, hashlib.sha256))
        for secret in secrets
    )
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{one.decode()}" for one in signatures),
    }
