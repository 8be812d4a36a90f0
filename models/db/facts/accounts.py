from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import any_, func
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.clauses import matches
from models.db.fact_loader import FactLoader
from models.db.inventory.tables import LineRow
from models.db.people import lookup
from models.db.session import Session
from models.facts import NamedLine, Person
from models.optional_facts.accounts import CRITICAL_LINES, CYCLE_DAYS, LINE_OWNERS
from models.order import OrderRequest


async def _load_cycle_days(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, int]:
    del now
    rows = await session.all(
        select(LineRow.id, CarrierAccountRow.cycle_day)
        .join(
            CarrierAccountRow,
            matches(CarrierAccountRow.number, LineRow.carrier_account)
            & (col(CarrierAccountRow.carrier) == col(LineRow.carrier)),
        )
        .where(col(LineRow.tenant) == request.tenant, col(LineRow.id).in_([one.line.id for one in lines]))
    )
    return dict(rows)


async def _load_critical_lines(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, str]:
    """Any account can list a number: a line can move to another account without a change of the list."""
    del now
    rows = await session.all(
        select(LineRow.id, func.min(AccountRow.name))
        .join(
            AccountRow,
            matches(AccountRow.tenant, LineRow.tenant) & (col(LineRow.mdn) == any_(col(AccountRow.critical_numbers))),
        )
        .where(col(LineRow.tenant) == request.tenant, col(LineRow.id).in_([one.line.id for one in lines]))
        .group_by(col(LineRow.id))
    )
    return dict(rows)


async def _load_line_owners(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, Sequence[Person]]:
    del now
    accounts = {one.line.account_id for one in lines}
    owners = {one: await lookup.account_owners(session, request.tenant, one) for one in sorted(accounts)}
    return {one.line.id: owners[one.line.account_id] for one in lines}


CYCLE_DAYS_LOADER = FactLoader(fact=CYCLE_DAYS, load=_load_cycle_days)
CRITICAL_LINES_LOADER = FactLoader(fact=CRITICAL_LINES, load=_load_critical_lines)
LINE_OWNERS_LOADER = FactLoader(fact=LINE_OWNERS, load=_load_line_owners)
