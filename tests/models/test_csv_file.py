"""CSV files in the encodings and shapes in which spreadsheets save them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import csv_file
from models.errors import InvalidRequest

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


def cells(content: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in csv_file.read(content)]


@pytest.mark.parametrize(
    "content",
    [
        "name,city\nCafé,Zürich\n".encode(),
        "name,city\nCafé,Zürich\n".encode("utf-8-sig"),
        "name,city\r\nCafé,Zürich\r\n".encode("utf-16"),
        b"\xfe\xff" + "name,city\nCafé,Zürich\n".encode("utf-16-be"),
        "name;city\nCafé;Zürich\n".encode("cp1252"),
        "name\tcity\nCafé\tZürich".encode("cp1252"),
        "sep=;\nname;city\nCafé;Zürich\n".encode(),
    ],
)
def test_the_same_cells_are_read_from_every_encoding_and_separator(content: bytes) -> None:
    assert cells(content) == [("name", "city"), ("Café", "Zürich")]


@pytest.mark.parametrize("name", ["Siobh\u00e1n O\u2019Brien", "José Núñez", "1\u20132 Main St", "€5 “off”"])
def test_names_in_windows_1252_are_read_right(name: str) -> None:
    assert cells(f"name\n{name}\n".encode("cp1252")) == [("name",), (name,)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name\nAnn\nCaf\x8e\n", "Line 3 is not UTF-8, and read as windows-1252 it says “CafŽ”"),
        (b"name\nMu\x96oz\n", "Line 2 is not UTF-8"),
        ("name\nCafé\n".encode("cp437"), "Line 2 is not UTF-8, and read as windows-1252 it says “Caf\u201a”"),
        ("name\nAnn\nJiří\n".encode("cp1250"), "Line 3 is not UTF-8, and read as windows-1252 it says “Jiøí”"),
        (b"name\n\xc8\xe2\xe0\xed\xee\xe2\n", "Line 2 is not UTF-8, and read as windows-1252 it says “Èâàíîâ”"),
        (b"name\nCaf\x8f\n", "Line 2 is neither UTF-8 nor windows-1252"),
        ("name\nCafé\n".encode() + b"Caf\xe9\n", "Line 2 is UTF-8, but line 3 is not"),
        ("name\nAnn\n".encode("utf-16-le"), "Line 1 has a NUL byte"),
        (b"name\nA\0nn\n", "Line 2 has a NUL byte"),
        (b"\xff\xfen\0a\0\n", "Line 1 can't be read as UTF-16"),
        (
            b"PK\x03\x04rest",
            "This is an Excel workbook (.xlsx), not a CSV file. In your spreadsheet, choose File > Save",
        ),
        (b"\xd0\xcf\x11\xe0rest", "This is an Excel workbook (.xls)"),
        (b"", "This file is empty."),
        (b"\n , \n\n", "This file is empty."),
        (b'name\n"Ann\nBob\n', "The quotation marks in line 2 don't match"),
        (b"a\n" * (csv_file.MAX_ROWS + 1), "Split it into files of at most 50,000 rows."),
        (b"a" * (csv_file.MAX_BYTES + 1), "This file is larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_line(content: bytes, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        csv_file.read(content)
    assert refused.value.detail.startswith(says) or says in refused.value.detail
    assert refused.value.field == "file"


@pytest.mark.parametrize("length", [csv_file.MAX_CELL + 1, 200_000])
def test_a_huge_cell_is_a_problem_of_its_row(length: int) -> None:
    rows = csv_file.read(f"name\n{'a' * length}\nAnn\n".encode())
    assert [(row.number, row.problem) for row in rows] == [
        (1, ""),
        (2, "A cell has more than 10,000 characters."),
        (3, ""),
    ]


def test_a_quotation_mark_that_never_closes_hides_no_rows() -> None:
    rows = [f"Ann {number},{'x' * 80}" for number in range(6_000)]
    rows[10] = 'Ann 10,"' + "x" * 80
    with pytest.raises(InvalidRequest, match="The quotation marks in line 12 don't match"):
        csv_file.read("\n".join(["name,note", *rows]).encode())


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    rows = csv_file.read(b'name,note\n\nAnn,"two\nlines"\nBob,\n')
    assert [(row.number, row.cells[0]) for row in rows] == [(1, "name"), (3, "Ann"), (4, "Bob")]


@pytest.mark.parametrize("cell", ["=1+1", "+1 312", "-5", "@sum", "\tx", "'=1", "''+1", "\n=1"])
def test_a_formula_is_written_as_text_and_read_back(cell: str) -> None:
    written = "".join(csv_file.write([("a", cell)]))
    assert written.removeprefix("a,").lstrip('"').startswith("'")
    assert cells(written.encode()) == [("a", cell)]


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_what_is_written_is_read_back(rows: list[tuple[str, str]]) -> None:
    table = [("number", "first", "second"), *((str(number), *row) for number, row in enumerate(rows))]
    assert cells("".join(csv_file.write(table)).encode()) == table
