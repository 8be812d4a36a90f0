"""Checking, applying and undoing imports, each in one transaction."""

from asyncio import to_thread
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ARRAY, TEXT, cast, func, true
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlmodel import col, select

from models.audit import AuditAction, AuditActor, AuditSubject
from models.db import numbering
from models.db.audit import audit_log
from models.db.clauses import matches
from models.db.imports import imports, kind_tables, records, stock
from models.db.imports.guards import Guards, ThingChange
from models.db.imports.kind_tables import is_one_of
from models.db.imports.known import what_is_known
from models.db.imports.records import Changes, Loaded, Stored
from models.db.imports.tables import ImportedRow, ImportRow, ImportState
from models.db.orders.tables import ItemRow, OrderRow
from models.db.reconciliations import agreement, reconciliations
from models.db.session import Session, new_id
from models.errors import ActionNotAllowed, FieldError
from models.imports.comparison import compare
from models.imports.kind import ImportKind, Key, Wrong, import_kind
from models.imports.kinds.lines import LINES
from models.imports.plan import IMPORTED, CellChange, Plan, RowOutcome
from models.imports.sheet import Sheet, read_sheet

_MAX_REASONS = 20
_STRINGS = '$.** ? (@.type() == "string")'
# So many new rows change which plan of a query is the best one.
_MANY = 50
_NO_IDS: Mapping[Key, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class File:
    """A file as it was uploaded. `carriers` are the codes of the carriers that it can name; `new_id` makes ids."""

    kind: ImportKind
    name: str
    content: bytes
    carriers: Collection[str]
    new_id: Callable[[], str] = new_id


@dataclass(frozen=True, kw_only=True)
class Importer:
    """Who imports files and undoes that, and what guards the things of some kinds."""

    actor: AuditActor
    guards: Guards


async def plan(session: Session, tenant: str, file: File, *, by: Importer) -> Plan:
    """What the file would do. Raises InvalidRequest for a file that can't be read."""
    sheet = await to_thread(read_sheet, file.kind, file.content)
    return (await _compared(session, tenant, sheet, file.carriers, by))[0]


async def check(session: Session, tenant: str, file: File, *, by: Importer, at: datetime) -> ImportRow:
    """Keep the file and what it would do, under the next number. Raises InvalidRequest."""
    sheet = await to_thread(read_sheet, file.kind, file.content)
    await numbering.lock(session, ImportRow, tenant)
    planned, _ = await _compared(session, tenant, sheet, file.carriers, by)
    row = await _keep(session, tenant, file, planned, by, at)
    await imports.replace_rows(session, tenant, row.number, _rows(tenant, row.number, planned, {}))
    return row


async def apply(
    session: Session,
    tenant: str,
    number: int,
    *,
    digest: str,
    carriers: Collection[str],
    by: Importer,
    at: datetime,
) -> tuple[ImportRow, bool]:
    """Import the rows that are right; False, and a new plan, if it would no longer do what `digest` stands for.

    Raises NotFound, and ActionNotAllowed if it was applied before.
    """
    await numbering.lock(session, ImportRow, tenant)
    row = await imports.get(session, tenant, number, for_update=True)
    if row.state != ImportState.CHECKED or row.content is None:
        raise ActionNotAllowed(f"Import {number} was already applied.")
    sheet = await to_thread(read_sheet, import_kind(row.kind), row.content)
    await _lock(session, tenant, sheet.kind, by)
    planned, loaded = await _compared(session, tenant, sheet, carriers, by, lock=True)
    row.digest, row.counts = planned.digest, dict(planned.counts)
    if planned.digest != digest:
        await imports.replace_rows(session, tenant, number, _rows(tenant, number, planned, {}))
        return row, False
    await _apply(session, row, planned, loaded, by, at)
    return row, True


async def import_now(
    session: Session, tenant: str, file: File, *, by: Importer, at: datetime
) -> tuple[ImportRow, Plan]:
    """Check a file and import the rows that are right. Raises InvalidRequest."""
    sheet = await to_thread(read_sheet, file.kind, file.content)
    await numbering.lock(session, ImportRow, tenant)
    await _lock(session, tenant, sheet.kind, by)
    planned, loaded = await _compared(session, tenant, sheet, file.carriers, by, lock=True)
    row = await _keep(session, tenant, file, planned, by, at)
    await _apply(session, row, planned, loaded, by, at, file.new_id)
    return row, planned


async def undo(session: Session, tenant: str, number: int, *, by: Importer, at: datetime) -> ImportRow:
    """Remove what an import brought, and change back what it changed.

    Raises NotFound, and ActionNotAllowed if it wasn't applied, or if anything was ordered on it or changed since.
    """
    await numbering.lock(session, ImportRow, tenant)
    row = await imports.get(session, tenant, number, for_update=True)
    if row.state != ImportState.APPLIED or row.applied_at is None:
        raise ActionNotAllowed(f"Import {number} isn't applied.")
    kind, done = import_kind(row.kind), await imports.rows(session, tenant, number, outcomes=IMPORTED, limit=None)
    await _lock(session, tenant, kind, by)
    loaded = await records.load(session, tenant, kind, [tuple(one.key) for one in done], lock=True)
    names = {name for one in done for name in (one.thing_id, *one.key) if name}
    ordered = await _ordered(session, tenant, row.applied_at, names)
    reasons = [reason for one in done for reason in _not_undoable(one, loaded.things.get(tuple(one.key)), ordered)]
    _check_undo(number, reasons)
    changed, brought = _changed_back(done), [tuple(one.key) for one in done if one.outcome == RowOutcome.NEW]
    await records.add_former_names(session, tenant, kind, changed, loaded.names)
    undone = (*_things(loaded, changed, ()), *_removed(loaded, brought))
    changes = [replace(one, undoes=True) for one in undone]
    refused = await _refusals(session, tenant, kind, changes, by)
    _check_undo(number, [_not_changed_back(one, refused) for one in done if tuple(one.key) in refused])
    await records.save(session, tenant, kind, changed, loaded, new=(), by=by.actor.name)
    await kind_tables.remove(session, kind, [loaded.things[key].fields for key in brought])
    await stock.undo(session, tenant, row.taken)
    await reconciliations.reopen(session, tenant, number)
    row.state, row.undone_at, row.undone_by = ImportState.UNDONE, at, by.actor.name
    await _follow_up(session, row, changes, by, at)
    await _audit(session, AuditAction.IMPORT_UNDONE, row, by, at)
    return row


async def export(session: Session, tenant: str, kind: ImportKind, *, by: AuditActor, at: datetime) -> Iterator[str]:
    """The lines of a file with all things of a kind; importing it changes nothing."""
    subject = AuditSubject(tenant=tenant, id=None, name=kind.title)
    await audit_log.record(session, AuditAction.EXPORTED, by=by, to=subject, at=at, kind=kind.code)
    return await records.export(session, tenant, kind)


async def _compared(
    session: Session, tenant: str, sheet: Sheet, carriers: Collection[str], by: Importer, *, lock: bool = False
) -> tuple[Plan, Loaded]:
    known, loaded = await what_is_known(session, tenant, sheet, carriers, lock=lock)
    planned = await to_thread(compare, sheet, known)
    changes = _things(loaded, _imported(planned), planned.new)
    refused = await _refusals(session, tenant, sheet.kind, changes, by)
    return await to_thread(compare, sheet, known, refused) if refused else planned, loaded


async def _lock(session: Session, tenant: str, kind: ImportKind, by: Importer) -> None:
    if guard := by.guards.get(kind.code):
        await guard.lock(session, tenant)


async def _refusals(
    session: Session, tenant: str, kind: ImportKind, changes: Sequence[ThingChange], by: Importer
) -> Mapping[Key, Wrong]:
    guard = by.guards.get(kind.code)
    return await guard.refusals(session, tenant, changes, by=by.actor) if guard else {}


async def _follow_up(
    session: Session, row: ImportRow, changes: Sequence[ThingChange], by: Importer, at: datetime
) -> None:
    guard = by.guards.get(row.kind)
    if guard:
        reason = f"Import {row.number}"
        await guard.follow_up(session, row.tenant, changes, by=by.actor, at=at, reason=reason)


def _imported(planned: Plan) -> Changes:
    return {one.key: one.changes for one in planned.rows if one.outcome in IMPORTED}


def _things(
    loaded: Loaded, changes: Changes, new: Collection[Key], ids: Mapping[Key, str] = _NO_IDS
) -> list[ThingChange]:
    """What becomes of the things whose cells change; those of the `new` ones have the ids `ids` afterwards."""
    found = []
    for key, cells in changes.items():
        before = {} if key in new else loaded.things[key].texts
        after = {**before, **{name: cell.after for name, cell in cells.items()}}
        id_ = ids.get(key, "") if key in new else _id_of(loaded, key)
        found.append(ThingChange(id=id_, key=key, before=before, after=after))
    return found


def _removed(loaded: Loaded, keys: Iterable[Key]) -> Iterator[ThingChange]:
    for key in keys:
        yield ThingChange(id=_id_of(loaded, key), key=key, before=loaded.things[key].texts, after={})


def _id_of(loaded: Loaded, key: Key) -> str:
    return str(loaded.things[key].fields.get("id", "")) if key in loaded.things else ""


async def _keep(  # noqa: PLR0917 - a file, what it does, who checks it and when
    session: Session, tenant: str, file: File, planned: Plan, by: Importer, at: datetime
) -> ImportRow:
    await imports.delete_unapplied(session, tenant, at)
    return await session.insert(
        ImportRow(
            tenant=tenant,
            number=await numbering.next_number(session, ImportRow, tenant),
            kind=file.kind.code,
            file_name=file.name,
            digest=planned.digest,
            counts=dict(planned.counts),
            content=file.content,
            checked_at=at,
            checked_by=by.actor.name,
        )
    )


async def _apply(  # noqa: PLR0917 - as above
    session: Session,
    row: ImportRow,
    planned: Plan,
    loaded: Loaded,
    by: Importer,
    at: datetime,
    make_id: Callable[[], str] = new_id,
) -> None:
    changes, name, new = _imported(planned), by.actor.name, planned.new
    ids = await records.save(session, row.tenant, planned.kind, changes, loaded, new=new, by=name, make_id=make_id)
    taken = await stock.take(session, row.tenant, planned.kind, [*ids.values()])
    released = await stock.put_back(session, row.tenant, planned.kind, changes, loaded)
    row.taken = [*taken, *released, *await stock.retire(session, row.tenant, planned.kind, changes, loaded)]
    await imports.replace_rows(session, row.tenant, row.number, _rows(row.tenant, row.number, planned, ids))
    row.state, row.content = ImportState.APPLIED, None
    row.applied_at, row.applied_by = at, name
    if planned.kind is LINES:
        await agreement.close_agreed(session, row.tenant, [*ids.values()], import_number=row.number, at=at)
    await _follow_up(session, row, _things(loaded, changes, new, ids), by, at)
    if len(new) >= _MANY:
        await kind_tables.analyze(session, planned.kind)
    await _audit(session, AuditAction.IMPORT_APPLIED, row, by, at)


def _changed_back(done: Sequence[ImportedRow]) -> Changes:
    return {
        tuple(one.key): {name: CellChange(before=after, after=before) for name, (before, after) in one.changes.items()}
        for one in done
        if one.outcome == RowOutcome.CHANGED
    }


def _not_undoable(row: ImportedRow, now: Stored | None, ordered: frozenset[str]) -> Iterator[FieldError]:
    name = " ".join(row.key)
    if now is None:
        yield FieldError(code="CHANGED_SINCE", field=str(row.row), detail=f"{name} is no longer there.")
        return
    columns = now.texts if row.outcome == RowOutcome.NEW else row.changes
    different = [name for name in columns if now.texts.get(name, "") != row.changes.get(name, ["", ""])[1]]
    sealed = [column for column, value in now.fields.items() if isinstance(value, bytes)]
    if different or (sealed and row.outcome == RowOutcome.NEW):
        detail = f"{[*different, *sealed][0]} of {name} has changed since."
        yield FieldError(code="CHANGED_SINCE", field=str(row.row), detail=detail)
    elif ordered & {row.thing_id, *row.key}:
        yield FieldError(code="ORDERED_SINCE", field=str(row.row), detail=f"Something was ordered on {name} since.")


def _not_changed_back(row: ImportedRow, refused: Mapping[Key, Wrong]) -> FieldError:
    wrong = refused[tuple(row.key)]
    detail = f"{wrong.column} of {' '.join(row.key)} can't be changed back. {wrong.detail}"
    return FieldError(code="ACTION_NOT_ALLOWED", field=str(row.row), detail=detail)


def _check_undo(number: int, reasons: Sequence[FieldError]) -> None:
    if reasons:
        detail = f"Import {number} can't be undone: {reasons[0].detail}"
        raise ActionNotAllowed(detail, errors=reasons[:_MAX_REASONS])


async def _ordered(session: Session, tenant: str, since: datetime, names: Collection[str]) -> frozenset[str]:
    """Those of the ids and other names that orders since then are about, or that their answers have."""
    strings = (
        func.jsonb_path_query(col(ItemRow.answers), cast(_STRINGS, JSONPATH))
        .table_valued("value", name="strings")
        .render_derived()
    )
    answer = strings.c.value.op("#>>")(cast([], ARRAY(TEXT)))
    of_orders: Any = (OrderRow.requester_id, OrderRow.beneficiary_id, OrderRow.beneficiary_site_id, OrderRow.account_id)
    later = (col(OrderRow.tenant) == tenant, col(OrderRow.created_at) >= since)
    found = set[str]()
    for column in of_orders:
        found |= {*await session.all(select(column).where(*later, is_one_of(column, names)).distinct())}
    for column in (col(ItemRow.line_id), col(ItemRow.device_id), answer):
        item: Any = select(column).select_from(ItemRow).join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        item = item.join(strings, true()) if column is answer else item
        found |= {*await session.all(item.where(*later, is_one_of(column, names)).distinct())}
    return frozenset(found)


def _rows(tenant: str, number: int, planned: Plan, ids: Mapping[Key, str]) -> Iterator[ImportedRow]:
    return (
        ImportedRow(
            tenant=tenant,
            import_number=number,
            row=one.number,
            outcome=one.outcome,
            key=list(one.key_after or one.key),
            thing_id=ids.get(one.key),
            changes={name: [change.before, change.after] for name, change in one.changes.items()},
            wrong=[asdict(wrong) for wrong in one.wrong],
        )
        for one in planned.rows
        if one.outcome is not RowOutcome.UNCHANGED
    )


async def _audit(session: Session, action: AuditAction, row: ImportRow, by: Importer, at: datetime) -> None:
    subject = AuditSubject(tenant=row.tenant, id=None, name=f"Import {row.number}")
    await audit_log.record(
        session, action, by=by.actor, to=subject, at=at, kind=row.kind, file=row.file_name, **row.counts
    )
