"""A file compared with what there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from models.formatting import capitalized, lock_holder
from models.imports.kind import NO_TEXTS, Column, ImportKind, Key, Reference, Texts, Wrong, import_kinds
from models.imports.plan import IMPORTED, CellChange, Plan, PlannedRow, RowOutcome
from models.imports.sheet import Sheet, SheetRow, named_by

_RIGHT = IMPORTED | {RowOutcome.UNCHANGED}


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A thing as it is.

    `held_by` is the number of the open order that changes it, or PLANNED_CHANGE; `used_by` what the line that has it
    is called.
    """

    texts: Texts
    held_by: str = ""
    used_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a file is compared with.

    Attributes:
        things: those that its rows name, by each of their keys.
        named: the things that its cells name, by kind, under every name that they have.
        facts: what decides whether they can be named, by kind and key.
        taken: who has the unique values of the file, by what people call the value.
        above: the thing above each thing of the tenant, if the kind is a tree.
        today: the day in the tenant's time zone.
        forms: what keys that name the same thing have in common, if they can be written in several ways.
    """

    things: Mapping[Key, Existing]
    named: Mapping[str, Mapping[Key, Key]]
    today: date
    facts: Mapping[str, Mapping[Key, Texts]] = field(default_factory=lambda: MappingProxyType({}))
    taken: Mapping[str, Mapping[str, Key]] = field(default_factory=lambda: MappingProxyType({}))
    above: Mapping[Key, Key] = field(default_factory=lambda: MappingProxyType({}))
    forms: Mapping[Key, Key] = field(default_factory=lambda: MappingProxyType({}))


def compare(sheet: Sheet, known: Known, refused: Mapping[Key, Wrong] = MappingProxyType({})) -> Plan:
    """What importing the file would do. A thing that the file doesn't name stays as it is.

    `refused` says why the things with these keys can't be imported although their cells are right.
    """
    return Plan(kind=sheet.kind, rows=_Comparison(sheet, known, refused).rows())


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A row with the thing that it is about: as it is, None if it is new, and as it would be."""

    number: int
    key: Key
    existing: Existing | None
    texts: Texts
    after: Texts
    wrong: tuple[Wrong, ...]

    @property
    def before(self) -> Texts:
        return self.existing.texts if self.existing else NO_TEXTS


class _Comparison:
    """Rows can need each other: they name each other, or one takes what the other gives up.

    So they are planned until no row needs one that isn't imported.
    """

    def __init__(self, sheet: Sheet, known: Known, refused: Mapping[Key, Wrong]) -> None:
        self._sheet, self._kind, self._known, self._refused = sheet, sheet.kind, known, refused
        self._rows_of: dict[Key, list[int]] = {}
        for row in sheet.rows:
            self._rows_of.setdefault(self._form(self._key(row.texts)), []).append(row.number)
        self._in_file = {key for row in sheet.rows if not row.wrong and (key := self._key(row.texts))}
        self._aliases = self._aliases_in_file()
        self._drop_what_names_nothing()

    def rows(self) -> tuple[PlannedRow, ...]:
        planned: dict[int, PlannedRow] = {}
        while True:
            read = self._read_all()
            self._above = self._above_after(read)
            self._after = {row.key: row for row in read if row.key in self._in_file}
            self._takers = self._unique_after()
            for row, given in zip(read, self._sheet.rows, strict=True):
                if row.number not in planned or planned[row.number].outcome in _RIGHT:
                    planned[row.number] = self._planned(row, given)
            right = {row.key for row in planned.values() if row.outcome in _RIGHT}
            if self._in_file <= right:
                return tuple(planned.values())
            self._in_file &= right
            self._aliases = self._aliases_in_file()

    def _read_all(self) -> list[_Row]:
        rows = [(row, self._existing(row.texts)) for row in self._sheet.rows]
        named = [(self._named(row, there), there.texts if there else NO_TEXTS) for row, there in rows]
        settled = self._kind.settled(named, self._known.today)
        return [
            _Row(
                number=row.number,
                key=self._key(row.texts),
                existing=there,
                texts=texts,
                after=self._texts_after(texts, there),
                wrong=row.wrong,
            )
            for (row, there), texts in zip(rows, settled, strict=True)
        ]

    def _named(self, row: SheetRow, existing: Existing | None) -> Texts:
        """The cells of a row, each thing that they name by its own key."""
        named = dict(row.texts)
        for column in self._sheet.given:
            if column.refers and column.name in row.texts:
                found = [one for key in named_by(column, row.texts) if (one := self._find(column.refers, key))]
                named[column.name] = " | ".join(one[-1] for one in found)
                if existing and column.refers.not_left and any(self._has_left(column.refers, one) for one in found):
                    named[column.name] = existing.texts[column.name]
        return named

    def _has_left(self, refers: Reference, key: Key) -> bool:
        return self._known.facts.get(refers.kind, {}).get(key, NO_TEXTS).get("active") == "no"

    def _planned(self, row: _Row, given: SheetRow) -> PlannedRow:
        kind, key = self._kind, row.key
        wrong = [*row.wrong, *self._wrong_key(row)]
        if wrong:
            return PlannedRow(number=row.number, outcome=RowOutcome.ERROR, key=key, wrong=tuple(wrong))
        unknown = list(self._unknown_names(given))
        wrong = [*self._wrong_cells(row), *self._wrong_names(row), *kind.check(row.after)]
        conflicts = list(self._conflicts(row))
        changes = _changes(kind, row.before, row.after)
        if changes and key in self._refused:
            conflicts.append(self._refused[key])
        outcome = _outcome(kind, wrong, unknown, conflicts, is_changed=bool(changes), exists=bool(row.existing))
        failed = (*wrong, *unknown, *conflicts) if outcome not in _RIGHT else ()
        return PlannedRow(
            number=row.number,
            outcome=outcome,
            key=key,
            key_after=kind.key_of(row.after),
            changes=changes if outcome in IMPORTED else {},
            wrong=failed,
        )

    def _key(self, texts: Texts) -> Key:
        """The key of the thing that a row is about: as it is, if it exists, else as the row has it."""
        existing = self._existing(texts)
        return self._kind.key_of(existing.texts if existing else texts)

    def _form(self, key: Key) -> Key:
        return self._known.forms.get(key, key)

    def _existing(self, texts: Texts) -> Existing | None:
        """A thing that has ended doesn't come back: its key is free for a new one."""
        for key in self._kind.keys_of(texts):
            found = self._known.things.get(self._form(key))
            comes_back = texts.get("status") and not self._kind.is_ended(texts)
            if found and not (self._kind.is_ended(found.texts) and comes_back):
                return found
        return None

    def _wrong_key(self, row: _Row) -> Iterator[Wrong]:
        if not row.key:
            if not row.wrong:
                name = next(name for name in self._kind.key if not row.texts.get(name))
                yield Wrong(column=name, detail=f"Enter a value. It names the {self._kind.noun}.")
            return
        others = [number for number in self._rows_of[self._form(row.key)] if number != row.number]
        if others:
            detail = f"Row {others[0]} is about the same {self._kind.noun}. Keep one of them."
            yield Wrong(column=self._kind.key[0], detail=detail)

    def _unknown_names(self, row: SheetRow) -> Iterator[Wrong]:
        for column in self._sheet.given:
            if column.refers:
                missing = (key for key in named_by(column, row.texts) if self._find(column.refers, key) is None)
                yield from (self._unknown(column, column.refers, key) for key in list(missing)[:1])

    def _find(self, refers: Reference, key: Key) -> Key | None:
        """The key of what a cell names by its key or by its other name, which can be in any case."""
        named, alias = self._known.named.get(refers.kind, {}), tuple(part.lower() for part in key)
        found = named.get(key) or named.get(alias)
        if found is None and refers.kind == self._kind.code:
            found = key if key in self._in_file else self._aliases.get(alias)
        return found

    def _unknown(self, column: Column, refers: Reference, key: Key) -> Wrong:
        rows = self._rows_of.get(self._form(key)) if refers.kind == self._kind.code else None
        advice = f" Row {rows[0]} of this file isn't imported." if rows else ""
        return Wrong(column=column.name, detail=f"There is no {_noun(refers)} {' '.join(key)}.{advice}")

    def _texts_after(self, texts: Texts, existing: Existing | None) -> Texts:
        """All cells as they would be; an empty cell of a column with a default leaves what is there."""
        if existing is None:
            return {
                column.name: texts.get(column.name) or column.write(column.default) for column in self._kind.columns
            }
        return {**existing.texts, **texts}

    def _wrong_cells(self, row: _Row) -> Iterator[Wrong]:
        noun = self._kind.noun
        for column in self._kind.columns:
            text, earlier = row.after.get(column.name, ""), row.before.get(column.name, "")
            if column.required and not text:
                yield Wrong(column=column.name, detail="Enter a value; this column can't be empty.")
            if text != earlier and {text, earlier} & column.only_orders:
                yield Wrong(column=column.name, detail=f"Only an order changes this from {earlier or 'new'} to {text}.")
            if text != earlier and row.existing and row.existing.used_by and column.stock == text:
                detail = f"This {noun} isn't in stock: the line {row.existing.used_by} has it."
                yield Wrong(column=column.name, detail=detail)
        above = row.after.get(self._kind.tree, "")
        if above != row.before.get(self._kind.tree, "") and self._leads_back(row.key):
            yield Wrong(column=self._kind.tree, detail=f"Following this column leads back to the same {noun}.")

    def _wrong_names(self, row: _Row) -> Iterator[Wrong]:
        """What a changed cell names, and a row like this can't name."""
        for column in self._kind.columns:
            refers = column.refers
            if refers is None or not (refers.only or refers.same):
                continue
            decides = (column.name, *refers.same)
            if all(row.after.get(name, "") == row.before.get(name, "") for name in decides):
                continue
            for key in named_by(column, row.after):
                facts = self._facts(refers, key)
                wanted = {**refers.only, **{name: row.after.get(name, "") for name in refers.same}}
                for name, value in wanted.items():
                    found = facts.get(name, "")
                    if found and value and found != value:
                        detail = f"The {name} of {_noun(refers)} {key[-1]} is {found}, not {value}."
                        yield Wrong(column=column.name, detail=detail)

    def _facts(self, refers: Reference, key: Key) -> Texts:
        in_file = self._after.get(key) if refers.kind == self._kind.code else None
        return in_file.after if in_file else self._known.facts.get(refers.kind, {}).get(key, NO_TEXTS)

    def _conflicts(self, row: _Row) -> Iterator[Wrong]:
        if row.existing and row.existing.held_by and row.after != row.existing.texts:
            holder = capitalized(lock_holder(row.existing.held_by))
            yield Wrong(column="", detail=f"{holder} is in progress for this {self._kind.noun}.")
        if not self._kind.takes(row.after):
            return
        had = row.before if self._kind.takes(row.before) else NO_TEXTS
        for column in self._kind.columns:
            value = column.unique_value(row.after) if column.unique else ""
            if not value or value == column.unique_value(had):
                continue
            owner = self._known.taken.get(column.unique, {}).get(value)
            if owner and owner != row.key and not self._gives_up(owner, column.unique, value):
                detail = f"The {self._kind.noun} {' '.join(owner)} has this {column.unique}."
                yield Wrong(column=column.name, detail=detail)
                continue
            rows = self._takers.get((column.unique, value), ())
            if len(rows) > 1:
                other = next((number for number in rows if number != row.number), None)
                where = f"Row {other}" if other else "Another cell of this row"
                yield Wrong(column=column.name, detail=f"{where} has the same {column.unique}.")

    def _gives_up(self, owner: Key, unique: str, value: str) -> bool:
        """Whether the file changes the owner of a value so that something else can have it."""
        row = self._after.get(owner)
        return row is not None and row.number not in self._takers.get((unique, value), ())

    def _unique_after(self) -> Mapping[tuple[str, str], list[int]]:
        """The rows that have a unique value afterwards."""
        found: dict[tuple[str, str], list[int]] = {}
        for row in self._after.values():
            for column in self._kind.columns:
                if column.unique and self._kind.takes(row.after) and (value := column.unique_value(row.after)):
                    found.setdefault((column.unique, value), []).append(row.number)
        return found

    def _aliases_in_file(self) -> Mapping[Key, Key]:
        keys = (
            (row.texts.get(alias), self._key(row.texts))
            for row in self._sheet.rows
            for alias in self._kind.also_known_by
        )
        return {(name.lower(),): key for name, key in keys if name and key in self._in_file}

    def _drop_what_names_nothing(self) -> None:
        """Rows that name a row of the file which isn't imported aren't imported either, nor those that name them."""
        own = [column for column in self._sheet.given if column.refers and column.refers.kind == self._kind.code]
        before = -1
        while own and before != len(self._in_file):
            before = len(self._in_file)
            for row in self._sheet.rows:
                key = self._key(row.texts)
                names = ((column.refers, one) for column in own if column.refers for one in named_by(column, row.texts))
                if key in self._in_file and any(self._find(*name) is None for name in names):
                    self._in_file.discard(key)
                    self._aliases = self._aliases_in_file()

    def _above_after(self, rows: Sequence[_Row]) -> Mapping[Key, Key]:
        """The tree as the file would leave it."""
        column = self._kind.by_name.get(self._kind.tree)
        if column is None or column not in self._sheet.given:
            return self._known.above
        above = dict(self._known.above)
        for row in rows:
            if row.key and (name := row.texts.get(column.name)):
                above[row.key] = (name,)
            else:
                above.pop(row.key, None)
        return above

    def _leads_back(self, key: Key) -> bool:
        seen, at = {key}, self._above.get(key)
        while at is not None and at not in seen:
            seen.add(at)
            at = self._above.get(at)
        return at == key


def _noun(refers: Reference) -> str:
    return "carrier" if refers.kind == "carriers" else import_kinds()[refers.kind].noun


def _changes(kind: ImportKind, before: Texts, after: Texts) -> Mapping[str, CellChange]:
    return {
        column.name: CellChange(before=before.get(column.name, ""), after=after.get(column.name, ""))
        for column in kind.columns
        if before.get(column.name, "") != after.get(column.name, "")
    }


def _outcome(
    kind: ImportKind,
    wrong: Sequence[Wrong],
    unknown: Sequence[Wrong],
    conflicts: Sequence[Wrong],
    *,
    is_changed: bool,
    exists: bool,
) -> RowOutcome:
    people = {column.name for column in kind.columns if column.refers and column.refers.kind == "people"}
    if wrong:
        return RowOutcome.ERROR
    if unknown:
        return RowOutcome.UNKNOWN_PERSON if {one.column for one in unknown} <= people else RowOutcome.ERROR
    if conflicts:
        return RowOutcome.CONFLICT
    if not exists:
        return RowOutcome.NEW
    return RowOutcome.CHANGED if is_changed else RowOutcome.UNCHANGED
