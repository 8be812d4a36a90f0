"""What an import would do: a file compared with what there is, row by row."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from models.imports.kind import Column, ImportKind, Key, Reference, Texts, Wrong, import_kinds
from models.imports.sheet import Sheet, SheetRow, named_by


class RowOutcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"  # the row is right by itself, but something else is in its way
    UNKNOWN_PERSON = "unknown_person"
    ERROR = "error"


IMPORTED = frozenset({RowOutcome.NEW, RowOutcome.CHANGED})


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """One cell before and after; before is empty for a new thing."""

    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class PlannedRow:
    """A row that isn't imported says in `wrong` why."""

    number: int
    outcome: RowOutcome
    key: Key = ()
    changes: Mapping[str, CellChange] = field(default_factory=lambda: MappingProxyType({}))
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    kind: ImportKind
    rows: tuple[PlannedRow, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in RowOutcome}

    def without(self, refused: Mapping[Key, Wrong]) -> "Plan":
        """The plan without the changes of the things with these keys."""
        return replace(self, rows=tuple(_refused(row, refused.get(row.key)) for row in self.rows))

    @property
    def new(self) -> frozenset[Key]:
        """The keys of the things that it brings."""
        return frozenset(row.key for row in self.rows if row.outcome is RowOutcome.NEW)

    @property
    def digest(self) -> str:
        """The same for two plans that would do the same."""
        done = [
            [row.number, row.outcome, row.key, {name: [one.before, one.after] for name, one in row.changes.items()}]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps(done, sort_keys=True).encode()).hexdigest()


def _refused(row: PlannedRow, wrong: Wrong | None) -> PlannedRow:
    if wrong is None or row.outcome not in IMPORTED:
        return row
    return PlannedRow(number=row.number, outcome=RowOutcome.CONFLICT, key=row.key, wrong=(wrong,))


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A thing as it is. `held_by` is the number of the open order that changes it."""

    texts: Texts
    held_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a file is compared with.

    Attributes:
        things: those that its rows name.
        named: the things that its cells name, by kind, under every name that they have.
        taken: who has the unique values of the file, by what people call the value.
        above: the thing above each thing of the tenant, if the kind is a tree.
    """

    things: Mapping[Key, Existing]
    named: Mapping[str, Mapping[Key, Key]]
    taken: Mapping[str, Mapping[str, Key]] = field(default_factory=lambda: MappingProxyType({}))
    above: Mapping[Key, Key] = field(default_factory=lambda: MappingProxyType({}))


def compare(sheet: Sheet, known: Known) -> Plan:
    """What importing the file would do. A thing that the file doesn't name stays as it is."""
    comparison = _Comparison(sheet, known)
    return Plan(kind=sheet.kind, rows=tuple(map(comparison.planned, sheet.rows)))


class _Comparison:
    def __init__(self, sheet: Sheet, known: Known) -> None:
        self._sheet, self._kind, self._known = sheet, sheet.kind, known
        self._rows_of: dict[Key, list[int]] = {}
        for row in sheet.rows:
            key = self._kind.key_of(row.texts)
            self._rows_of.setdefault(key, []).append(row.number)
        self._in_file = {key for row in sheet.rows if not row.wrong and (key := self._kind.key_of(row.texts))}
        self._aliases = self._aliases_in_file()
        self._unique = self._unique_in_file()
        self._drop_what_names_nothing()
        self._above = self._above_after()

    def planned(self, row: SheetRow) -> PlannedRow:
        key, kind = self._kind.key_of(row.texts), self._kind
        wrong = [*row.wrong, *self._wrong_key(row, key)]
        if wrong:
            return PlannedRow(number=row.number, outcome=RowOutcome.ERROR, key=key, wrong=tuple(wrong))
        texts, unknown = self._resolved(row)
        existing = self._existing(key, texts)
        after = self._after(texts, existing)
        wrong = [*self._wrong_cells(after, existing, texts), *kind.check(after)]
        conflicts = list(self._conflicts(key, texts, existing))
        changes = _changes(kind, existing.texts if existing else {}, after)
        exists = existing is not None
        outcome = _outcome(kind, wrong, unknown, conflicts, is_changed=bool(changes), exists=exists)
        failed = (*wrong, *unknown, *conflicts) if outcome not in IMPORTED | {RowOutcome.UNCHANGED} else ()
        kept = changes if outcome in IMPORTED else {}
        return PlannedRow(number=row.number, outcome=outcome, key=key, changes=kept, wrong=failed)

    def _wrong_key(self, row: SheetRow, key: Key) -> Iterator[Wrong]:
        if not key:
            if not row.wrong:
                name = next(name for name in self._kind.key if not row.texts.get(name))
                yield Wrong(column=name, detail=f"Enter a value. It names the {self._kind.noun}.")
            return
        others = [number for number in self._rows_of[key] if number != row.number]
        if others:
            detail = f"Row {others[0]} is about the same {self._kind.noun}. Keep one of them."
            yield Wrong(column=self._kind.key[0], detail=detail)

    def _existing(self, key: Key, texts: Texts) -> Existing | None:
        """A thing that has ended doesn't come back: its key is free for a new one."""
        found = self._known.things.get(key)
        if found and self._kind.is_ended(found.texts) and texts.get("status") and not self._kind.is_ended(texts):
            return None
        return found

    def _resolved(self, row: SheetRow) -> tuple[Texts, list[Wrong]]:
        """The cells with the things that they name under their key, and what names nothing."""
        texts, unknown = dict(row.texts), list[Wrong]()
        for column in self._sheet.given:
            if column.refers and column.name in row.texts:
                found = [self._find(column.refers, key) for key in named_by(column, row.texts)]
                if None in found:
                    missing = named_by(column, row.texts)[found.index(None)]
                    unknown.append(self._unknown(column, column.refers, missing))
                else:
                    texts[column.name] = " | ".join(key[-1] for key in found if key)
        return texts, unknown

    def _find(self, refers: Reference, key: Key) -> Key | None:
        """The key of what a cell names by its key or by its other name, which can be in any case."""
        named, alias = self._known.named.get(refers.kind, {}), tuple(part.lower() for part in key)
        found = named.get(key) or named.get(alias)
        if found is None and refers.kind == self._kind.code:
            found = key if key in self._in_file else self._aliases.get(alias)
        return found

    def _unknown(self, column: Column, refers: Reference, key: Key) -> Wrong:
        noun = "carrier" if refers.kind == "carriers" else import_kinds()[refers.kind].noun
        rows = self._rows_of.get(key) if refers.kind == self._kind.code else None
        advice = f" Row {rows[0]} of this file isn't imported." if rows else ""
        return Wrong(column=column.name, detail=f"There is no {noun} {' '.join(key)}.{advice}")

    def _after(self, texts: Texts, existing: Existing | None) -> Texts:
        """All cells as they would be; an empty cell of a column with a default leaves what is there."""
        if existing is None:
            return {
                column.name: texts.get(column.name) or column.write(column.default) for column in self._kind.columns
            }
        return {**existing.texts, **texts}

    def _wrong_cells(self, after: Texts, existing: Existing | None, texts: Texts) -> Iterator[Wrong]:
        before = existing.texts if existing else {}
        for column in self._kind.columns:
            text, earlier = after.get(column.name, ""), before.get(column.name, "")
            if column.required and not text:
                yield Wrong(column=column.name, detail="Enter a value; this column can't be empty.")
            if text != earlier and {text, earlier} & column.only_orders:
                yield Wrong(column=column.name, detail=f"Only an order changes this from {earlier or 'new'} to {text}.")
        if self._kind.tree and texts.get(self._kind.tree) and self._leads_back(self._kind.key_of(after)):
            noun = self._kind.noun
            yield Wrong(column=self._kind.tree, detail=f"Following this column leads back to the same {noun}.")

    def _conflicts(self, key: Key, texts: Texts, existing: Existing | None) -> Iterator[Wrong]:
        after = self._after(texts, existing)
        if existing and existing.held_by and after != existing.texts:
            yield Wrong(column="", detail=f"The open order {existing.held_by} changes this {self._kind.noun}.")
        if self._kind.is_ended(after):
            return
        for column in self._sheet.given:
            value = column.unique_value(after) if column.unique else ""
            owner = self._known.taken.get(column.unique, {}).get(value)
            if owner and owner != key:
                detail = f"The {self._kind.noun} {' '.join(owner)} has this {column.unique}."
                yield Wrong(column=column.name, detail=detail)
            rows = self._unique.get((column.unique, value), ())
            if value and len(rows) > 1:
                other = next((row for row in rows if row not in self._rows_of[key]), None)
                where = f"Row {other}" if other else "Another cell of this row"
                yield Wrong(column=column.name, detail=f"{where} has the same {column.unique}.")

    def _unique_in_file(self) -> Mapping[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for row in self._sheet.rows:
            for column in self._sheet.given:
                if column.unique and (value := column.unique_value(row.texts)):
                    found.setdefault((column.unique, value), []).append(row.number)
        return found

    def _aliases_in_file(self) -> Mapping[Key, Key]:
        alias = self._kind.also_known_by
        keys = ((row.texts.get(alias), self._kind.key_of(row.texts)) for row in self._sheet.rows if alias)
        return {(name.lower(),): key for name, key in keys if name and key in self._in_file}

    def _drop_what_names_nothing(self) -> None:
        """Rows that name a row of the file which isn't imported aren't imported either, nor those that name them."""
        own = [column for column in self._sheet.given if column.refers and column.refers.kind == self._kind.code]
        before = -1
        while own and before != len(self._in_file):
            before = len(self._in_file)
            for row in self._sheet.rows:
                key = self._kind.key_of(row.texts)
                names = ((column.refers, one) for column in own if column.refers for one in named_by(column, row.texts))
                if key in self._in_file and any(self._find(*name) is None for name in names):
                    self._in_file.discard(key)
                    self._aliases = self._aliases_in_file()

    def _above_after(self) -> Mapping[Key, Key]:
        """The tree as the file would leave it."""
        column = self._kind.by_name.get(self._kind.tree)
        if column is None or column.refers is None or column not in self._sheet.given:
            return self._known.above
        above = dict(self._known.above)
        for row in self._sheet.rows:
            key, names = self._kind.key_of(row.texts), named_by(column, row.texts)
            found = self._find(column.refers, names[0]) if names else None
            if key and found:
                above[key] = found
            else:
                above.pop(key, None)
        return above

    def _leads_back(self, key: Key) -> bool:
        seen, at = {key}, self._above.get(key)
        while at is not None and at not in seen:
            seen.add(at)
            at = self._above.get(at)
        return at == key


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
