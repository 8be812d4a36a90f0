"""What orders and imports have changed of a line since a carrier said something of it."""

from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import col, select

from models.carrier_report import IMPORTED_AS, DifferenceKind, kinds_changed
from models.db.clauses import matches
from models.db.imports.tables import ImportedRow, ImportRow, ImportState
from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.session import Session
from models.inventory import InventoryState

_STATE = TypeAdapter(InventoryState)


async def kinds_changed_since(session: Session, line: LineRow, at: datetime) -> frozenset[DifferenceKind]:
    return await _by_orders(session, line, at) | await _by_imports(session, line, at)


async def _by_orders(session: Session, line: LineRow, at: datetime) -> frozenset[DifferenceKind]:
    found = await session.all(
        select(InventoryChangeRow.before, InventoryChangeRow.after).where(
            col(InventoryChangeRow.tenant) == line.tenant,
            col(InventoryChangeRow.line_id) == line.id,
            col(InventoryChangeRow.at) > at,
        )
    )
    states = [(_STATE.validate_python(before), _STATE.validate_python(after)) for before, after in found]
    both = [(before, after) for before, after in states if before.line and after.line]
    is_new = len(both) < len(states)
    return frozenset(DifferenceKind) if is_new else frozenset().union(*(kinds_changed(*states) for states in both))


async def _by_imports(session: Session, line: LineRow, at: datetime) -> frozenset[DifferenceKind]:
    found = await session.all(
        select(ImportedRow.changes)
        .join(ImportRow, matches(ImportRow.number, ImportedRow.import_number))
        .where(
            col(ImportedRow.tenant) == line.tenant,
            col(ImportedRow.thing_id) == line.id,
            col(ImportRow.state) == ImportState.APPLIED,
            col(ImportRow.applied_at) > at,
        )
    )
    return frozenset(kind for kind, column in IMPORTED_AS.items() if any(column in changes for changes in found))
