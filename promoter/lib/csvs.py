"""Write CSV that a spreadsheet opens as text: no cell of ours turns into a formula.

Titles of columns are the same in every language: programs read them, and an import knows
its own export by them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.http import StreamingHttpResponse

# OWASP's list, with the full-width signs that Excel reads as their ASCII twins.
_SIGNS = "=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
_RISKY = re.compile(f"'*[{_SIGNS}]")
_GUARDED = re.compile(f"'+[{_SIGNS}]")
# Large enough that the network is not fed in crumbs, small beside a worker's memory.
CHUNK_CHARS = 64 * 1024
Cell = str | int | float | Decimal


def guarded(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would calculate it.

    Text that is guarded already gets one more, so that `unguarded` always gives back
    exactly what went in.
    """
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given; text that carries no guard stays as it is."""
    return text[1:] if _GUARDED.match(text) else text


def encoded(rows: Iterable[Sequence[Cell]], *, bom: bool = True) -> Iterator[bytes]:
    """The rows as UTF-8 CSV (RFC 4180), guarded, in chunks; never all in memory. Numbers
    stay numbers, the negative ones too.

    The byte-order mark is what makes Excel read UTF-8 as UTF-8.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    if bom:
        buffer.write("\ufeff")
    for row in rows:
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() >= CHUNK_CHARS:
            yield _drained(buffer)
    if buffer.tell():
        yield _drained(buffer)


def csv_response(name: str, rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """A download of the rows, sent while they are read."""
    return StreamingHttpResponse(
        encoded(rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _drained(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
