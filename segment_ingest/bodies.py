"""From the bytes of a body to the JSON in it, under limits. No database and no clock."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

import msgspec

GZIP_MAGIC = b"\x1f\x8b"
# Concatenated gzip members are one body; thousands of empty ones are an attack.
MAX_GZIP_MEMBERS = 8
# A longer integer is beyond a double's range, like 1e400, and costs quadratic time.
MAX_DIGITS = 308
# Of so many digits in a row, every thirtieth character of a text shows at least ten.
_STEP, _LONG_NUMBER = 30, re.compile(rb"[0-9]{10}")
_decode = msgspec.json.Decoder().decode


class Refusal(Exception):
    """The request as a whole can't be used: an HTTP status, a code, a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def read_text(body: bytes, *, gzipped: bool, most: int) -> bytes:
    """The body as text of at most so many bytes. Raises Refusal.

    Content-Type is ignored (clients send text/plain and even form types); gzip is told by
    the header or by its magic bytes, and inflated under the same cap.
    """
    if gzipped or body.startswith(GZIP_MAGIC):
        body = _inflate(body, most)
    if len(body) > most:
        raise too_large(most)
    return body


def read_json(text: bytes) -> tuple[Any, bool]:
    """The JSON in a text, and whether it can be stored as it is but for its depth.
    Raises Refusal.

    Nearly all can, and are read by the fast reader. The rest (NUL, lone surrogates,
    numbers beyond a double, a byte order mark, no JSON) is left to the slow one, whose
    infinities pass: they cost the event that holds them, not its batch.
    """
    if b"\\u0000" not in text and not _LONG_NUMBER.search(text[::_STEP]):
        try:
            return _decode(text), True
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    return _read_any(text), False


def _read_any(text: bytes) -> Any:
    if not text.strip():
        raise Refusal(400, "empty_body", "The body is empty. Send a JSON object.")
    try:
        return json.loads(text.decode("utf-8-sig"), parse_int=_integer)
    except UnicodeDecodeError:
        raise Refusal(400, "not_utf8", "The body is not UTF-8 text.") from None
    except RecursionError:
        raise Refusal(400, "too_deep", "The body is nested too deeply.") from None
    except ValueError:
        raise Refusal(400, "bad_json", "The body is not valid JSON.") from None


def too_large(most: int) -> Refusal:
    return Refusal(413, "body_too_large", f"The body is larger than {most // 1024} KB.")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float("inf")


def _inflate(body: bytes, cap: int) -> bytes:
    """Every member of a gzip body, never more than the cap. Raises Refusal."""
    if len(body) > cap:
        raise too_large(cap)
    whole = b""
    for _ in range(MAX_GZIP_MEMBERS):
        stream = zlib.decompressobj(wbits=31)
        try:
            whole += stream.decompress(body, cap + 1 - len(whole))
        except zlib.error:
            raise Refusal(400, "bad_gzip", "The body is not valid gzip.") from None
        if len(whole) > cap:
            raise too_large(cap)
        if not stream.eof:
            raise Refusal(400, "bad_gzip", "The gzip body ends too early.")
        body = stream.unused_data
        if not body:
            return whole
    raise Refusal(400, "bad_gzip", "The gzip body has too many parts.")
