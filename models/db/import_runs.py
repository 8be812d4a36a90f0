"""Checking, applying and undoing imports, each in one transaction."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.audit import AuditAction, AuditActor, AuditSubject
from models.db import import_records, import_tables
from models.db.audit import audit_log
from models.db.clauses import matches
from models.db.import_records import Loaded, Stored
from models.db.imports import imports
from models.db.imports.tables import ImportedRow, ImportRow, ImportState
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session, new_id
from models.errors import ActionNotAllowed, FieldError
from models.import_kind import ImportKind, Key, import_kind
from models.import_plan import IMPORTED, CellChange, Plan, RowOutcome, compare
from models.import_sheet import Sheet, read_sheet

_MAX_REASONS = 20


@dataclass(frozen=True, kw_only=True)
class File:
    """A file as it was uploaded. `carriers` are the codes of the carriers that it can name; `new_id` makes ids."""

    kind: ImportKind
    name: str
    content: bytes
    carriers: Collection[str]
    new_id: Callable[[], str] = new_id


async def plan(session: Session, tenant: str, file: File) -> Plan:
    """What the file would do. Raises InvalidRequest for a file that can't be read."""
    return (await _compared(session, tenant, read_sheet(file.kind, file.content), file.carriers))[0]


async def check(session: Session, tenant: str, file: File, *, by: AuditActor, at: datetime) -> ImportRow:
    """Keep the file and what it would do, under the next number. Raises InvalidRequest."""
    sheet = read_sheet(file.kind, file.content)
    await imports.lock(session, tenant)
    planned, _ = await _compared(session, tenant, sheet, file.carriers)
    row = await _keep(session, tenant, file, planned, by, at)
    await imports.replace_rows(session, tenant, row.number, _rows(row, planned, {}))
    return row


async def apply(
    session: Session,
    tenant: str,
    number: int,
    *,
    digest: str,
    carriers: Collection[str],
    by: AuditActor,
    at: datetime,
) -> tuple[ImportRow, bool]:
    """Import the rows that are right; False, and a new plan, if it would no longer do what `digest` stands for.

    Raises NotFound, and ActionNotAllowed if it was applied before.
    """
    await imports.lock(session, tenant)
    row = await imports.get(session, tenant, number, for_update=True)
    if row.state != ImportState.CHECKED or row.content is None:
        raise ActionNotAllowed(f"Import {number} was already applied.")
    sheet = read_sheet(import_kind(row.kind), row.content)
    planned, loaded = await _compared(session, tenant, sheet, carriers, lock=True)
    row.digest, row.counts = planned.digest, dict(planned.counts)
    if planned.digest != digest:
        await imports.replace_rows(session, tenant, number, _rows(row, planned, {}))
        return row, False
    await _apply(session, row, planned, loaded, by, at)
    return row, True


async def import_now(
    session: Session, tenant: str, file: File, *, by: AuditActor, at: datetime
) -> tuple[ImportRow, Plan]:
    """Check a file and import the rows that are right. Raises InvalidRequest."""
    sheet = read_sheet(file.kind, file.content)
    await imports.lock(session, tenant)
    planned, loaded = await _compared(session, tenant, sheet, file.carriers, lock=True)
    row = await _keep(session, tenant, file, planned, by, at)
    await _apply(session, row, planned, loaded, by, at, file.new_id)
    return row, planned


async def undo(session: Session, tenant: str, number: int, *, by: AuditActor, at: datetime) -> ImportRow:
    """Remove what an import brought, and change back what it changed.

    Raises NotFound, and ActionNotAllowed if it wasn't applied, or if anything was ordered on it or changed since.
    """
    await imports.lock(session, tenant)
    row = await imports.get(session, tenant, number, for_update=True)
    if row.state != ImportState.APPLIED or row.applied_at is None:
        raise ActionNotAllowed(f"Import {number} isn't applied.")
    kind, done = import_kind(row.kind), await imports.rows(session, tenant, number, outcomes=IMPORTED, limit=None)
    loaded = await import_records.load(session, tenant, kind, [tuple(one.key) for one in done], lock=True)
    ordered = await _ordered(session, tenant, row.applied_at)
    reasons = [reason for one in done for reason in _not_undoable(one, loaded.things.get(tuple(one.key)), ordered)]
    if reasons:
        raise ActionNotAllowed(f"Import {number} can't be undone: {reasons[0].detail}", errors=reasons[:_MAX_REASONS])
    await _change_back(session, row, loaded, done, by)
    row.state, row.undone_at, row.undone_by = ImportState.UNDONE, at, by.name
    await _audit(session, AuditAction.IMPORT_UNDONE, row, by, at)
    return row


async def _compared(
    session: Session, tenant: str, sheet: Sheet, carriers: Collection[str], *, lock: bool = False
) -> tuple[Plan, Loaded]:
    known, loaded = await import_records.known(session, tenant, sheet, carriers, lock=lock)
    return compare(sheet, known), loaded


async def _keep(  # noqa: PLR0917 - a file, what it does, who checks it and when
    session: Session, tenant: str, file: File, planned: Plan, by: AuditActor, at: datetime
) -> ImportRow:
    await imports.delete_unapplied(session, tenant, at)
    return await session.insert(
        ImportRow(
            tenant=tenant,
            number=await imports.next_number(session, tenant),
            kind=file.kind.code,
            file_name=file.name,
            digest=planned.digest,
            counts=dict(planned.counts),
            content=file.content,
            checked_at=at,
            checked_by=by.name,
        )
    )


async def _apply(  # noqa: PLR0917 - as above
    session: Session,
    row: ImportRow,
    planned: Plan,
    loaded: Loaded,
    by: AuditActor,
    at: datetime,
    make_id: Callable[[], str] = new_id,
) -> None:
    changes = {one.key: one.changes for one in planned.rows if one.outcome in IMPORTED}
    ids = await import_records.save(session, row.tenant, planned.kind, changes, loaded, by=by.name, make_id=make_id)
    await imports.replace_rows(session, row.tenant, row.number, _rows(row, planned, ids))
    row.state, row.content = ImportState.APPLIED, None
    row.applied_at, row.applied_by = at, by.name
    await _audit(session, AuditAction.IMPORT_APPLIED, row, by, at)


async def _change_back(
    session: Session, row: ImportRow, loaded: Loaded, done: Sequence[ImportedRow], by: AuditActor
) -> None:
    kind = import_kind(row.kind)
    things = {tuple(one.key): one for one in done}
    changed = {
        key: {name: CellChange(before=after, after=before) for name, (before, after) in one.changes.items()}
        for key, one in things.items()
        if one.outcome == RowOutcome.CHANGED
    }
    await import_records.save(session, row.tenant, kind, changed, loaded, by=by.name)
    new = [loaded.things[key].fields for key, one in things.items() if one.outcome == RowOutcome.NEW]
    await import_tables.remove(session, kind, new)


def _not_undoable(row: ImportedRow, now: Stored | None, ordered: frozenset[str]) -> Iterator[FieldError]:
    name = " ".join(row.key)
    if now is None:
        yield FieldError(code="CHANGED_SINCE", field=str(row.row), detail=f"{name} is no longer there.")
        return
    different = [column for column, (_, after) in row.changes.items() if now.texts.get(column, "") != after]
    if different:
        detail = f"{different[0]} of {name} has changed since."
        yield FieldError(code="CHANGED_SINCE", field=str(row.row), detail=detail)
    elif ordered & {row.thing_id, *row.key}:
        yield FieldError(code="ORDERED_SINCE", field=str(row.row), detail=f"Something was ordered on {name} since.")


async def _ordered(session: Session, tenant: str, since: datetime) -> frozenset[str]:
    """What orders since then are about: the ids of lines, devices, people and accounts, and all answers."""
    about: Any = (OrderRow.requester_id, OrderRow.beneficiary_id, OrderRow.beneficiary_site_id, OrderRow.account_id)
    later = (col(OrderRow.tenant) == tenant, col(OrderRow.created_at) >= since)
    orders = await session.all(select(*about).where(*later))
    items = await session.all(
        select(col(ItemRow.line_id), col(ItemRow.device_id), col(ItemRow.answers))
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .where(*later)
    )
    things: set[str | None] = {one for order in orders for one in order}
    things |= {one for line, device, answers in items for one in (line, device, *_answers(answers))}
    return frozenset(one for one in things if one)


def _answers(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _answers(inner)


def _rows(row: ImportRow, planned: Plan, ids: Mapping[Key, str]) -> Iterator[ImportedRow]:
    return (
        ImportedRow(
            tenant=row.tenant,
            import_number=row.number,
            row=one.number,
            outcome=one.outcome,
            key=list(one.key),
            thing_id=ids.get(one.key),
            changes={name: [change.before, change.after] for name, change in one.changes.items()},
            wrong=[asdict(wrong) for wrong in one.wrong],
        )
        for one in planned.rows
        if one.outcome is not RowOutcome.UNCHANGED
    )


async def _audit(session: Session, action: AuditAction, row: ImportRow, by: AuditActor, at: datetime) -> None:
    subject = AuditSubject(tenant=row.tenant, id=None, name=f"Import {row.number}")
    await audit_log.record(session, action, by=by, to=subject, at=at, kind=row.kind, file=row.file_name, **row.counts)
