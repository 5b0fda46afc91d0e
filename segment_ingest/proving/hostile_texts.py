"""JSON as no honest client writes it, in pieces; each the same for the same seed.

Texts and not values, because much of what can go wrong has no value in Python: a key that
stands twice, NaN, a number of 5,000 digits, half of a surrogate pair.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

Pairs = Sequence[tuple[str, str]]

TYPES = ("identify", "track", "page", "screen", "group", "alias", "delete")
NUMBERS = (
    *("0", "-0", "-0.0", "1", "42", "4.2e10", "0.1", "-1", "1e308", "5e-324", "1e-999"),
    *("1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9007199254740993"),
    *("9" * 20, "9" * 308, "9" * 309, "-" + "9" * 309, "9" * 5_000, "1" + "0" * 255),
)
# Within quotes they are JSON's spelling of what no database takes.
ESCAPES = (r"\u0000", r"\ud800", r"\udfff\ud800", r"a\u0000b", r"\ud83d\ude00", r"\u202e")
TEXTS = (
    *("", " ", "\t", "x", "null", "true", "track", "😀" * 255, "ß" * 256, "é", "e\u0301"),
    *("a" * 255, "a" * 256, "b" * 10_000, "'; DROP TABLE contacts_contact; --", "%s%(x)s"),
    *(
        "{{ contact.email }}",
        "{% now %}",
        "<script>alert(1)</script>",
        "=1+1",
        "\r\nBcc: x",
    ),
    *("../../etc/passwd", "\ufeff", "\ufffe\uffff", "\u2028", "__proto__", "constructor"),
)
ADDRESSES = (
    *("ada@example.com", "ADA@EXAMPLE.COM ", "bob@example.com", "ada@", "@example.com"),
    *("a@b", "ada@bücher.example", "😀@example.com", "x" * 250 + "@example.com", "ada"),
    *("Ada <ada@example.com>", "ada@example.com,bob@example.com", "ada\n@example.com"),
    *('"a b"@example.com', "ada@[127.0.0.1]", "ada@example..com"),
)
TIMES = (
    *("2020-01-02T03:04:05Z", "2020-01-02T03:04:05.678+14:00", "2020-01-02", "yesterday"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2100-02-30", "1" * 10_000),
    *("2020-01-02T03:04:60Z", "2020-W01-1", "20200102T030405Z", "1577934245"),
)
NAMES = (
    *("type", "action", "event", "userId", "anonymousId", "groupId", "previousId", "name"),
    *("traits", "properties", "context", "integrations", "messageId", "timestamp", "email"),
    *("originalTimestamp", "sentAt", "receivedAt", "batch", "writeKey", "version", "id"),
)
TRAITS = (
    *("email", "Email", "EMAIL", "firstName", "first_name", "lastName", "name", "plan"),
    *("createdAt", "user_id", "id", "phone", "address", "", "$set", "a.b", "a" * 300),
)
USERS = ("user-1", "user-2", "user-3", "user-4")
EVENTS = ("Order Completed", " Order Completed ", "order completed", "Signed Up")


def text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def write(pairs: Pairs) -> str:
    return "{" + ", ".join(f"{text(name)}: {value}" for name, value in pairs) + "}"


def nested(depth: int, *, inside: str = "1", brackets: bool = True) -> str:
    before, after = ("[", "]") if brackets else ('{"a": ', "}")
    return before * depth + inside + after * depth


class Forge:
    """Makes pieces by chance: `odd` ones, and events that are odd here and there."""

    def __init__(self, chance: random.Random, *, keys: Sequence[str]) -> None:
        self.chance = chance
        self.keys = keys

    def one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def odd(self, depth: int = 3) -> str:
        """Any JSON value, or what only looks like one."""
        kind = self.chance.randrange(12 if depth else 8)
        if kind < 2:
            return self.chance.choice(("null", "true", "false", "[]", "{}", '""'))
        if kind < 4:
            return self.chance.choice(NUMBERS)
        if kind < 6:
            return text(self.chance.choice(TEXTS + ADDRESSES + TIMES + TYPES))
        if kind == 6:
            return f'"{self.chance.choice(ESCAPES)}"'
        if kind == 7:
            return self._large()
        if kind < 10:
            items = [self.odd(depth - 1) for _ in range(self.chance.randrange(4))]
            return f"[{', '.join(items)}]"
        return write(
            [(self._name(), self.odd(depth - 1)) for _ in range(self.chance.randrange(4))]
        )

    def event(self, *, with_type: bool) -> str:
        """Mostly one that can be used; each part may be missing, odd or there twice."""
        choose = self.chance.choice
        parts: list[tuple[str, str]] = []
        if with_type or self.one_in(10):
            kind = choose((*TYPES[:2], *TYPES))
            parts.append(("action" if self.one_in(10) else "type", text(kind)))
        parts.append(("userId", text(choose(USERS))))
        parts.append(("event", text(choose(EVENTS))))
        parts.append(("traits", self._traits()))
        if self.one_in(2):
            parts.append(("messageId", text(f"m-{self.chance.randrange(10_000)}")))
        if self.one_in(3):
            parts.append(("context", write([("traits", self._traits())])))
        if self.one_in(3):
            parts.append((choose(("timestamp", "originalTimestamp")), text(choose(TIMES))))
        parts = [part for part in map(self._spoil, parts) if part]
        while self.one_in(3):
            parts.append((choose(NAMES), self.odd()))
        if self.one_in(30):
            parts.append(("writeKey", self.key_text()))
        self.chance.shuffle(parts)
        return write(parts)

    def batch(self) -> str:
        """A batch of events, some of them none."""
        size = self.chance.choice((0, 1, 1, 2, 2, 3, 5))
        events = [
            self.odd() if self.one_in(12) else self.event(with_type=True)
            for _ in range(size)
        ]
        if self.one_in(500):
            events = ["{}"] * self.chance.choice((2_500, 2_501))
        parts = [("batch", self.odd() if self.one_in(15) else f"[{', '.join(events)}]")]
        for name in ("context", "integrations", "sentAt", "timestamp", "writeKey", "type"):
            if self.one_in(8):
                parts.append((name, self.odd()))
        if self.one_in(10):
            parts.append(("writeKey", self.key_text()))
        self.chance.shuffle(parts)
        return write(parts)

    def key_text(self) -> str:
        return self.odd() if self.one_in(4) else text(self.chance.choice(self.keys))

    def _traits(self) -> str:
        pairs = [("email", text(self.chance.choice(ADDRESSES)))]
        while self.one_in(2):
            pairs.append((self.chance.choice(TRAITS), self.odd()))
        return write(pairs)

    def _spoil(self, part: tuple[str, str]) -> tuple[str, str] | None:
        if self.one_in(10):
            return part[0], self.odd()
        if self.one_in(15):
            return None
        return part

    def _name(self) -> str:
        return self.chance.choice(NAMES + TRAITS + TEXTS)

    def _large(self) -> str:
        """Deep, long or broken; seldom, as most of them spoil the whole body."""
        rare = self.chance.randrange(12)
        if rare == 0:
            depth = self.chance.choice((29, 30, 31, 32, 33, 100, 900, 30_000))
            return nested(depth, brackets=self.one_in(2))
        if rare == 1:
            return text("y" * self.chance.choice((31_000, 33_000, 33 * 1024)))
        if rare == 2:
            return write([(str(number), str(number)) for number in range(2_000)])
        if rare == 3:
            return self.chance.choice(("", "undefined", "'x'", "01", "[1,]", '"\x00"', "{"))
        return '"plain"'
