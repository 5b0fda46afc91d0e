"""When something was, as files write it: dates with or without a time, or Unix time.

A time without a zone is the account's; a date without a time is the beginning of that day
there. Which of two numbers is the day is asked, never guessed row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from django.utils.translation import gettext

from contacts.importing.rows import Rejected

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before that nobody collected scores; a date from then is a mistake."""
DAY_FIRST, MONTH_FIRST, UNKNOWN = "day", "month", "unknown"

_MONTHS = {
    word: number
    for number, words in enumerate(
        [
            "jan",
            "feb",
            "mar/mär/mrz",
            "apr",
            "may/mai",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct/okt",
            "nov",
            "dec/dez",
        ],
        1,
    )
    for word in words.split("/")
}
_YEAR, _DAY, _NAME = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})", r"(?P<name>[^\W\d_]{3,9})"
_SHORT_YEAR = r"(?P<year>\d{4}|\d{2})"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_DATES = (
    rf"{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.]{_DAY}",
    rf"{_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?{_SHORT_YEAR}",
    rf"(?P<one>\d{{1,2}})[-/](?P<two>\d{{1,2}})[-/]{_SHORT_YEAR}",
    rf"{_WEEKDAY}{_DAY}(?:st|nd|rd|th|\.)?[\s-]{_NAME}\.?,?[\s-]{_YEAR}",
    rf"{_WEEKDAY}{_NAME}\.?\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR}",
)
_TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?(?:\s?(?P<half>[ap])\.?m\.?)?"
    r"(?:\s?(?P<zone>Z|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|UTC|GMT))?(?:\s\(?(?:UTC|GMT)\)?)?)?"
)
_PATTERNS = [re.compile(date + _TIME, re.IGNORECASE) for date in _DATES]
_SLASHED = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](?:\d{4}|\d{2})(?!\d)")
_UNIX = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})")


def read_moment(text: str, *, zone: tzinfo, order: str, now: datetime) -> datetime:
    """In UTC. `order` says what comes first in 3/4/2025. Raises Rejected."""
    at = _unix(text) or _written(text, zone, order)
    if at is None:
        raise Rejected(
            gettext(
                "“%(text)s” is not a date that can be read. Write it like 2025-03-31, or "
                "with a time like 2025-03-31 14:05."
            )
            % {"text": text[:60]}
        )
    if at > now:
        raise Rejected(gettext("“%(text)s” is in the future.") % {"text": text[:60]})
    if at < EARLIEST:
        raise Rejected(gettext("“%(text)s” is before 1990.") % {"text": text[:60]})
    return at


def order_of(texts: Iterable[str]) -> str:
    """What comes first in dates like 3/4/2025: by those with a number beyond 12; UNKNOWN
    where none decides, or they contradict each other; "" where there are no such dates."""
    found = set[str]()
    for text in texts:
        match = _SLASHED.match(text)
        if match is not None:
            one, two = int(match[1]), int(match[2])
            found.add(DAY_FIRST if one > 12 else MONTH_FIRST if two > 12 else UNKNOWN)
    decided = found - {UNKNOWN}
    if len(decided) == 1:
        return decided.pop()
    return UNKNOWN if found else ""


def _unix(text: str) -> datetime | None:
    match = _UNIX.fullmatch(text)
    if match is None:
        return None
    seconds = int(match[1]) if match[1] else int(match[2]) / 1000
    return datetime.fromtimestamp(seconds, UTC)


def _written(text: str, zone: tzinfo, order: str) -> datetime | None:
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            try:
                return _moment(match.groupdict(), text, zone, order)
            except (ValueError, OverflowError) as error:
                if isinstance(error, Rejected):
                    raise
                # There is no 31 June, and no 25 o'clock.
                return None
    return None


def _moment(found: dict[str, str | None], text: str, zone: tzinfo, order: str) -> datetime:
    day, month = _day_and_month(found, text, order)
    year = int(found["year"] or 0)
    hour = int(found["hour"] or 0)
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half in "pP" else 0)
    at = datetime(
        year + 2000 if year < 100 else year,
        month,
        day,
        hour,
        int(found["minute"] or 0),
        int(found["second"] or 0),
        tzinfo=_zone(found["zone"], zone),
    )
    return at.astimezone(UTC)


def _day_and_month(found: dict[str, str | None], text: str, order: str) -> tuple[int, int]:
    """Raises Rejected where the chosen order can't be, ValueError for no month's name."""
    if name := found.get("name"):
        if name[:3].casefold() not in _MONTHS:
            raise ValueError(name)
        return int(found["day"] or 0), _MONTHS[name[:3].casefold()]
    if "one" not in found:
        return int(found["day"] or 0), int(found["month"] or 0)
    one, two = int(found["one"] or 0), int(found["two"] or 0)
    if order not in (DAY_FIRST, MONTH_FIRST):
        raise Rejected(
            gettext("Say what comes first in “%(text)s”, the day or the month.")
            % {"text": text[:60]}
        )
    day, month = (one, two) if order == DAY_FIRST else (two, one)
    if month > 12:
        if order == DAY_FIRST:
            words = gettext("“%(text)s” is no date when the day comes first.")
        else:
            words = gettext("“%(text)s” is no date when the month comes first.")
        raise Rejected(words % {"text": text[:60]})
    return day, month


def _zone(text: str | None, zone: tzinfo) -> tzinfo:
    if text is None:
        return zone
    offset = text.upper().removeprefix("UTC").removeprefix("GMT")
    if offset in ("", "Z"):
        return UTC
    digits = offset[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-distance if offset[0] == "-" else distance)
