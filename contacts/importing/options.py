"""What a person chooses of an import beside its columns; each kind has its own form."""

from __future__ import annotations

from typing import Any

from contacts.forms import PlainForm
from contacts.import_jobs import ImportJob


class OptionsForm(PlainForm):
    """What a person chooses of one job beside its columns."""

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job

    def questions(self) -> list[str]:
        """What must be said before any row can be read."""
        return []

    def look(self) -> None:
        """Set on the job what its first rows are read by."""

    def settle(self) -> None:
        """Set on the job what it is started with; the form is valid."""
        self.look()
