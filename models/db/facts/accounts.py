from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, TEXT, any_, func
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.clauses import matches
from models.db.fact_loader import FactLoader
from models.db.inventory.tables import LineRow
from models.db.people import lookup
from models.db.session import Session
from models.db.statement import Statement, param
from models.facts import NamedLine, Person
from models.optional_facts.accounts import CRITICAL_LINES, CYCLE_DAYS, LINE_OWNERS
from models.order import OrderRequest

_LINES = (col(LineRow.tenant) == param("tenant"), col(LineRow.id) == any_(param("ids", ARRAY(TEXT))))
_CYCLE_DAYS = Statement[tuple[str, int]](
    select(LineRow.id, CarrierAccountRow.cycle_day)
    .join(
        CarrierAccountRow,
        matches(CarrierAccountRow.number, LineRow.carrier_account)
        & (col(CarrierAccountRow.carrier) == col(LineRow.carrier)),
    )
    .where(*_LINES)
)
_CRITICAL_LINES = Statement[tuple[str, str]](
    select(LineRow.id, func.min(AccountRow.name))
    .join(
        AccountRow,
        matches(AccountRow.tenant, LineRow.tenant) & (col(LineRow.mdn) == any_(col(AccountRow.critical_numbers))),
    )
    .where(*_LINES)
    .group_by(col(LineRow.id))
)


async def _load_cycle_days(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, int]:
    del now
    return dict(await session.all(_CYCLE_DAYS, tenant=request.tenant, ids=[one.line.id for one in lines]))


async def _load_critical_lines(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, str]:
    """Any account can list a number: a line can move to another account without a change of the list."""
    del now
    return dict(await session.all(_CRITICAL_LINES, tenant=request.tenant, ids=[one.line.id for one in lines]))


async def _load_line_owners(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, Sequence[Person]]:
    del now
    accounts = {one.line.account_id for one in lines}
    owners = await lookup.owners_of_accounts(session, request.tenant, accounts) if accounts else {}
    return {one.line.id: owners.get(one.line.account_id, []) for one in lines}


CYCLE_DAYS_LOADER = FactLoader(fact=CYCLE_DAYS, load=_load_cycle_days)
CRITICAL_LINES_LOADER = FactLoader(fact=CRITICAL_LINES, load=_load_critical_lines)
LINE_OWNERS_LOADER = FactLoader(fact=LINE_OWNERS, load=_load_line_owners)
