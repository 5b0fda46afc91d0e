"""CSV out and in: no formula gets out, nothing that comes in does harm."""

from __future__ import annotations

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.lib.csv_reading import (
    MAX_RECORD_CHARS,
    TOO_LONG,
    UNBALANCED,
    UnreadableFile,
    detect,
    records,
)
from promoter.lib.csvs import csv_response, encoded, guarded, unguarded

CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
) | st.builds(
    lambda guard, sign, rest: guard + sign + rest,
    st.sampled_from(["", "'", "''"]),
    st.sampled_from("=+-@\t\r\n＝＋－＠"),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10),
)


def read(data: bytes) -> list[list[str]]:
    """All rows as lists; a bad one as its error."""
    file = io.BytesIO(data)
    return [
        [record.error] if record.error else record.values
        for record in records(file, detect(file))
    ]


class TestWriting:
    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝"])
    def test_a_cell_that_would_be_calculated_is_text(self, sign):
        assert guarded(f"{sign}1+1") == f"'{sign}1+1"

    def test_other_cells_stay_as_they_are(self):
        for text in ("", "Ada", "a=b", "'quoted'", "7", " =1"):
            assert guarded(text) == text

    @given(CELLS)
    def test_the_guard_comes_off_without_a_trace(self, text):
        assert unguarded(guarded(text)) == text

    @given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=20))
    def test_no_written_cell_begins_with_a_sign(self, rows):
        text = b"".join(encoded(rows)).decode("utf-8-sig")
        back = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert [[unguarded(cell) for cell in row] for row in back] == rows
        assert not any(
            cell[:1] in set("=+-@\t\r\n＝＋－＠") for row in back for cell in row if cell
        )

    def test_a_download_is_named_marked_and_not_kept(self):
        response = csv_response("people.csv", [["a", "ü"]])
        assert b"".join(response.streaming_content) == "\ufeffa,ü\r\n".encode()
        assert response["Content-Disposition"] == 'attachment; filename="people.csv"'
        assert response["Cache-Control"] == "no-store"

    def test_rows_are_sent_before_the_last_is_read(self):
        def endless():
            while True:
                yield ["x" * 1000]

        assert len(next(encoded(endless()))) < 100_000


class TestDetecting:
    @pytest.mark.parametrize(
        "encoding",
        [
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "cp1252",
            "latin-1",
        ],
    )
    def test_the_encoding(self, encoding):
        text = "email,name\r\nann@example.com,Zoë Müller\r\n"
        assert read(text.encode(encoding))[1] == ["ann@example.com", "Zoë Müller"]

    def test_a_file_that_is_utf_8_only_at_first(self):
        data = (
            b"email,name\n"
            + b"a@example.com,Ann\n" * 60_000
            + "b@x.io,Zoë\n".encode("cp1252")
        )
        assert read(data)[-1] == ["b@x.io", "Zoë"]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter(self, delimiter):
        rows = [
            ["email", "name"],
            ["ann@example.com", "Ann, the first; really"],
            ["b@x.io", "B|C"],
        ]
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(rows)
        assert read(out.getvalue().encode()) == rows

    def test_excel_may_name_the_delimiter_in_a_line_of_its_own(self):
        assert read(b"sep=;\r\nemail;a,b\r\nx@y.io;1,2\r\n") == [
            ["email", "a,b"],
            ["x@y.io", "1,2"],
        ]

    def test_one_column_is_a_file_too(self):
        assert read(b"email\nann@example.com\n") == [["email"], ["ann@example.com"]]

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "empty"),
            (b" \r\n\r\n", "empty"),
            (b"PK\x03\x04rest", "Excel workbook"),
            (b"\xd0\xcf\x11\xe0rest", "Excel workbook"),
            (b"\x1f\x8brest", "compressed"),
            (b"%PDF-1.7", "PDF"),
            (b"\xff\xfea\x00b\x00\x00", "make out the characters"),
        ],
    )
    def test_what_is_no_csv_is_refused_with_advice(self, data, word):
        with pytest.raises(UnreadableFile, match=word):
            read(data)


class TestHostileFiles:
    def test_an_unclosed_quotation_mark_costs_one_row(self):
        data = b'email,name\na@x.io,"Ann\nb@x.io,"Bob, ""B"""\nc@x.io,Cy\n'
        assert read(data) == [
            ["email", "name"],
            [UNBALANCED],
            ["b@x.io", 'Bob, "B"'],
            ["c@x.io", "Cy"],
        ]

    def test_an_unclosed_quotation_mark_far_from_the_end_costs_one_row(self):
        rows = [f"p{n}@x.io,P" for n in range(50_000)]
        data = "\n".join(["email,name", '"open,P', *rows]).encode()
        found = read(data)
        assert found[1] == [UNBALANCED]
        assert len(found) == 50_002
        assert found[-1] == ["p49999@x.io", "P"]

    def test_a_quotation_mark_in_every_row(self):
        rows = [f'"p{n}@x.io,P' for n in range(2_000)]
        found = read("\n".join(["email,name", *rows]).encode())
        assert found.count([UNBALANCED]) == 2_000

    def test_quoted_line_breaks_are_values(self):
        assert read(b'email,address\na@x.io,"1 Road\r\nTown"\n')[1] == [
            "a@x.io",
            "1 Road\r\nTown",
        ]

    def test_nuls_are_dropped(self):
        assert read(b"email,name\na\0@x.io,A\0nn\n")[1] == ["a@x.io", "Ann"]

    def test_a_million_columns_are_one_rejected_row(self):
        found = read(b"email,name\n" + b"," * 1_000_000 + b"\na@x.io,Ann\n")
        assert found == [["email", "name"], [TOO_LONG], ["a@x.io", "Ann"]]

    def test_one_endless_line_takes_no_memory(self):
        data = b"email\n" + b"x" * 20_000_000
        file = io.BytesIO(data)
        form = detect(file)
        tracemalloc.start()
        found = list(records(file, form))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found[1].error == TOO_LONG
        assert peak < 20 * MAX_RECORD_CHARS

    @given(st.binary(max_size=400))
    def test_any_bytes_are_read_or_refused_with_a_sentence(self, data):
        file = io.BytesIO(data)
        try:
            form = detect(file)
        except UnreadableFile as refusal:
            assert str(refusal).endswith(".")
            return
        for record in records(file, form):
            assert "\0" not in "".join(record.values)

    @given(st.lists(st.text(st.sampled_from('ab",\n\r'), max_size=12), max_size=12))
    def test_no_line_is_lost_in_silence(self, lines):
        """Every line with something in it shows up in a row, or as a rejected one."""
        text = "h1,h2\n" + "\n".join(f"{n}{line}" for n, line in enumerate(lines))
        file = io.BytesIO(text.encode())
        found = list(records(file, detect(file)))
        everything = "\n".join(value for record in found for value in record.values)
        for number in range(len(lines)):
            assert str(number) in everything
