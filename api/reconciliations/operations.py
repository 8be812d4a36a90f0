"""Reports of carriers: what in them differs from the inventory, and which order brings both to the same."""

from asyncio import to_thread
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.list_filters import check_known
from api.reconciliations import acceptance
from api.reconciliations.acceptance import Takeover
from api.reconciliations.schemas import (
    AcceptedView,
    DifferenceQuery,
    DifferenceView,
    DriftView,
    FixIn,
    FixOrderView,
    FixView,
    ReconciliationDetails,
    ReconciliationQuery,
    ReconciliationView,
    RunDifferenceQuery,
    Side,
    WrongCell,
)
from models import formatting
from models.carrier_report import CARRIER_REPORT, DifferenceKind, DifferenceSource
from models.db import numbering
from models.db.accounts import carrier_accounts
from models.db.catalog.products import known_skus
from models.db.catalog.tables import ProductRow
from models.db.orders import drafts
from models.db.reconciliations import reconciliations
from models.db.reconciliations.tables import DifferenceRow, ReconciliationRow, ReportedLineRow
from models.db.session import Session
from models.errors import ActionNotAllowed, DraftExists, InvalidRequest
from models.imports.sheet import Sheet, SheetRow, read_sheet
from models.questions.line import LINE
from policies.access import Right
from policies.drift_fixes import Fix, fix_of

_DIFFERENCES = "differences"
_IDENTIFIERS = frozenset({DifferenceKind.NUMBER, DifferenceKind.SIM, DifferenceKind.DEVICE})


async def list_runs(services: Services, access: Access, query: ReconciliationQuery) -> list[ReconciliationView]:
    """Newest first."""
    async with services.database.read() as session:
        rows = await reconciliations.newest(session, access.person.tenant, before=query.before, limit=query.limit)
    return [ReconciliationView.model_validate({**_listed(row), "wrong_cells": wrong}) for row, wrong in rows]


def _listed(row: ReconciliationRow) -> dict[str, Any]:
    return row.model_dump(exclude={"wrong"})


async def get(services: Services, access: Access, number: int) -> ReconciliationDetails:
    """Raises NotFound."""
    async with services.database.read() as session:
        return ReconciliationDetails.of(await reconciliations.get(session, access.person.tenant, number))


async def compare(
    services: Services, access: Access, carrier: str, file_name: str, content: bytes
) -> ReconciliationDetails:
    """Raises InvalidRequest for an unknown carrier, or for a file that can't be read."""
    check_known("carrier", [carrier], services.carrier_names)
    sheet = await to_thread(read_sheet, CARRIER_REPORT, content)
    if CARRIER_REPORT.by_name["account_number"] not in sheet.given:
        raise InvalidRequest("The column “account_number” is missing. It says which lines are compared.", field="file")
    return await services.database.run_long(_compare, services, access, carrier, file_name, sheet)


async def _compare(  # noqa: PLR0917 - the arguments of `compare`
    session: Session, services: Services, access: Access, carrier: str, file_name: str, sheet: Sheet
) -> ReconciliationDetails:
    tenant = access.person.tenant
    await numbering.lock(session, ReconciliationRow, tenant)
    known = {row.number for row in await carrier_accounts.named(session, tenant, carrier)}
    number = await numbering.next_number(session, ReconciliationRow, tenant)
    wrong, lines = await to_thread(_read, sheet, known, tenant, number)
    run = ReconciliationRow(
        tenant=tenant,
        number=number,
        carrier=carrier,
        file_name=file_name,
        at=services.now(),
        by=access.person.name,
        accounts=sorted({line.account for line in lines.values()}),
        lines=len(lines),
        wrong=[one.model_dump() for one in wrong],
    )
    unread = {row.texts.get("account_number", "") for row in sheet.rows if not row.texts.get("phone_number")}
    await reconciliations.compare(session, run, list(lines.values()), in_part=unread)
    return ReconciliationDetails.of(run)


def _read(
    sheet: Sheet, known: Collection[str], tenant: str, number: int
) -> tuple[list[WrongCell], dict[str, ReportedLineRow]]:
    lines = {
        row.texts["phone_number"]: _line(tenant, number, row)
        for row in reversed(sheet.rows)
        if row.texts.get("phone_number") and row.texts.get("account_number") in known
    }
    return list(_wrong(sheet, known)), lines


def _wrong(sheet: Sheet, known: Collection[str]) -> Iterator[WrongCell]:
    first_rows: dict[str, int] = {}
    for row in sheet.rows:
        yield from (WrongCell(row=row.number, column=one.column, detail=one.detail) for one in row.wrong)
        told = {one.column for one in row.wrong}
        account, mdn = row.texts.get("account_number"), row.texts.get("phone_number")
        missing = [name for name in ("account_number", "phone_number") if not row.texts.get(name) and name not in told]
        if "" not in told:
            yield from (WrongCell(row=row.number, column=name, detail="This cell is empty.") for name in missing)
        if account and account not in known:
            detail = f"No billing account {account} at this carrier. Add it first."
            yield WrongCell(row=row.number, column="account_number", detail=detail)
        elif mdn and mdn in first_rows:
            detail = f"Row {first_rows[mdn]} has this number, too. Only that row is compared."
            yield WrongCell(row=row.number, column="phone_number", detail=detail)
        elif mdn:
            first_rows[mdn] = row.number


def _line(tenant: str, number: int, row: SheetRow) -> ReportedLineRow:
    types = {column.name: column.type for column in CARRIER_REPORT.columns}
    cells: dict[str, Any] = {
        name: kind.parse(text) if (text := row.texts.get(name)) else None for name, kind in types.items()
    }
    return ReportedLineRow(
        tenant=tenant,
        reconciliation=number,
        row=row.number,
        mdn=cells["phone_number"],
        account=cells["account_number"],
        iccid=cells["sim"],
        imei=cells["device"],
        plan=cells["plan"],
        features=cells["features"],
        status=cells["status"],
    )


async def differences_of(
    services: Services, access: Access, number: int, query: RunDifferenceQuery
) -> CursorPage[DifferenceView]:
    """Those that a report showed. Raises NotFound."""
    async with services.database.read() as session:
        run = await reconciliations.get(session, access.person.tenant, number)
        return await _page(session, services, access, query, run=run)


async def open_differences(services: Services, access: Access, query: DifferenceQuery) -> CursorPage[DifferenceView]:
    """Raises InvalidRequest for an unknown carrier or billing account."""
    check_known("carrier", [query.carrier], services.carrier_names)
    async with services.database.read() as session:
        known = await carrier_accounts.named(session, access.person.tenant) if query.account else []
        check_known("account", [query.account], {row.number for row in known})
        return await _page(
            session, services, access, query, carrier=query.carrier, account=query.account, source=query.source
        )


async def differences_of_line(services: Services, access: Access, line_id: str) -> list[DifferenceView]:
    """The open ones."""
    async with services.database.read() as session:
        tenant, limit = access.person.tenant, len(DifferenceKind)
        rows = await reconciliations.list_differences(session, tenant, line_id=line_id, limit=limit)
        return await _views(session, services, access, rows)


async def _page(
    session: Session, services: Services, access: Access, query: RunDifferenceQuery, *,
    run: ReconciliationRow | None = None, carrier: str | None = None, account: str | None = None,
    source: DifferenceSource | None = None,
) -> CursorPage[DifferenceView]:  # fmt: skip
    after = decode_cursor(query.cursor, _DIFFERENCES)
    rows = await reconciliations.list_differences(
        session, access.person.tenant, run=run, carrier=carrier, account=account, kinds=query.kind, source=source,
        after=after, limit=query.limit + 1,
    )  # fmt: skip
    return cut_page(await _views(session, services, access, rows), query.limit, _DIFFERENCES)


async def _views(
    session: Session, services: Services, access: Access, rows: Collection[DifferenceRow]
) -> list[DifferenceView]:
    if not rows:
        return []
    known = await _known(session, access, rows)
    found = await acceptance.acceptances(session, access.person.tenant, rows, known, services.now())
    return [_view(services, access, row, known, found[row.id]) for row in rows]


async def drift(services: Services, access: Access) -> list[DriftView]:
    """By billing account and kind."""
    async with services.database.read() as session:
        found = await reconciliations.drift(session, access.person.tenant, services.now())
    return [
        DriftView(
            carrier=one.carrier, account=one.account, kind=DifferenceKind(one.kind), week=week, month=month, older=older
        )
        for one in found
        for week, month, older in [one.by_age]
    ]


async def order_fix(services: Services, access: Access, difference_id: str, body: FixIn) -> FixOrderView:
    """Save the draft of the order that brings both to the same.

    An order back to what the inventory has takes over first what the carrier has, which takes a recent second factor.

    Raises NotFound, ActionNotAllowed if no order can do that, and DraftExists.
    """
    if body.side is Side.OURS:
        access.require_step_up()
    return await services.database.run(_order_fix, services, access, difference_id, body)


async def _order_fix(
    session: Session, services: Services, access: Access, difference_id: str, wanted: FixIn
) -> FixOrderView:
    row = await reconciliations.find_difference(session, access.person.tenant, difference_id, for_update=True)
    products = await _known(session, access, [row])
    fix = _fix(services, row, products, wanted.side)
    if row.closed_at is not None or fix is None:
        raise ActionNotAllowed("No order can do this." if fix is None else acceptance.GONE)
    if wanted.side is Side.OURS:
        await _take_over(session, services, access, row, products)
    code, at = fix.type.code, services.now()
    body = {"type": code, "answers": {}, "items": [{LINE.code: row.line_id, **fix.answers}]}
    known = await drafts.find(session, access.person, code, at)
    if known is not None and known.document.get("items") != body["items"] and not wanted.replace_draft:
        raise DraftExists(f"You have another draft: {fix.type.texts.title}. Submit or discard it first, or replace it.")
    draft = await drafts.save(session, access.person, code, body, at)
    return FixOrderView(type=code, order=draft.document, continue_at=f"/order/{code}?line={row.line_id}")


async def accept(services: Services, access: Access, difference_id: str) -> AcceptedView:
    """Take over into the inventory what the carrier has. Raises NotFound, and ActionNotAllowed if that can't be.

    It is an import, so it takes a recent second factor.
    """
    access.require_step_up()
    return await services.database.run(_accept, services, access, difference_id)


async def _accept(session: Session, services: Services, access: Access, difference_id: str) -> AcceptedView:
    row = await reconciliations.find_difference(session, access.person.tenant, difference_id, for_update=True)
    number = await _take_over(session, services, access, row, await _known(session, access, [row]))
    return AcceptedView(import_number=number)


async def _take_over(
    session: Session, services: Services, access: Access, row: DifferenceRow, known: Mapping[str, ProductRow]
) -> int:
    found = (await acceptance.acceptances(session, row.tenant, [row], known, services.now()))[row.id]
    if found.why_not is not None:
        raise ActionNotAllowed(found.why_not)
    return await acceptance.accept(session, services, access, row, found.names)


async def _known(session: Session, access: Access, rows: Collection[DifferenceRow]) -> Mapping[str, ProductRow]:
    """The products that the rows name."""
    skus = {sku for row in rows for sku in (*row.ours, *row.theirs)}
    return await known_skus(session, access.person.tenant, skus)


def _fix(services: Services, row: DifferenceRow, known: Mapping[str, ProductRow], side: Side) -> Fix | None:
    if row.line_id is None:
        return None
    has, gets = (row.ours, row.theirs) if side is Side.THEIRS else (row.theirs, row.ours)
    return fix_of(row.kind, has, gets, services.order_types.values(), acceptance.sold_by(row.carrier, known))


def _view(
    services: Services, access: Access, row: DifferenceRow, known: Mapping[str, ProductRow], found: Takeover
) -> DifferenceView:
    fixes = {} if row.closed_at else {side: _fix(services, row, known, side) for side in Side}
    shown = row.model_dump()
    if not access.is_allowed(Right.LINE_IDENTIFIERS):
        shown["mdn"] = formatting.mask(row.mdn)
        if row.kind in _IDENTIFIERS:
            fixes = {}
            shown |= {side: [formatting.mask(one) for one in shown[side]] for side in ("ours", "theirs")}
    can_run = access.is_allowed(Right.RECONCILIATION_RUN)
    acceptable = can_run and found.why_not is None
    fix, way_back = (
        FixView(type=one.type.code, title=one.type.texts.title, answers=one.answers) if one else None
        for one in (fixes.get(Side.THEIRS), fixes.get(Side.OURS) if acceptable else None)
    )
    of_products = {sku: known[sku].name for sku in (*row.ours, *row.theirs) if sku in known}
    return DifferenceView.model_validate(
        {
            **shown,
            "names": of_products,
            "fix": fix,
            "way_back": way_back,
            "acceptable": acceptable,
            "why_not": found.why_not if can_run else None,
        }
    )
