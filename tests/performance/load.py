"""Many clients that keep their connections and ask again at once: wrk if it is installed
(`apt-get install wrk`), else a loop of sockets in this process.

Each request carries an event of its own, and the keys take turns.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

NUMBER = "@NUMBER@"
EVENT = (
    '{"type":"track","userId":"user-@NUMBER@","event":"Order Completed",'
    '"messageId":"api-1J5RB2mG-@NUMBER@","anonymousId":"e3f4a9b0-5c1d-4e2f-8a7b",'
    '"timestamp":"%s","context":{"library":{"name":"analytics-node","version":"2.2.0"},'
    '"ip":"203.0.113.7"},"properties":{"revenue":39.95,"plan":"pro","items":3},'
    '"integrations":{}}'
)
# Who they are, and what they did: two events of one person, each with an id of its own.
WHO = (
    '{"type":"identify","userId":"user-@NUMBER@","messageId":"who-@NUMBER@",'
    '"timestamp":"%s","traits":{"email":"user-@NUMBER@@example.com","firstName":"Ada",'
    '"plan":"pro"}}'
)
PAIR = (WHO, EVENT)
KIND = "application/json"
WRK = """
local keys = {%(keys)s}
local templates = {%(templates)s}
local events = %(events)d
local head, tail = '%(head)s', '%(tail)s'
local count, asked = 0, 0
request = function()
  local parts = {}
  for place = 1, events do
    local number = '%(run)s' .. math.floor(count / #templates)
    parts[place] = string.gsub(templates[count %% #templates + 1], '%(number)s', number)
    count = count + 1
  end
  local body = head .. table.concat(parts, ',') .. tail
  local key = keys[math.floor(asked / %(turns)d) %% #keys + 1]
  asked = asked + 1
  local headers = {['Authorization'] = 'Basic ' .. key, ['Content-Type'] = '%(kind)s'}
  return wrk.format('POST', nil, headers, body)
end
"""
WRK_GET = """
local paths = {%s}
local asked = 0
request = function()
  asked = asked + 1
  return wrk.format('GET', paths[asked %% #paths + 1])
end
"""
WRK_UNITS = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: answers a second, how many were no 2xx, and milliseconds."""

    rate: float
    answers: int
    refused: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent, by how many clients. `events` of 0 is a single call, not a batch.

    The templates take turns; events of one number are of one person and one key. With
    paths these are asked for in turns, and nothing is posted.
    """

    url: str
    keys: Sequence[str] = ()
    clients: int = 16
    events: int = 0
    timestamp: str = ""
    templates: Sequence[str] = (EVENT,)
    paths: Sequence[str] = ()
    run: str = field(default_factory=lambda: secrets.token_hex(4) + "-")

    @property
    def turns(self) -> int:
        """How many requests follow each other with one key."""
        return len(self.templates) if self.events < 2 else 1

    def body(self, number: int) -> bytes:
        """As the script above makes it."""
        if not self.events:
            return self._event(number).encode()
        numbers = range(number * self.events, (number + 1) * self.events)
        return ('{"batch":[' + ",".join(map(self._event, numbers)) + "]}").encode()

    def _event(self, number: int) -> str:
        person, place = divmod(number, len(self.templates))
        event = self.templates[place] % self.timestamp
        return event.replace(NUMBER, f"{self.run}{person}")

    def send(self, seconds: float) -> Figures:
        wrk = shutil.which("wrk")
        return self._wrk(wrk, seconds) if wrk else asyncio.run(self._sockets(seconds))

    def _wrk(self, program: str, seconds: float) -> Figures:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "load.lua"
            path.write_text(self._script())
            said = subprocess.run(
                [
                    *(program, "-t1", f"-c{self.clients}", f"-d{max(1, round(seconds))}s"),
                    *("--latency", "-s", path, self.url),
                ],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        return Figures(
            rate=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
            answers=int(_found(r"(\d+) requests in", said)),
            refused=int(refused[1]) if refused else 0,
            p50=_milliseconds("50%", said),
            p99=_milliseconds("99%", said),
        )

    def _script(self) -> str:
        if self.paths:
            return WRK_GET % ",".join(f"'{path}'" for path in self.paths)
        return WRK % {
            "keys": ",".join(f"'{basic(key)}'" for key in self.keys),
            "templates": ",".join(f"'{each % self.timestamp}'" for each in self.templates),
            "turns": self.turns,
            "events": max(1, self.events),
            "head": '{"batch":[' if self.events else "",
            "tail": "]}" if self.events else "",
            "number": NUMBER,
            "run": self.run,
            "kind": KIND,
        }

    async def _sockets(self, seconds: float) -> Figures:
        host, port = self.url.split("/")[2].split(":")
        statuses: Counter[bool] = Counter()
        times: list[float] = []
        begun = time.perf_counter()

        async def client(first: int) -> None:
            reader, writer = await asyncio.open_connection(host, int(port))
            number = first
            while time.perf_counter() - begun < seconds:
                writer.write(self._request(number))
                asked = time.perf_counter()
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                assert length, head
                await reader.readexactly(int(length[1]))
                times.append(time.perf_counter() - asked)
                statuses[head[9:10] == b"2"] += 1
                number += self.clients
            writer.close()

        await asyncio.gather(*(client(number) for number in range(self.clients)))
        took = time.perf_counter() - begun
        times.sort()
        return Figures(
            rate=len(times) / took,
            answers=len(times),
            refused=statuses[False],
            p50=1_000 * times[len(times) // 2],
            p99=1_000 * times[len(times) * 99 // 100],
        )

    def _request(self, number: int) -> bytes:
        _, _, host, path = self.url.split("/", 3)
        if self.paths:
            path = self.paths[number % len(self.paths)]
            return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        body = self.body(number)
        key = self.keys[number // self.turns % len(self.keys)]
        head = (
            f"POST /{path} HTTP/1.1\r\nHost: {host}"
            f"\r\nAuthorization: Basic {basic(key)}\r\nContent-Type: {KIND}"
            f"\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def basic(key: str) -> str:
    return b64encode(f"{key}:".encode()).decode()


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"wrk said nothing of {pattern}:\n{text}")
    return found[1]


def _milliseconds(name: str, text: str) -> float:
    number, unit = re.search(rf"{name}\s+([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * WRK_UNITS[unit]
