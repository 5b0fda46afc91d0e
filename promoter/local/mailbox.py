"""The mail that promoter.local.catcher kept, read for the Mail page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property, lru_cache
from pathlib import Path

NAME = re.compile(r"\d{20}-[0-9a-f]{6}")
LISTED = 100


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it came over SMTP, with when and for whom."""

    name: str
    raw: bytes

    @property
    def caught_at(self) -> datetime:
        nanoseconds = int(self.name.partition("-")[0])
        return datetime.fromtimestamp(nanoseconds / 1e9, tz=UTC)

    @property
    def recipient(self) -> str:
        """By the envelope: the headers may say something else."""
        return ", ".join(self.message.get_all("Delivered-To", []))

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "(no subject)")

    @cached_property
    def message(self) -> EmailMessage:
        message = BytesParser(policy=policy.default).parsebytes(self.raw)
        assert isinstance(message, EmailMessage)  # noqa: S101 - the policy's kind
        return message

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        if part is None:
            return ""
        content = part.get_content()
        return content if isinstance(content, str) else ""


def newest(directory: Path) -> list[CaughtMail]:
    """The last mails, newest first: the names begin with the time."""
    names = sorted((path.stem for path in directory.glob("*.eml")), reverse=True)
    mails = (find(directory, name) for name in names[:LISTED])
    return [mail for mail in mails if mail is not None]


def find(directory: Path, name: str) -> CaughtMail | None:
    """The mail of that name, or None: the name comes from an address."""
    return _read(directory / f"{name}.eml") if NAME.fullmatch(name) else None


# A caught mail never changes; the list is asked for every two seconds.
@lru_cache(maxsize=2 * LISTED)
def _read(path: Path) -> CaughtMail | None:
    try:
        return CaughtMail(name=path.stem, raw=path.read_bytes())
    except FileNotFoundError:
        return None
