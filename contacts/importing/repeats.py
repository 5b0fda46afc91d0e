"""Rows of one contact file that name the same person."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from typing import BinaryIO

from contacts.importing.rows import PersonRow

# Beyond this many the new ones move to where they take an eighth of the room.
MOST_LATE = 20_000


class Repeats:
    """The people of the rows so far, as the import tells them apart: by userId, else by
    address. Some 36 bytes a row, 18 MB for the longest file."""

    def __init__(self) -> None:
        self._by_user_id = FirstLines()
        self._by_digest = FirstLines()
        self._with_user_id = FirstLines()
        """Of the addresses, those that a row names together with a userId."""

    def first_line(self, row: PersonRow) -> int | None:
        """The line that named the row's person first, None for this one."""
        person, address = _number(row.user_id), _number(row.digest)
        line = self._by_user_id.get(person) if row.user_id else None
        # Another userId under this address is another person.
        is_other = bool(row.user_id) and self._with_user_id.get(address) is not None
        if line is None and row.digest and not is_other:
            line = self._by_digest.get(address)
        first = row.line if line is None else line
        if row.user_id:
            self._by_user_id.add(person, first)
        if row.digest:
            self._by_digest.add(address, first)
            if row.user_id:
                self._with_user_id.add(address, first)
        return line

    def write(self, file: BinaryIO) -> None:
        """For who goes on behind these rows."""
        for lines in self._all():
            lines.write(file)

    def read(self, file: BinaryIO) -> None:
        """What was written. Raises EOFError or ValueError where it ends too early."""
        for lines in self._all():
            lines.read(file)

    def _all(self) -> tuple[FirstLines, FirstLines, FirstLines]:
        return self._by_user_id, self._by_digest, self._with_user_id


class FirstLines:
    """Number -> the line where it stood first, for half a million numbers in 6 MB: sorted,
    but for the late ones."""

    def __init__(self) -> None:
        self._numbers, self._lines = array("Q"), array("I")
        self._late: dict[int, int] = {}

    def get(self, number: int) -> int | None:
        line = self._late.get(number)
        if line is None:
            at = bisect_left(self._numbers, number)
            if at < len(self._numbers) and self._numbers[at] == number:
                line = self._lines[at]
        return line

    def add(self, number: int, line: int) -> None:
        """Unless it is there."""
        if self.get(number) is None:
            self._late[number] = line
            if len(self._late) >= MOST_LATE:
                self._sort_in()

    def write(self, file: BinaryIO) -> None:
        self._sort_in()
        array("Q", [len(self._numbers)]).tofile(file)
        self._numbers.tofile(file)
        self._lines.tofile(file)

    def read(self, file: BinaryIO) -> None:
        """Raises EOFError, or ValueError in the middle of a number."""
        length = array("Q")
        length.fromfile(file, 1)
        self._numbers.fromfile(file, length[0])
        self._lines.fromfile(file, length[0])

    def _sort_in(self) -> None:
        numbers, lines, done = array("Q"), array("I"), 0
        for number in sorted(self._late):
            at = bisect_left(self._numbers, number, done)
            numbers.extend(self._numbers[done:at])
            lines.extend(self._lines[done:at])
            numbers.append(number)
            lines.append(self._late[number])
            done = at
        self._numbers = numbers + self._numbers[done:]
        self._lines = lines + self._lines[done:]
        self._late.clear()


def _number(text: str) -> int:
    """Of half a million texts two have the same once in a hundred million files."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
