"""An import file whose header and cells were read, each cell on its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from models import csv_file
from models.csv_file import CsvRow
from models.errors import InvalidRequest
from models.imports.kind import Column, ImportKind, Key, Texts, Wrong, import_kinds

_FIRST_ROW_CELLS = 3


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """`texts` are the cells in the form in which they are written.

    Those in `wrong` are not among them, nor empty cells of columns with a default.
    """

    number: int
    texts: Texts
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`given` are the columns that the file has."""

    kind: ImportKind
    given: tuple[Column, ...]
    rows: tuple[SheetRow, ...]

    def keys(self) -> Iterator[Key]:
        return (key for row in self.rows for key in self.kind.keys_of(row.texts))


def references(kind: ImportKind, every: Iterable[Texts]) -> Mapping[str, set[Key]]:
    """What the cells of these rows name, by the kind of thing."""
    found: dict[str, set[Key]] = {}
    columns = [column for column in kind.columns if column.refers]
    for texts in every:
        for column in columns:
            assert column.refers
            found.setdefault(column.refers.kind, set()).update(named_by(column, texts))
    return found


def named_by(column: Column, texts: Texts) -> list[Key]:
    """The keys of the things that a cell names, as the file spells them."""
    assert column.refers
    text = texts.get(column.name, "")
    beside = tuple(texts.get(name, "") for name in column.refers.beside)
    names = text.split(" | ") if column.several else [text]
    return [(*beside, name) for name in names if name]


def read_sheet(kind: ImportKind, content: bytes) -> Sheet:
    """Raises InvalidRequest for a file that can't be imported at all."""
    rows = csv_file.read(content)
    if rows[0].cells[:1] == ("dialtone",):
        _check_first_row(kind, rows.pop(0))
    if not rows:
        raise _refused("This file has no header. Its first row names the columns.")
    header = [name.strip().lower().replace(" ", "_").replace("-", "_") for name in rows[0].cells]
    while header and not header[-1]:
        header.pop()
    _check_header(kind, header)
    columns = [kind.by_name[name] for name in header]
    return Sheet(kind=kind, given=tuple(columns), rows=tuple(_row(columns, row) for row in rows[1:]))


def _check_first_row(kind: ImportKind, row: CsvRow) -> None:
    _, code, version, *_ = (*row.cells, *[""] * _FIRST_ROW_CELLS)
    if code != kind.code:
        title = import_kinds()[code].title.lower() if code in import_kinds() else "something else"
        raise _refused(f"This is a file of {title}, not of {kind.title.lower()}.")
    if not version.isdecimal() or int(version) > kind.version:
        raise _refused(f"This file has version {version} of its columns. This program reads up to {kind.version}.")


def _check_header(kind: ImportKind, header: Sequence[str]) -> None:
    for name in header:
        if name not in kind.by_name:
            near = get_close_matches(name, kind.by_name, n=1)
            advice = f" Did you mean {near[0]}?" if near else f" The columns are {', '.join(kind.by_name)}."
            what = (
                f"There is no column “{name[:40]}” in a file of {kind.title.lower()}."
                if name
                else ("A column has no name.")
            )
            raise _refused(f"{what}{advice}")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice:
        raise _refused(f"The column “{twice}” is there twice.")
    missing = [name for name in kind.key if name not in header]
    if missing and not (kind.any_key and len(missing) < len(kind.key)):
        raise _refused(f"The column “{missing[0]}” is missing. It says which {kind.noun} a row is about.")


def _row(columns: Sequence[Column], row: CsvRow) -> SheetRow:
    if row.problem:
        return SheetRow(number=row.number, texts={}, wrong=(Wrong(column="", detail=row.problem),))
    extra = [cell for cell in row.cells[len(columns) :] if cell.strip()]
    texts: dict[str, str] = {}
    wrong = []
    cells = sorted(zip(columns, row.cells, strict=False), key=lambda pair: bool(pair[0].types_by))
    for column, cell in cells:
        try:
            if cell.strip():
                texts[column.name] = column.write(column.parse(cell, texts), texts)
            elif column.default is None:
                texts[column.name] = ""
        except ValueError as error:
            wrong.append(Wrong(column=column.name, detail=str(error)))
    if extra or len(row.cells) < len(columns):
        detail = f"This row has {len(row.cells)} cells, but the header has {len(columns)}."
        wrong.insert(0, Wrong(column="", detail=detail))
    return SheetRow(number=row.number, texts=texts, wrong=tuple(wrong))


def _refused(detail: str) -> InvalidRequest:
    return InvalidRequest(detail, field="file")
