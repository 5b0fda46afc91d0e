"""Prove that no address answers 5xx, whatever it is sent, and each in the form it promises.

Every address of the application is asked, by a stranger and by an owner who is signed in:
with every method, ids and tokens that are or aren't, and fields that its own page and the
product's vocabulary name, filled with what no honest client sends.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import quote, quote_from_bytes

from django.contrib.auth import get_user_model
from django.test.utils import override_settings
from django.urls import get_resolver

from promoter.accounts.models import Account, Membership
from segment_ingest.proving.proof import EVENT, Given, Ground, Proof, make_ground
from segment_ingest.proving.visitor import Visitor, mail_server, sign_in
from segment_ingest.tasks import process_inbox
from surveys import tasks
from surveys.models import Survey

METHODS = ("GET", "GET", "GET", "HEAD", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS")
FIELD = re.compile(rb'<(?:input|select|textarea|button)\b[^>]*?\bname="([^"]+)"')
OPTION = re.compile(rb'\bvalue="([^"]{1,60})"')
WORDS = (
    *("q", "page", "sort", "list", "mail", "from", "to", "score", "next", "filter"),
    *("attribute", "op", "value", "tag", "act", "campaign", "days", "tab", "all"),
    *("confirmed", "contact", "typed", "email", "name", "text", "comment", "file"),
    *("step", "kind", "band", "time_zone", "language", "start", "key", "token", "after"),
)
HOSTILE = (
    *("", " ", "0", "-1", "1", "9" * 19, "9" * 400, "1e400", "NaN", "0x1", "\u0661"),
    *("\x00", "a\x00b", "%00", "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe"),
    *("'", '"><script>alert(1)</script>', "' OR 1=1 --", "../../etc/passwd", "{{ 7*7 }}"),
    *(
        "\r\nSet-Cookie: a=b",
        "x" * 5_000,
        "\U0001f4a9" * 300,
        "\u202e",
        "a@b",
        "a@b.c, d@e.f",
    ),
    *(
        "[]",
        "{}",
        "null",
        "true",
        "2026-02-30",
        "2026-13-45T99:99",
        "0001-01-01",
        "9999-12-31",
    ),
    *("Mars/Phobos", "javascript:alert(1)", "//evil.example", "q=%ZZ&a=", "=&=&=", ";"),
)
API = ("/v1/", "/api/", "/sdk/")


def prove_fuzz(given: Given, *, requests: int) -> Proof:
    """So many requests, over all addresses in turn."""
    chance = given.chance()
    start = time.monotonic()
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with mail_server(), override_settings(PASSWORD_HASHERS=quick, SIGN_UP_OPEN=True):
        ground = _make_ground(given)
        fuzz = _Fuzz(chance, ground, addresses())
        for number in range(requests):
            fuzz.ask(number)
            if number % 500 == 499:
                process_inbox()
    errors = [path for path, status in fuzz.answers if status >= 500]
    statuses = Counter(status // 100 for _, status in fuzz.answers)
    return Proof(
        figures={
            "addresses": len(fuzz.addresses),
            "requests": requests,
            **{f"{kind}xx": statuses[kind] for kind in (2, 3, 4)},
            "5xx": len(errors),
            "shapeless": len(fuzz.shapeless),
            "where": ",".join(sorted({*errors, *fuzz.shapeless})[:5]) or "-",
            "seconds": f"{time.monotonic() - start:.1f}",
        },
        broken={
            "answers were a 5xx": len(errors),
            "answers were not in the form that is promised": len(fuzz.shapeless),
        },
    )


def addresses() -> list[tuple[str, tuple[str, ...]]]:
    """Every address outside the admin: a template, and the names of its parameters."""
    found = {
        (template, tuple(params)) for _, ways, *_ in _entries() for template, params in ways
    }
    return sorted(found)


def _entries() -> list[tuple[Any, ...]]:
    table = get_resolver().reverse_dict
    return [(key, *entry) for key in table for entry in table.getlist(key)]


class _Fuzz:
    """A stranger and an owner at every address."""

    def __init__(
        self,
        chance: random.Random,
        ground: Ground,
        addresses: list[tuple[str, tuple[str, ...]]],
    ) -> None:
        self.answers: list[tuple[str, int]] = []
        self.shapeless: list[str] = []
        self.addresses = chance.sample(addresses, len(addresses))
        self._chance, self._ground = chance, ground
        self._fields: dict[str, list[tuple[str, str]]] = {}
        self._survey = Survey.objects.filter(account=ground.account).first()
        self._stranger = Visitor()
        self._owner = sign_in(ground.account, address="owner@example.net")

    def ask(self, number: int) -> None:
        template, params = self.addresses[number % len(self.addresses)]
        path = "/" + template % {name: self._value_of(name) for name in params}
        method = self._chance.choice(METHODS)
        visitor = self._stranger if self._one_in(4) else self._come_in()
        fields = self._fields_of(template, path)
        content, kind = self._content(fields)
        query = self._query(fields)
        answer = visitor.generic(method, path + query, content, kind, **self._headers())
        self._judge(template, answer)

    def _judge(self, template: str, answer: Any) -> None:
        if answer.streaming:
            for _ in answer:
                pass
        self.answers.append((template, answer.status_code))
        if answer.status_code < 400 or answer.status_code == 405:
            return
        kind = answer.headers.get("Content-Type", "")
        if f"/{template}".startswith(API):
            fine = kind == "application/json" and _is_object(answer.content)
        else:
            fine = kind.startswith(("text/html", "text/plain", "application/json"))
        if not fine and answer.content:
            self.shapeless.append(template)

    def _come_in(self) -> Visitor:
        """The owner, who may have left, been signed out or lost the account meanwhile."""
        if self._one_in(20):
            user = get_user_model().objects.filter(email="owner@example.net").first()
            alive = Account.objects.filter(pk=self._ground.account.pk).exists()
            if user is not None and alive:
                Membership.objects.update_or_create(
                    account=self._ground.account,
                    user=user,
                    defaults={"role": Membership.Role.OWNER},
                )
                self._owner.force_login(user)
        return self._owner

    def _fields_of(self, template: str, path: str) -> list[tuple[str, str]]:
        """The names on the page, each with a value that stands there."""
        if template not in self._fields:
            page = self._owner.get(path)
            content = b"" if page.streaming else page.content
            values = [each.decode("utf-8", "replace") for each in OPTION.findall(content)]
            names = {each.decode("utf-8", "replace") for each in FIELD.findall(content)}
            self._fields[template] = [
                (name, self._chance.choice(values or ["1"])) for name in sorted(names)
            ]
        return self._fields[template]

    def _content(self, fields: list[tuple[str, str]]) -> tuple[bytes, str]:
        if self._one_in(6):
            text = json.dumps({name: self._junk().decode("latin-1") for name in WORDS[:9]})
            return text.encode(), "application/json"
        if self._one_in(8):
            return self._junk() * 50, self._chance.choice(
                ("", "multipart/form-data", "\x7f")
            )
        return _encoded(self._some(fields)), "application/x-www-form-urlencoded"

    def _query(self, fields: list[tuple[str, str]]) -> str:
        return "?" + _encoded(self._some(fields)).decode("ascii") if self._one_in(2) else ""

    def _some(self, fields: list[tuple[str, str]]) -> list[tuple[str, bytes]]:
        pairs = [
            (name, self._junk() if self._one_in(3) else value.encode())
            for name, value in fields
            if not self._one_in(8)
        ]
        words = self._chance.sample(WORDS, self._chance.randrange(4))
        return pairs + [(word, self._junk()) for word in words]

    def _value_of(self, name: str) -> str:
        if name == "pk" or name.endswith("_pk") or name == "number":
            return self._chance.choice(("1", "1", "2", "3", "0", "9" * 18, "9" * 40))
        if name == "token" and self._survey is not None and not self._one_in(3):
            return self._survey.token
        safe = ("x", "1", "first", "email", "amazon_ses", "x" * 300, "\u00e9", "a b", "..")
        return self._chance.choice(safe)

    def _headers(self) -> dict[str, Any]:
        chosen = self._chance.choice
        headers = {
            "HTTP_HX_REQUEST": "true",
            "HTTP_ACCEPT_LANGUAGE": chosen(("de", "xx-\xff", "," * 900, "de;q=nan")),
            "HTTP_REFERER": chosen(("//evil.example", "\xff", "http://[", "x" * 9_000)),
            "HTTP_X_WRITE_KEY": chosen((self._ground.key, "\xff", "")),
            "HTTP_AUTHORIZATION": chosen((f"Bearer {self._ground.key}", "Basic \xff", "x")),
            "HTTP_ORIGIN": chosen(("null", "https://evil.example", "\xff")),
            "HTTP_RANGE": chosen(("bytes=0-1", "bytes=-", "x")),
            "HTTP_IF_MODIFIED_SINCE": chosen(("x", "Mon, 99 Foo 9999")),
        }
        return {name: value for name, value in headers.items() if self._one_in(4)}

    def _junk(self) -> bytes:
        junk = self._chance.choice(HOSTILE)
        return junk if isinstance(junk, bytes) else junk.encode()

    def _one_in(self, number: int) -> bool:
        return self._chance.randrange(number) == 0


def _make_ground(given: Given) -> Ground:
    """An account with a person who was asked, so that pages have something to show."""
    ground = make_ground(now=given.clock() - timedelta(hours=1))
    visitor, who = Visitor(), {"userId": "u"}
    traits = {"email": "pat@example.com", "plan": "pro"}
    visitor.call("identify", who | {"traits": traits}, key=ground.key)
    visitor.call("track", who | {"event": EVENT}, key=ground.key)
    process_inbox()
    tasks.deliver_due_emails()
    token = Survey.objects.get(account=ground.account).token
    visitor.post(f"/s/{token}/", {"score": 9, "comment": "Good"})
    return ground


def _encoded(pairs: list[tuple[str, bytes]]) -> bytes:
    parts = [f"{quote(name)}={quote_from_bytes(value)}" for name, value in pairs]
    return "&".join(parts).encode()


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False
