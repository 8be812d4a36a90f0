"""Which billing account at a carrier an account uses: its own, else that of the nearest account above it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, ScalarSelect, func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.clauses import matches
from models.db.hierarchy import accounts_above
from models.db.session import Session


async def numbers_of(session: Session, tenant: str, account_id: str) -> Mapping[str, str]:
    """The numbers of the billing accounts that an account uses, by carrier."""
    return await session.first(select(numbers_above(tenant, accounts_above(tenant, account_id)))) or {}


async def used_by(session: Session, tenant: str, account_id: str) -> list[tuple[CarrierAccountRow, AccountRow]]:
    """The billing accounts that an account uses, by carrier, each with the account that has it."""
    above = accounts_above(tenant, account_id)
    columns = (col(CarrierAccountRow.carrier), col(CarrierAccountRow.number))
    nearest = _nearest(tenant, above, *columns).subquery("nearest")
    return await session.all(
        select(CarrierAccountRow, AccountRow)
        .join(nearest, (columns[0] == nearest.c.carrier) & (columns[1] == nearest.c.number))
        .join(AccountRow, matches(AccountRow.id, CarrierAccountRow.account_id))
        .where(col(CarrierAccountRow.tenant) == tenant)
        .order_by(columns[0])
    )


def numbers_above(tenant: str, above: CTE) -> ScalarSelect[Any]:
    """A JSON object, carrier to number; NULL if there is none. `above` is `accounts_above` of the account."""
    nearest = _nearest(tenant, above, col(CarrierAccountRow.carrier), col(CarrierAccountRow.number)).subquery()
    return select(func.jsonb_object_agg(nearest.c.carrier, nearest.c.number)).scalar_subquery()


def _nearest(tenant: str, above: CTE, *columns: Any) -> Any:
    return (
        select(*columns)
        .join(above, col(CarrierAccountRow.account_id) == above.c.id)
        .where(col(CarrierAccountRow.tenant) == tenant, col(CarrierAccountRow.active))
        .ext(distinct_on(col(CarrierAccountRow.carrier)))
        .order_by(col(CarrierAccountRow.carrier), above.c.distance)
    )
