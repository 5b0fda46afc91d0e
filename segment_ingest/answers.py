"""What the Tracking API answers.

Status codes are chosen for the retries of Segment and its clients: 200 for stored,
duplicate and nothing to do; 400 and 413 drop what will never be usable; 401 and 403 only
after a look-up that worked; 429 and 503 bring the event back later. Clients choke on an
error body without `code` and `message`, and take a 202 for a failure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body, and what an adapter has to do besides."""

    status: int
    body: dict[str, Any] = field(default_factory=lambda: {"success": True})
    retry_after: int | None = None
    waiting: int = 0

    @classmethod
    def error(
        cls, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> Answer:
        body = {"success": False, "code": code, "message": message}
        return cls(status, body, retry_after)


class Refused(Exception):
    """Ends the request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body["code"])
        self.answer = answer
