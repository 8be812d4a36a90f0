"""What an import would do, row by row."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from models.imports.kind import ImportKind, Key, Wrong


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
    """A row that isn't imported says in `wrong` why. `key_after` is the key that the thing gets."""

    number: int
    outcome: RowOutcome
    key: Key = ()
    key_after: Key = ()
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
