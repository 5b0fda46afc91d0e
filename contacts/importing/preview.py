"""The first rows of an uploaded file as the import would take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from contacts.import_jobs import ImportJob
from contacts.importing.files import upload_path
from contacts.importing.kinds import kind_of
from contacts.importing.repeats import Repeats
from contacts.importing.rows import Rejected
from contacts.importing.uploads import data_records
from promoter.lib.csv_reading import Record

ROWS = 20
SAMPLES = 3
CELL_CHARS = 80


@dataclass(frozen=True)
class PreviewRow:
    """One row: its line in the file, its cells by column, what is wrong with it, and the
    line that names the same person, if one does."""

    line: int
    cells: list[str]
    problem: str
    same_as: int | None


@dataclass(frozen=True)
class Preview:
    """What the page shows: the rows, some values of each column, and in `complaints` what
    keeps the columns from being used; no row is a problem of its own then."""

    rows: list[PreviewRow]
    samples: list[str]
    complaints: list[str]

    @property
    def problems(self) -> int:
        return sum(bool(row.problem) for row in self.rows)


def preview(
    job: ImportJob, *, questions: Sequence[str] = (), now: datetime
) -> Preview | None:
    """None when the file is gone: it is removed after a day. `questions` are what else
    must be settled before a row can be read."""
    try:
        with upload_path(job).open("rb") as file:
            found = list(islice(data_records(job, file), ROWS))
    except FileNotFoundError:
        return None
    complaints = [*kind_of(job.kind).complaints(job.mapping), *questions]
    width = len(job.header)
    repeats = Repeats()
    rows = [
        PreviewRow(
            record.line,
            _cells(record, width),
            *(("", None) if complaints else _said_of(job, record, repeats, now)),
        )
        for record in found
    ]
    return Preview(rows, [_sample(rows, index) for index in range(width)], complaints)


def _cells(record: Record, width: int) -> list[str]:
    values = [_short(value) for value in record.values[:width]]
    return values + [""] * (width - len(values))


def _short(value: str) -> str:
    text = value.strip()
    return text if len(text) <= CELL_CHARS else f"{text[: CELL_CHARS - 1]}…"


def _sample(rows: list[PreviewRow], index: int) -> str:
    values = dict.fromkeys(row.cells[index] for row in rows if row.cells[index])
    return ", ".join(list(values)[:SAMPLES])


def _said_of(
    job: ImportJob, record: Record, repeats: Repeats, now: datetime
) -> tuple[str, int | None]:
    """What keeps the row out, and the line before it that names the same person."""
    kind = kind_of(job.kind)
    try:
        row = kind.read(record, job, now)
    except Rejected as reason:
        return str(reason), None
    return "", repeats.first_line(row) if kind.names_people else None
