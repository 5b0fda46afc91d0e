"""How logs are written: as lines or as JSON, with nothing in them that is a secret.

What belongs together is found by one word. An event's own messageId stands in every line
about it, from the request that brought it to the mail that it led to; `request_id` stands
in every line of one HTTP request.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from celery import current_task

# A caller's own id is taken when it can't break a line, a header or a search.
SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
request_id: ContextVar[str] = ContextVar("request_id", default="")

# Addresses keep their first letter and their domain, keys their prefix, signed links the
# page that they lead to: enough to tell two apart, too little to use.
_SECRETS = re.compile(
    r"(?P<first>[\w.+%-])[\w.+%'-]*@(?P<domain>[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<page>/(?:[su]|u/mails/\w+|invitations|v1/segment/webhook|sign-up/confirm"
    r"|password/new)/)[^/\s\"'?]{12,}"
    r"|(?P<key>seg_\w{4})\w+"
    r"|(?P<scheme>://[^:@/\s]*:)[^@/\s]+(?=@)"
)
_HINTS = ("@", "/", "seg_")
# More of them would make a line that no tool takes.
_IDS_IN_A_LINE = 100
# What every record has; the rest came by `extra`.
_USUAL = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def masked(text: str) -> str:
    """The text without addresses, keys, passwords and tokens."""
    if not any(hint in text for hint in _HINTS):
        return text
    return _SECRETS.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    if match["domain"]:
        return f"{match['first']}…@{match['domain']}"
    return f"{match['page'] or match['key'] or match['scheme']}…"


def id_of_request(given: str) -> str:
    """The id of the request that begins here: the caller's, if sane, or a new one."""
    chosen = given if SANE_ID.fullmatch(given) else secrets.token_hex(8)
    request_id.set(chosen)
    return chosen


def in_lines(ids: Iterable[str]) -> Iterator[str]:
    """Ids for log lines, a bounded number in each, with blanks between and none inside."""
    rest = iter(ids)
    while some := list(islice(rest, _IDS_IN_A_LINE)):
        yield " ".join(re.sub(r"\s", "_", each) for each in some)


class LineFormatter(logging.Formatter):
    """For people: one line, and the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonFormatter(logging.Formatter):
    """For programs: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if found := request_id.get():
            row["request_id"] = found
        if current_task:
            row["task"] = current_task.name
        if record.exc_info:
            row["traceback"] = masked(self.formatException(record.exc_info))
        row |= {
            name: value
            for name, value in vars(record).items()
            if name not in _USUAL and isinstance(value, (str, int, float, bool))
        }
        return json.dumps(row, ensure_ascii=False)
