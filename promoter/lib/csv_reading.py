"""Read CSV that people upload: any common encoding and delimiter, and nothing is trusted.

Memory is bounded by MAX_RECORD_CHARS whatever the file holds: a line of a gigabyte, a
million columns, or a quotation mark that never closes costs one rejected record.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# A record is a row with all its quoted line breaks. The csv module's own limit of a field
# is as large, so ours is met first and has the better sentence.
MAX_RECORD_CHARS = 128 * 1024
# A quoted address has a few lines; after so many the quotation mark was not meant.
MAX_RECORD_LINES = 100
DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARS = 64 * 1024
SAMPLE_RECORDS = 20
# Text may have a stray control character; pictures and programs have one in four.
MOST_CONTROLS = 0.1

TOO_LONG = format_lazy(
    _("The row is longer than {most} characters."), most=intcomma(MAX_RECORD_CHARS)
)
UNBALANCED = _("The quotation marks don’t match: one is opened and not closed.")

# The longer mark first: UTF-32's begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = (
    (b"PK\x03\x04", _("an Excel workbook or a zip archive")),
    (b"\xd0\xcf\x11\xe0", _("an Excel workbook")),
    (b"\x1f\x8b", _("a compressed file")),
    (b"%PDF", _("a PDF")),
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


class UnreadableFile(ValueError):
    """Not a CSV file we can read; the text says what to do, for the person."""


@dataclass(frozen=True)
class Format:
    """How a file is written: a codec's name, and what stands between the values."""

    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row: where it begins (lines from 1), its values, or why it can't be read."""

    line: int
    values: list[str]
    error: str = ""


def detect(file: BinaryIO) -> Format:
    """How the file is written. Raises UnreadableFile. Reads the whole file once, in parts:
    what looks like UTF-8 in its first lines may not be in its last."""
    file.seek(0)
    head = file.read(4096)
    for mark, kind in _FOREIGN:
        if head.startswith(mark):
            raise UnreadableFile(
                gettext(
                    "This is %(kind)s, not a CSV file. Open it in your spreadsheet "
                    "program, choose “Save as” and “CSV UTF-8”, and upload that."
                )
                % {"kind": kind}
            )
    if not head.strip(b"\x00 \t\r\n"):
        raise UnreadableFile(
            gettext("This file is empty. Choose one with a header and rows.")
        )
    for name in _candidates(head):
        if _decodes(file, name):
            if _is_binary(head.decode(name, errors="ignore")):
                raise UnreadableFile(
                    gettext(
                        "This is not a CSV file. In your spreadsheet program, choose "
                        "“Save as” and “CSV UTF-8”, and upload that."
                    )
                )
            return Format(encoding=name, delimiter=_delimiter(file, name))
    raise UnreadableFile(
        gettext(
            "We can’t make out the characters of this file. In your spreadsheet program, "
            "choose “Save as” and “CSV UTF-8”, and upload that."
        )
    )


def records(file: BinaryIO, form: Format) -> Iterator[Record]:
    """Every row but blank ones, the header too, in the file's order.

    A row that can't be read costs itself alone: reading goes on at the next line, so
    that an unclosed quotation mark doesn't swallow the rows after it.
    """
    lines = _Lines(file, form.encoding)
    try:
        yield from _records(lines, form.delimiter)
    finally:
        lines.let_go()


def _records(lines: _Lines, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.taken.clear()
        try:
            values = next(reader)
        except StopIteration:
            return
        except (_TooLong, csv.Error) as error:
            line, text = lines.taken[0]
            lines.push_back()
            alone = isinstance(error, _TooLong) and error.alone
            problem = TOO_LONG if alone else UNBALANCED
            yield Record(line, [text[:200].strip()], str(problem))
            continue
        line, text = lines.taken[0]
        if line == 1 and _SEPARATOR_LINE.fullmatch(text):
            continue
        if any(value.strip() for value in values):
            yield Record(line, [_UNSTORABLE.sub("", value) for value in values])


class _TooLong(Exception):
    """More text than a record may have; `alone`: in one line."""

    def __init__(self, *, alone: bool) -> None:
        super().__init__()
        self.alone = alone


class _Lines:
    """The lines of a file for csv.reader, with those of the record under way at hand."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(0)
        # latin-1 and cp1252 decode what they can; what slipped through `detect` (the file
        # changed since) is replaced rather than raised half-way.
        self._text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
        self._again: deque[tuple[int, str]] = deque()
        self._number = 0
        self.taken: list[tuple[int, str]] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES:
            raise _TooLong(alone=False)
        line = self._again.popleft() if self._again else self._read()
        self.taken.append(line)
        if len(line[1]) > MAX_RECORD_CHARS:
            raise _TooLong(alone=True)
        if sum(len(text) for _, text in self.taken) > MAX_RECORD_CHARS:
            raise _TooLong(alone=False)
        return line[1]

    def push_back(self) -> None:
        """Read the lines after the record's first again, as records of their own."""
        self._again.extendleft(reversed(self.taken[1:]))

    def let_go(self) -> None:
        """The file is the caller's to close, not the wrapper's; it may have done so."""
        with contextlib.suppress(ValueError):
            self._text.detach()

    def _read(self) -> tuple[int, str]:
        text = self._text.readline(MAX_RECORD_CHARS + 1)
        if not text:
            raise StopIteration
        self._number += 1
        rest = text
        while len(rest) > MAX_RECORD_CHARS and rest[-1] not in "\r\n":
            rest = self._text.readline(MAX_RECORD_CHARS + 1)
        return self._number, text


def _candidates(head: bytes) -> list[str]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return [name]
    # Text in Western letters as UTF-16 has a NUL in every second place.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half and even + odd > half * 0.6:
        return ["utf-16-be" if even > odd else "utf-16-le"]
    # The last always fits: it knows every byte.
    return ["utf-8", "cp1252", "latin-1"]


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while part := file.read(1024 * 1024):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_binary(text: str) -> bool:
    controls = sum(unicodedata.category(c) == "Cc" for c in text if c not in "\t\r\n")
    return controls > len(text) * MOST_CONTROLS


def _delimiter(file: BinaryIO, encoding: str) -> str:
    """The one that cuts the first rows into the most columns, the same number in each."""
    file.seek(0)
    wrapper = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    sample = wrapper.read(SAMPLE_CHARS)
    wrapper.detach()
    named = _SEPARATOR_LINE.match(sample)
    if named and named[1] in DELIMITERS:
        return named[1]
    if len(sample) == SAMPLE_CHARS:
        whole_lines = sample.rstrip("\r\n").rpartition("\n")[0]
        sample = whole_lines or sample
    return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[int, int]:
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                widths.append(len(row))
            if len(widths) == SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0, 0
    if not widths or widths[0] == 1:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]
