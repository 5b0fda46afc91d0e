"""Requests made to break the Tracking API: bodies, addresses, headers, lengths.

A seed's requests are always the same, so that two databases can be compared by them.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import hmac
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segment_ingest.proving.hostile_texts import Forge

SINGLE = tuple(
    f"/v1/{name}"
    for name in ("identify", "track", "page", "screen", "group", "alias", *"itpsga")
)
BATCHES = ("/v1/batch", "/v1/b", "/v1/import", "/sdk/batch")
ELSEWHERE = ("/v1", "/v1/", "/v1/nothing", "/v1/track/x", "/v1//track", "/v1/track/\xff")
# Of a connection that a proof opens with just these.
WEBHOOK_TOKEN = "webhook".ljust(32, "x")
WEBHOOK_SECRET = "secret".ljust(32, "x")
ORIGINS = ("https://shop.example.com", "https://evil.example.com", "null", "\xff", "")
METHODS = ("GET", "PUT", "OPTIONS", "HEAD", "DELETE", "PATCH", "TRACE", "post")
CONTENT_TYPES = (
    *(
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "\xff/\xfe",
    ),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/json; charset=",
    ),
    *("application/json; charset=hex", "text/plain; charset=utf-16", "a/b; charset=idna"),
)
ENCODINGS = ("gzip", "GZIP", "deflate", "br", "gzip, gzip", "identity", "x-gzip")
RUBBISH = (
    *(
        b"",
        b" \n",
        b"{",
        b"null",
        b"1",
        b'"x"',
        b"[]",
        b"{}",
        b"{}{}",
        b"\x00",
        b"\xff\xfe",
    ),
    *(b"[" * 100_000, b'{"a":' * 90_000, b"[" * 5_000 + b"]" * 5_000, b"x" * 600_000),
    *(b"batch=1&batch=2", b"--x\r\n\r\n--x--", b"\xef\xbb\xbf", b"<x/>", b"\x1f\x8b"),
)
# What a header says and what really follows may differ.
LENGTHS = ("", "0", "-1", "1", "abc", "\xb2", "4194305", "999999999999", "1e3", " 10 ")


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request as a WSGI server would hand it on. `length` None: there is no header;
    then `marks_end` says whether the body's end is known, as with chunks."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    length: str | None
    marks_end: bool


def hostile_requests(*, count: int, seed: int, keys: Sequence[str]) -> Iterator[Hostile]:
    """So many; the first key is a usable one and the most frequent."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    forge = Forge(chance, keys=keys)
    for _ in range(count):
        yield _request(chance, forge, keys)


def _request(chance: random.Random, forge: Forge, keys: Sequence[str]) -> Hostile:
    if forge.one_in(8):
        return _webhook(chance, forge)
    is_batch = forge.one_in(3)
    path = chance.choice(BATCHES if is_batch else SINGLE) + ("/" if forge.one_in(2) else "")
    body = _body(chance, forge, is_batch=is_batch != forge.one_in(30))
    headers = {"CONTENT_TYPE": chance.choice(CONTENT_TYPES)}
    body = _zip(chance, forge, body, headers)
    if not forge.one_in(12):
        headers |= _key_header(chance, forge, keys)
    if forge.one_in(10):
        headers["HTTP_ORIGIN"] = chance.choice(ORIGINS)
    method = chance.choice(METHODS) if forge.one_in(40) else "POST"
    if forge.one_in(40):
        path = chance.choice(ELSEWHERE)
    return _sent(chance, forge, method, path, headers, body)


def _webhook(chance: random.Random, forge: Forge) -> Hostile:
    """What Segment's own destinations post: an event or an array, mostly well signed."""
    text = forge.event(with_type=True)
    array = f"[{text}, {forge.event(with_type=True)}]"
    body = (array if forge.one_in(2) else text).encode()
    signed = chance.choice((text.encode(), body)) if forge.one_in(8) else text.encode()
    signature = hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha1).hexdigest()
    if forge.one_in(15):
        signature = chance.choice(("", "\xff", "0" * 40, signature[:-1], "x" * 10_000))
    if forge.one_in(30):
        body = chance.choice(RUBBISH)
    headers = {"CONTENT_TYPE": chance.choice(CONTENT_TYPES), "HTTP_X_SIGNATURE": signature}
    body = _zip(chance, forge, body, headers)
    token = WEBHOOK_TOKEN
    if forge.one_in(30):
        token = chance.choice(("x", "no-such", "\xff", "x" * 5_000, " ", WEBHOOK_TOKEN[1:]))
    method = chance.choice(("POST", "POST", "PUT", "PATCH"))
    if forge.one_in(40):
        method = chance.choice(METHODS)
    slash = "/" if forge.one_in(2) else ""
    path = f"/v1/segment/webhook/{token}{slash}"
    return _sent(chance, forge, method, path, headers, body)


def _sent(
    chance: random.Random,
    forge: Forge,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
) -> Hostile:
    length: str | None = str(len(body))
    if forge.one_in(25):
        length = chance.choice((None, None, *LENGTHS))
    return Hostile(
        method=method,
        path=path,
        headers=headers,
        body=body,
        length=length,
        marks_end=forge.one_in(2),
    )


def _body(chance: random.Random, forge: Forge, *, is_batch: bool) -> bytes:
    if forge.one_in(30):
        return chance.choice(RUBBISH)
    text = forge.batch() if is_batch else forge.event(with_type=False)
    if forge.one_in(30):
        text = f"[{text}]"
    body = text.encode()
    if forge.one_in(40):
        body = text.encode(chance.choice(("utf-8-sig", "utf-16", "utf-32", "utf-7")))
    if forge.one_in(25):
        body = _damaged(chance, body)
    return body


def _damaged(chance: random.Random, body: bytes) -> bytes:
    """One byte changed, or cut off, or a piece twice."""
    place = chance.randrange(len(body))
    kind = chance.randrange(3)
    if kind == 0:
        return body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
    if kind == 1:
        return body[:place]
    return body[:place] + body[max(0, place - 20) :]


def _zip(
    chance: random.Random, forge: Forge, body: bytes, headers: dict[str, str]
) -> bytes:
    """Compressed, or said to be, or both, or broken."""
    if forge.one_in(30):
        headers["HTTP_CONTENT_ENCODING"] = chance.choice(ENCODINGS)
    if not forge.one_in(6):
        return body
    if forge.one_in(2):
        headers["HTTP_CONTENT_ENCODING"] = "gzip"
    if forge.one_in(40):
        return chance.choice(_bombs())
    if forge.one_in(20):
        return zlib.compress(body)
    # Without a time inside: the same bytes in every run.
    zipped = gzip.compress(body, 1, mtime=0)
    if forge.one_in(10):
        zipped = gzip.compress(zipped, 1, mtime=0)
    return _damaged(chance, zipped) if forge.one_in(8) else zipped


@functools.cache
def _bombs() -> tuple[bytes, ...]:
    """Small, and large when inflated: whole, in layers, in many members, cut off."""
    blanks = gzip.compress(b" " * 50_000_000, mtime=0)
    brackets = gzip.compress(b"[" * 500_000, mtime=0)
    members = gzip.compress(b"", mtime=0) * 20_000
    return blanks, brackets, gzip.compress(blanks, mtime=0), members, blanks[:-8]


def _key_header(chance: random.Random, forge: Forge, keys: Sequence[str]) -> dict[str, str]:
    key = chance.choice(keys) if forge.one_in(8) else keys[0]
    if forge.one_in(40):
        key = chance.choice(
            ("", " ", "\xff\x00", "k" * 10_000, "seg_", key[:-1], f"{key} ")
        )
    kind = chance.randrange(5)
    if kind == 0:
        return {"HTTP_X_WRITE_KEY": key}
    if kind == 1:
        return {"HTTP_AUTHORIZATION": f"{chance.choice(('Bearer', 'token'))} {key}"}
    user = base64.b64encode(f"{key}:".encode()).decode()
    if forge.one_in(40):
        user = chance.choice(("", "=", "\xe4", "//79/w==", user[:-3], f" {user}"))
    return {"HTTP_AUTHORIZATION": f"Basic {user}"}
