"""What kinds of files can be imported.

Each app registers its own in its `import_kinds.py`, which is loaded at the start: contacts
are below surveys and know nothing of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from contacts.import_jobs import ImportJob
from contacts.importing.chunks import Outcome
from contacts.importing.options import OptionsForm
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account
from promoter.lib.csv_reading import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How its pages are called, where they stand, and what its counts mean. `notes` is a
    template with what to know before, `after` one with what to do with the result."""

    address: str
    title: str | Promise
    lede: str | Promise
    back: str = ""
    back_label: str | Promise = ""
    created: str | Promise
    updated: str | Promise
    unchanged: str | Promise
    notes: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One kind of file, from its columns to where its rows go.

    `fields` are what a column may be, beside an attribute. `guess` maps a header, and
    `complaints` says what keeps a mapping from being used. `read` makes of a record what
    `store` takes, or raises Rejected; `store` runs in the caller's transaction and may be
    called again after an IntegrityError. `take_back` deletes some of what a job created
    and says how many: 0 when nothing is left.
    """

    fields: Mapping[str, str | Promise]
    takes_attributes: bool
    guess: Callable[[Sequence[str], Account], list[str]]
    complaints: Callable[[Sequence[str]], Iterator[str]]
    read: Callable[[Record, ImportJob, datetime], Any]
    store: Callable[[ImportJob, Sequence[Any], datetime], Outcome]
    options: type[OptionsForm]
    action: Action
    page: Words
    take_back: Callable[[ImportJob, datetime], int] | None = None
    names_people: bool = False
    """Whether a row is a person, so that two rows may name the same."""


_KINDS: dict[str, ImportKind] = {}


def register(code: ImportJob.Kind, kind: ImportKind) -> None:
    _KINDS[code] = kind


def kind_of(code: str) -> ImportKind:
    """Of a job's `kind`."""
    return _KINDS[code]
