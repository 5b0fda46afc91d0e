"""The first rows of an uploaded file as the import would take them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from contacts import suppression_rows
from contacts.import_jobs import ImportJob
from contacts.importing import columns as csv_columns
from contacts.importing.files import upload_path
from contacts.importing.repeats import Repeats
from contacts.importing.rows import Rejected, read_person
from contacts.importing.uploads import data_records
from contacts.suppression_rows import read_entry
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


def preview(job: ImportJob) -> Preview | None:
    """None when the file is gone: it is removed after a day."""
    try:
        with upload_path(job).open("rb") as file:
            found = list(islice(data_records(job, file), ROWS))
    except FileNotFoundError:
        return None
    columns = csv_columns if job.kind == ImportJob.Kind.CONTACTS else suppression_rows
    complaints = list(columns.complaints(job.mapping))
    width = len(job.header)
    repeats = Repeats()
    rows = [
        PreviewRow(
            record.line,
            _cells(record, width),
            *(("", None) if complaints else _said_of(job, record, repeats)),
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


def _said_of(job: ImportJob, record: Record, repeats: Repeats) -> tuple[str, int | None]:
    """What keeps the row out, and the line before it that names the same person."""
    try:
        if job.kind == ImportJob.Kind.CONTACTS:
            return "", repeats.first_line(read_person(record, mapping=job.mapping))
        read_entry(record, mapping=job.mapping, reason=job.reason)
    except Rejected as reason:
        return str(reason), None
    return "", None
