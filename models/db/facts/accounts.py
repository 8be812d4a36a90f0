from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import any_, func
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.clauses import matches
from models.db.fact_loader import FactLoader
from models.db.inventory.tables import LineRow
from models.db.session import Session
from models.facts import NamedLine
from models.optional_facts.accounts import CRITICAL_LINES, CYCLE_DAYS
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


CYCLE_DAYS_LOADER = FactLoader(fact=CYCLE_DAYS, load=_load_cycle_days)
CRITICAL_LINES_LOADER = FactLoader(fact=CRITICAL_LINES, load=_load_critical_lines)
