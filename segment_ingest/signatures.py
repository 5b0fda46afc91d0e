"""Segment's X-Signature: hex HMAC-SHA1 over what it sends, as it sends it.

Of an array Segment signs the first element alone (its own tests sign `body[0]`), so that
slice of the raw text is verified; the rest stands on the secret token in the URL. Never
over JSON written anew: Python spells numbers and escapes another way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable


def is_signed(text: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets made the signature of the text or of its first element."""
    given = signature.strip().lower().encode("ascii", "replace")
    signed = [text]
    first = first_element(text)
    if first is not None:
        signed.append(first)
    matches = [
        hmac.compare_digest(_sign(part, secret), given)
        for secret in secrets
        for part in signed
    ]
    return any(matches)


def first_element(text: bytes) -> bytes | None:
    """The exact bytes of a JSON array's first element; None for anything else."""
    try:
        document = text.decode("utf-8-sig")
        inside = document.lstrip(" \t\r\n")
        if not inside.startswith("["):
            return None
        inside = inside[1:].lstrip(" \t\r\n")
        # float: Python refuses to read an int of more than 4,300 digits.
        _, end = json.JSONDecoder(parse_int=float).raw_decode(inside)
    except (ValueError, RecursionError):
        return None
    return inside[:end].encode()


def _sign(part: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), part, hashlib.sha1).hexdigest().encode()
