"""Statements that are composed and compiled once, and run by the driver.

Composing a statement at each call takes ten times the CPU of running it. So the statements of an order's way from form
to inventory stand once, as values of their modules. All others are composed where they are needed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, islice
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ARRAY, BindParameter, ColumnElement, bindparam, func
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.orm import Mapper, class_mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.base import Executable
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

T = TypeVar("T")
Convert = Callable[[Any], Any]

# The OID of PostgreSQL's numeric: the only types that ask for it are those of numbers, which the driver reads itself.
_NUMERIC = 1700
_DIALECT = dialect()  # type: ignore[no-untyped-call] # of SQLAlchemy
STATEMENTS: list["Statement[Any]"] = []


def param(name: str, type_: Any = None) -> BindParameter[Any]:
    """A value that each call gives by this name. The type is needed where no column tells it."""
    return bindparam(name, type_=type_, required=True)


class RowSet(Generic[T]):
    """All rows of a query as one value, `column`, of another query: a list of what `parts` says that a row has.

    So an order and its items are read by one statement.
    """

    def __init__(self, query: Any, *parts: type[SQLModel] | None) -> None:
        self._columns = query.selected_columns
        self._tables = parts
        record = query.with_only_columns(func.row(*self._columns), maintain_column_froms=True)
        self.column: ColumnElement[Any] = func.array(record.scalar_subquery())

    @cached_property
    def read(self) -> Callable[[Iterable[Sequence[Any]]], list[T]]:
        read_row = _reader(_parts(self._columns, self._tables))
        return lambda records: [read_row(record) for record in records]


class _Parameter(NamedTuple):
    """A parameter of the SQL text: given by the call under this name, or else always this value."""

    name: str | None
    value: Any
    convert: Convert | None


class Statement(Generic[T]):
    """A SELECT, or an INSERT, UPDATE or DELETE, with its parameters by name.

    Its result is what the same statement gives in a session: per row a row of a table, a value, or a tuple of them.
    `parts` says what a row has: a table, a RowSet, or None for a value; without it, each column is a value. A row of a
    table belongs to no session: a change of it isn't saved.
    """

    def __init__(self, statement: Executable, *parts: "type[SQLModel] | RowSet[Any] | None") -> None:
        self._statement: Any = statement
        self._tables = parts
        STATEMENTS.append(self)

    @cached_property
    def _compiled(self) -> Any:
        return self._statement.compile(dialect=_DIALECT)

    @cached_property
    def sql(self) -> str:
        return str(self._compiled)

    @cached_property
    def _parameters(self) -> Sequence[_Parameter]:
        bound = [self._compiled.binds[name] for name in self._compiled.positiontup]
        return [
            _Parameter(bind.key, None, _to_driver(bind.type))
            if bind.required
            else _Parameter(None, _converted(bind.value, _to_driver(bind.type)), None)
            for bind in bound
        ]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(parameter.name for parameter in self._parameters if parameter.name is not None)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values of all parameters, as the driver takes them. Raises TypeError for missing and unknown names."""
        if values.keys() != self.names:
            raise TypeError(f"{sorted(self.names)} are needed, not {sorted(values)}")
        return [
            parameter.value if parameter.name is None else _converted(values[parameter.name], parameter.convert)
            for parameter in self._parameters
        ]

    def results(self, records: Iterable[Sequence[Any]]) -> list[T]:
        """The driver's records as rows."""
        return [self._read(record) for record in records]

    @cached_property
    def columns(self) -> Sequence[str]:
        """The names of the result's columns. PostgreSQL's own can have a number behind them."""
        return [name for part in self._parts for name in part.names]

    @cached_property
    def _read(self) -> Callable[[Sequence[Any]], Any]:
        return _reader(self._parts)

    @cached_property
    def _parts(self) -> Sequence["_Part"]:
        return _parts(self._statement.exported_columns, self._tables)


def _reader(parts: Sequence["_Part"]) -> Callable[[Sequence[Any]], Any]:
    """Makes a row of a record."""
    if len(parts) == 1:
        return parts[0].read
    ends = [*accumulate(len(part.names) for part in parts)]
    slices = [(part.read, slice(end - len(part.names), end)) for part, end in zip(parts, ends, strict=True)]
    return lambda record: tuple(read(record[where]) for read, where in slices)


def _parts(
    selected: Iterable[ColumnElement[Any]], parts: Sequence[type[SQLModel] | RowSet[Any] | None]
) -> Sequence["_Part"]:
    columns = iter(selected)
    if not parts:
        return [_ValuePart(column) for column in columns]
    return [_part(columns, part) for part in parts]


def _part(columns: Iterator[ColumnElement[Any]], part: type[SQLModel] | RowSet[Any] | None) -> "_Part":
    if isinstance(part, RowSet):
        return _RowSetPart(next(columns), part)
    return _TablePart(columns, class_mapper(part)) if part else _ValuePart(next(columns))


class _TablePart:
    """The columns of a table, read into a row of its class; None where an outer join found none."""

    def __init__(self, columns: Iterator[ColumnElement[Any]], mapper: Mapper[Any]) -> None:
        self.names = [attribute.key for attribute in mapper.column_attrs]
        self._keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        self._identity = mapper.identity_key_from_primary_key
        self._new = mapper.class_manager.new_instance
        list(islice(columns, len(self.names)))  # the next part has those after them
        types = {name: mapper.column_attrs[name].columns[0].type for name in self.names}
        self._converts = [(name, convert) for name, type_ in types.items() if (convert := _from_driver(type_))]

    def read(self, record: Sequence[Any]) -> Any:
        row = self._new()
        values = row.__dict__
        values.update(zip(self.names, record, strict=True))
        key = tuple(values[name] for name in self._keys)
        if None in key:
            return None
        instance_state(row).key = self._identity(key)  # like a row whose session is closed: not one to insert
        for name, convert in self._converts:
            values[name] = _converted(values[name], convert)
        return row


class _ValuePart:
    def __init__(self, column: ColumnElement[Any]) -> None:
        self.names = [column.key or ""]
        self._convert = _from_driver(column.type)

    def read(self, record: Sequence[Any]) -> Any:
        return _converted(record[0], self._convert)


class _RowSetPart:
    def __init__(self, column: ColumnElement[Any], row_set: RowSet[Any]) -> None:
        self.names = [column.key or ""]
        self._read = row_set.read

    def read(self, record: Sequence[Any]) -> Any:
        return self._read(record[0])


_Part = _TablePart | _ValuePart | _RowSetPart


def _to_driver(type_: TypeEngine[Any]) -> Convert | None:
    return type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _from_driver(type_: TypeEngine[Any]) -> Convert | None:
    if isinstance(type_, ARRAY) and _from_driver(type_.item_type) is None:
        return None  # SQLAlchemy would copy the driver's list
    return type_.dialect_impl(_DIALECT).result_processor(_DIALECT, _NUMERIC)


def _converted(value: Any, convert: Convert | None) -> Any:
    return value if convert is None or value is None else convert(value)
