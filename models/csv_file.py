"""CSV files as spreadsheets write them: read in the encoding they were saved in, or refused with the line."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.errors import InvalidRequest
from models.windows_1252 import misread

MAX_BYTES = 10_000_000
MAX_ROWS = 50_000
MAX_CELL = 10_000
_SEPARATORS = ",;\t"
_SAVE_AS = "In your spreadsheet, choose File > Save as (or Download), then “CSV UTF-8”, and upload that file."
_SIGNATURES = {b"PK\x03\x04": "an Excel workbook (.xlsx)", b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)"}
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# By default the reader stops in the middle of a cell that is longer than 131,072 characters.
csv.field_size_limit(MAX_BYTES)
# A spreadsheet takes a cell that starts with one of these for a formula; an apostrophe before it makes it a text.
_DEFUSED = re.compile(r"'+(?=[=+\-@\t\r\n])")
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


@dataclass(frozen=True, kw_only=True)
class CsvRow:
    """`number` is the row's in a spreadsheet; `problem` says why its cells can't be read."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""


def read(content: bytes) -> list[CsvRow]:
    """The rows that are not empty. Raises InvalidRequest for a file that can't be read as a whole."""
    text = _decode(content)
    separator, skipped = _separator(text)
    rows = [row for row in _rows(text, separator) if row.number > skipped]
    if not rows:
        raise _refused("This file is empty.")
    if len(rows) > MAX_ROWS:
        raise _refused(f"This file has {len(rows):,} rows. Split it into files of at most {MAX_ROWS:,} rows.")
    return rows


def write(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a file with these rows. Cells that a spreadsheet would take for a formula are written as text."""
    line = io.StringIO()
    writer = csv.writer(line)
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _decode(content: bytes) -> str:
    for signature, name in _SIGNATURES.items():
        if content.startswith(signature):
            raise _refused(f"This is {name}, not a CSV file. {_SAVE_AS}")
    if len(content) > MAX_BYTES:
        raise _refused(f"This file is larger than {MAX_BYTES // 1_000_000} MB. Split it into several files.")
    mark = next((mark for mark in _MARKS if content.startswith(mark)), None)
    if mark is None:
        return _decode_unmarked(content)
    try:
        text = content.decode(_MARKS[mark])
    except UnicodeDecodeError as error:
        line = _line(content, error.start)
        raise _refused(
            f"Line {line} can't be read as {_MARKS[mark].removesuffix('-sig').upper()}. {_SAVE_AS}"
        ) from None
    if "\0" in text:
        raise _refused(f"Line {text[: text.index(chr(0))].count(chr(10)) + 1} has a NUL character. {_SAVE_AS}")
    return text


def _decode_unmarked(content: bytes) -> str:
    if b"\0" in content:
        line = _line(content, content.index(b"\0"))
        raise _refused(f"Line {line} has a NUL byte: this is no text, or UTF-16 without its mark. {_SAVE_AS}")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        return _windows_1252(content, _line(content, error.start))


def _windows_1252(content: bytes, first: int) -> str:
    """A text whose line `first` is no UTF-8. It is windows-1252 only if all of it reads like that."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.isascii():
            continue
        if _is_utf8(line):
            raise _refused(f"Line {number} is UTF-8, but line {first} is not: the file mixes two encodings. {_SAVE_AS}")
        try:
            wrong = misread(line.decode("cp1252"))
        except UnicodeDecodeError:
            raise _refused(f"Line {number} is neither UTF-8 nor windows-1252. {_SAVE_AS}") from None
        if wrong:
            raise _refused(f"Line {number} is not UTF-8, and read as windows-1252 it says “{wrong}”. {_SAVE_AS}")
    return content.decode("cp1252")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: str) -> tuple[str, int]:
    """What separates the cells, and how many rows at the start only say so, as Excel's `sep=;` does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if re.fullmatch(f"sep=[{_SEPARATORS}]", first):
        return first[-1], 1
    return max(_SEPARATORS, key=first.count), 0


def _rows(text: str, separator: str) -> Iterator[CsvRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        started = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _refused(f"The quotation marks in line {started} don't match: one opens and never closes.") from None
        if any(cell.strip() for cell in cells):
            too_long = any(len(cell) > MAX_CELL for cell in cells)
            problem = f"A cell has more than {MAX_CELL:,} characters." if too_long else ""
            yield CsvRow(number=number, cells=tuple(map(_as_written, cells)), problem=problem)


def _as_written(cell: str) -> str:
    return cell[1:] if _DEFUSED.match(cell) else cell


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1


def _refused(detail: str) -> InvalidRequest:
    return InvalidRequest(detail, field="file")
