"""Tokens in links of sent mail: a row's id with a proof that we made it.

Nothing is stored: a copy of the database holds no working link. A token is 32 characters
of base64url over 8 bytes of id and 16 bytes of HMAC-SHA256 (128 bits, ASVS 5.0 11.5.1),
keyed by SECRET_KEY and the purpose, so that one purpose's token opens no other door.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache

from django.conf import settings

TOKEN_LENGTH = 32


def make_token(purpose: str, pk: int) -> str:
    packed = pk.to_bytes(8, "big")
    return base64.urlsafe_b64encode(packed + _mac(purpose, packed)).decode()


def read_token(purpose: str, token: str) -> int | None:
    """The id in the token, or None when we did not make it for this purpose.

    SECRET_KEY_FALLBACKS are honoured, so that links in sent mail outlive a rotation.
    """
    if len(token) != TOKEN_LENGTH:
        return None
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    packed, mac = raw[:8], raw[8:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(mac, _mac(purpose, packed, secret)):
            return int.from_bytes(packed, "big")
    return None


def keyed_digest(purpose: str, text: str) -> str:
    """HMAC-SHA256 of the text under ADDRESS_KEY, hex: finds a value without keeping it."""
    key = _key(purpose, settings.ADDRESS_KEY)
    return hmac.digest(key, text.encode(), "sha256").hex()


def _mac(purpose: str, packed: bytes, secret: str | None = None) -> bytes:
    key = _key(purpose, secret or settings.SECRET_KEY)
    return hmac.digest(key, packed, "sha256")[:16]


@lru_cache(maxsize=32)
def _key(purpose: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"promoter.{purpose}".encode(), "sha256")
