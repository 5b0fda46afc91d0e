"""Rows of one contact file that name the same person."""

from __future__ import annotations

from contacts.csv_rows import PersonRow


class Repeats:
    """The people of the rows so far, as the import tells them apart: by userId, else by
    address. Some 100 bytes a row, 50 MB for the longest file."""

    def __init__(self) -> None:
        self._by_user_id: dict[int, int] = {}
        self._by_digest: dict[int, tuple[int, bool]] = {}

    def first_line(self, row: PersonRow) -> int | None:
        """The line that named the row's person first, None for this one."""
        line = self._by_user_id.get(hash(row.user_id)) if row.user_id else None
        if line is None and row.digest:
            found = self._by_digest.get(hash(row.digest))
            # Another userId under this address is another person.
            if found is not None and not (row.user_id and found[1]):
                line = found[0]
        first = row.line if line is None else line
        if row.user_id:
            self._by_user_id.setdefault(hash(row.user_id), first)
        if row.digest:
            before, has_user_id = self._by_digest.get(hash(row.digest), (first, False))
            self._by_digest[hash(row.digest)] = before, has_user_id or bool(row.user_id)
        return line
