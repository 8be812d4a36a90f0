"""What can be imported and exported: each kind of file is a value in `kinds/`."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from models.cell_type import COUNTRY, STATE, ZIP_CODE, CellType, text
from models.registry import find, load

Texts = Mapping[str, str]
Key = tuple[str, ...]
NO_TEXTS: Texts = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A cell that names a thing of a kind by its key.

    Attributes:
        by_key: whether the table has that key itself, and not the thing's id.
        beside: the columns that are the other parts of the key, in front of the cell.
        only: what the thing has to have in its own columns, such as the kind of a product.
        same: columns of the row and of the thing that can't differ if both have a value.
        in_use: whether a thing in stock is in use as soon as something that has not ended names it.
        ends: whether a thing ends with what has it.
        not_left: whether a cell that names a person who has left says what the thing has now.
    """

    kind: str
    by_key: bool = False
    beside: tuple[str, ...] = ()
    only: Mapping[str, str] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    same: tuple[str, ...] = ()
    in_use: bool = False
    ends: bool = False
    not_left: bool = False


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a file.

    Attributes:
        field: the column of the table, with a dot for a field of a JSON column; the name unless given.
        required: for a new thing.
        default: of a new thing. Where there is one, an empty cell leaves an existing thing as it is; otherwise it
            empties the field.
        types: other types than `type`, by the text of the column `types_by`.
        unique: what no other thing in use can have, by what people call it.
        unique_with: the columns that are unique only together with this one.
        only_orders: the values that only orders set.
        stock: the value of a thing that nothing uses.
    """

    name: str
    help: str
    type: CellType
    example: str
    field: str = ""
    required: bool = False
    default: Any = None
    refers: Reference | None = None
    several: bool = False
    types: Mapping[str, CellType] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    types_by: str = ""
    unique: str = ""
    unique_with: tuple[str, ...] = ()
    only_orders: frozenset[str] = frozenset()
    stock: str = ""

    @property
    def path(self) -> tuple[str, str | None]:
        """The column of the table, and the field in its JSON."""
        column, _, inner = (self.field or self.name).partition(".")
        return column, inner or None

    def parse(self, text: str, texts: Texts = NO_TEXTS) -> Any:
        """The stored value of a cell of this row. Raises ValueError with a sentence for the person."""
        if text.strip():
            return self._type(texts).parse(text)
        return self._type(texts).empty if self.default is None else self.default

    def unique_value(self, texts: Texts) -> str:
        """What no other thing in use can have; empty if there is nothing."""
        text = texts.get(self.name, "")
        return " ".join([text, *(texts.get(name, "") for name in self.unique_with)]).casefold() if text else ""

    def write(self, value: Any, texts: Texts = NO_TEXTS) -> str:
        return "" if value is None else self._type(texts).write(value)

    def _type(self, texts: Texts) -> CellType:
        return self.types.get(texts.get(self.types_by, ""), self.type)


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """What is wrong with a row, in a sentence."""

    column: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ImportKind:
    """A kind of file, and the table with its things.

    Attributes:
        noun: one thing, as in `{noun} E1001`.
        after: the kinds that are imported before it, because it names their things.
        version: of the columns; a file of a later version is refused.
        key: the columns that name a thing: all of them together, or, if `any_key`, each that is not empty. Its own key
            is then the first of these.
        also_known_by: unique columns by which other files can name a thing, too.
        one_case: whether two keys that differ only in case, accents or punctuation name the same thing.
        tree: the column with the thing above; following it never leads back.
        is_document: whether a row is a field of the newest version in the table, and not a row of it.
        ended: statuses of things that are no longer in use; their keys and unique values are free again.
        unique_while: a column and what it has while the unique values of a thing are taken; always unless given.
        orders: how orders are about such a thing: `line` or `device`.
        settled: the cells of the rows, each given with those of its thing (none for a new one), without what is over
            on a day.
        check: what is wrong with all the cells of a row together.
    """

    code: str
    title: str
    noun: str
    about: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    after: tuple[str, ...] = ()
    version: int = 1
    any_key: bool = False
    is_document: bool = False
    also_known_by: tuple[str, ...] = ()
    one_case: bool = False
    tree: str = ""
    ended: tuple[str, ...] = ()
    unique_while: tuple[str, str] | None = None
    orders: str = ""
    settled: Callable[[Sequence[tuple[Texts, Texts]], date], Sequence[Texts]] = lambda rows, _: [row for row, _ in rows]
    check: Callable[[Texts], Iterator[Wrong]] = lambda _: iter(())

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    def key_of(self, texts: Texts) -> Key:
        """Empty if the cells name nothing."""
        return next(iter(self.keys_of(texts)), ())

    def keys_of(self, texts: Texts) -> tuple[Key, ...]:
        """All keys by which the cells name a thing, its own one first."""
        parts = tuple(texts.get(name, "") for name in self.key)
        if self.any_key:
            return tuple((part,) for part in parts if part)
        return (parts,) if all(parts) else ()

    def takes(self, texts: Texts) -> bool:
        """Whether no other thing can have the unique values of this one."""
        if self.is_ended(texts):
            return False
        return self.unique_while is None or texts.get(self.unique_while[0]) == self.unique_while[1]

    def is_ended(self, texts: Texts) -> bool:
        return texts.get("status", "") in self.ended

    @property
    def first_row(self) -> tuple[str, ...]:
        """The row above the header, by which a file says what it is."""
        return ("dialtone", self.code, str(self.version))

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def example(self) -> tuple[str, ...]:
        return tuple(column.example for column in self.columns)


def import_kinds() -> Mapping[str, ImportKind]:
    """By code, in the order in which a company imports them."""
    kinds, found = load("models.imports.kinds", ImportKind), dict[str, ImportKind]()
    while len(found) < len(kinds):
        ready = [kind for code, kind in sorted(kinds.items()) if code not in found and found.keys() >= {*kind.after}]
        if not ready:
            raise ValueError(f"import kinds wait for each other: {sorted(kinds.keys() - found.keys())}")
        found |= {kind.code: kind for kind in ready}
    return found


def import_kind(code: str) -> ImportKind:
    """Raises UnknownWordError."""
    return find("models.imports.kinds", ImportKind, code)


@cache
def facts_about(code: str) -> tuple[str, ...]:
    """The columns of a kind that decide what can name its things."""
    columns = (column.refers for kind in import_kinds().values() for column in kind.columns if column.refers)
    named = [refers for refers in columns if refers.kind == code]
    left = {"active" for refers in named if refers.not_left}
    return tuple(sorted(left | {name for refers in named for name in (*refers.only, *refers.same)}))


def address_columns() -> tuple[Column, ...]:
    """Of an address in the US that the table keeps as JSON; `whole_address` checks them together."""
    return (
        Column(
            name="street",
            field="address.line1",
            help="Street address.",
            type=text(100),
            example="233 S Wacker Dr",
        ),
        Column(name="unit", field="address.line2", help="Apartment, suite, floor.", type=text(100), example="Floor 12"),
        Column(name="city", field="address.city", help="City.", type=text(100), example="Chicago"),
        Column(name="state", field="address.state", help="State, in two letters.", type=STATE, example="IL"),
        Column(name="zip", field="address.postal_code", help="ZIP code, as text.", type=ZIP_CODE, example="60606"),
        Column(name="country", field="address.country", help="Country; only US.", type=COUNTRY, example="US"),
    )


def whole_address(texts: Texts) -> Iterator[Wrong]:
    needed = ("street", "city", "state", "zip")
    if any(texts.get(name) for name in (*needed, "unit")):
        missing = [name for name in needed if not texts.get(name)]
        if missing:
            yield Wrong(column=missing[0], detail=f"The address is incomplete. Add: {', '.join(missing)}.")
