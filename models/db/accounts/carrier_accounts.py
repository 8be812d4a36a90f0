"""The billing accounts at carriers. An account uses its own, else that of the nearest account above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, ScalarSelect, func, inspect
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.clauses import matches, optional
from models.db.hierarchy import Value, accounts_above
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.session import Session
from models.db.statement import Statement, param


@dataclass(frozen=True, kw_only=True)
class BillingAccountFound:
    """A billing account, the account that has it, and the number of lines in use that it is charged for."""

    row: CarrierAccountRow
    account: AccountRow
    lines: int


def numbers_above(tenant: Value, above: CTE) -> ScalarSelect[Any]:
    """A JSON object, carrier to number; NULL if there is none. `above` is `accounts_above` of the account."""
    nearest = _nearest(tenant, above, col(CarrierAccountRow.carrier), col(CarrierAccountRow.number)).subquery()
    return select(func.jsonb_object_agg(nearest.c.carrier, nearest.c.number)).scalar_subquery()


def _nearest(tenant: Value, above: CTE, *columns: Any) -> Any:
    return (
        select(*columns)
        .join(above, col(CarrierAccountRow.account_id) == above.c.id)
        .where(col(CarrierAccountRow.tenant) == tenant, col(CarrierAccountRow.active))
        .ext(distinct_on(col(CarrierAccountRow.carrier)))
        .order_by(col(CarrierAccountRow.carrier), above.c.distance)
    )


def _used_by() -> Any:
    tenant, columns = param("tenant"), (col(CarrierAccountRow.carrier), col(CarrierAccountRow.number))
    nearest = _nearest(tenant, accounts_above(tenant, param("account_id")), *columns).subquery("nearest")
    return (
        select(CarrierAccountRow, AccountRow)
        .join(nearest, (columns[0] == nearest.c.carrier) & (columns[1] == nearest.c.number))
        .join(AccountRow, matches(AccountRow.id, CarrierAccountRow.account_id))
        .where(col(CarrierAccountRow.tenant) == tenant)
        .order_by(columns[0])
    )


_USED_BY = Statement[tuple[CarrierAccountRow, AccountRow]](_used_by(), CarrierAccountRow, AccountRow)
_NUMBERS = Statement[Mapping[str, str] | None](
    select(numbers_above(param("tenant"), accounts_above(param("tenant"), param("account_id"))))
)


async def numbers_of(session: Session, tenant: str, account_id: str) -> Mapping[str, str]:
    """The numbers of the billing accounts that an account uses, by carrier."""
    return await session.first(_NUMBERS, tenant=tenant, account_id=account_id) or {}


async def used_by(session: Session, tenant: str, account_id: str) -> list[tuple[CarrierAccountRow, AccountRow]]:
    """The billing accounts that an account uses, by carrier, each with the account that has it."""
    return await session.all(_USED_BY, tenant=tenant, account_id=account_id)


async def save(session: Session, row: CarrierAccountRow) -> None:
    """Write what has changed."""
    session.add(row)
    await session.flush()


async def remove(session: Session, row: CarrierAccountRow) -> None:
    await session.delete(row)
    await session.flush()


async def lock(session: Session, tenant: str) -> None:
    """Until the end of the transaction, nobody else changes the billing accounts of the tenant."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:carrier_account", 0))))


async def named(session: Session, tenant: str, carrier: str | None = None) -> list[CarrierAccountRow]:
    """Those of `of_tenant`, without what `BillingAccountFound` adds."""
    of_carrier = optional((carrier, lambda value: col(CarrierAccountRow.carrier) == value))
    return await session.all(select(CarrierAccountRow).where(col(CarrierAccountRow.tenant) == tenant, *of_carrier))


async def of_tenant(session: Session, tenant: str, carrier: str | None = None) -> list[BillingAccountFound]:
    """By carrier and number, those that are active first."""
    rows = await session.all(
        _with_lines(tenant)
        .where(*optional((carrier, lambda value: col(CarrierAccountRow.carrier) == value)))
        .order_by(col(CarrierAccountRow.active).desc(), col(CarrierAccountRow.carrier), col(CarrierAccountRow.number))
    )
    return [BillingAccountFound(row=row, account=account, lines=lines) for row, account, lines in rows]


async def find(session: Session, tenant: str, carrier: str, number: str) -> BillingAccountFound | None:
    row = await session.first(
        _with_lines(tenant).where(col(CarrierAccountRow.carrier) == carrier, col(CarrierAccountRow.number) == number)
    )
    return BillingAccountFound(row=row[0], account=row[1], lines=row[2]) if row else None


async def of_account(session: Session, tenant: str, account_id: str, carrier: str) -> CarrierAccountRow | None:
    """The account's own active billing account at a carrier."""
    return await session.first(
        select(CarrierAccountRow).where(
            col(CarrierAccountRow.tenant) == tenant,
            col(CarrierAccountRow.account_id) == account_id,
            col(CarrierAccountRow.carrier) == carrier,
            col(CarrierAccountRow.active),
        )
    )


async def lines_by_account(session: Session, row: CarrierAccountRow) -> list[tuple[AccountRow, int]]:
    """The accounts whose lines in use are charged to a billing account, with the number of these lines."""
    return await session.all(
        select(AccountRow, func.count())
        .join(LineRow, matches(LineRow.account_id, AccountRow.id))
        .where(*_charged_to(row), col(LineRow.status).not_in(ENDED_LINE_STATUSES))
        .group_by(*inspect(AccountRow).primary_key)
        .order_by(col(AccountRow.number))
    )


async def has_lines(session: Session, row: CarrierAccountRow) -> bool:
    """Whether any line is or was charged to a billing account."""
    return await session.first(select(col(LineRow.id)).where(*_charged_to(row)).limit(1)) is not None


def _charged_to(row: CarrierAccountRow) -> tuple[ColumnElement[bool], ...]:
    return (
        col(LineRow.tenant) == row.tenant,
        col(LineRow.carrier) == row.carrier,
        col(LineRow.carrier_account) == row.number,
    )


def _with_lines(tenant: str) -> Any:
    """Billing accounts, each with its account and the number of lines in use that it is charged for."""
    lines = (
        select(func.count())
        .select_from(LineRow)
        .where(
            matches(LineRow.carrier, CarrierAccountRow.carrier),
            col(LineRow.carrier_account) == col(CarrierAccountRow.number),
            col(LineRow.status).not_in(ENDED_LINE_STATUSES),
        )
        .correlate(CarrierAccountRow)
        .scalar_subquery()
    )
    return (
        select(CarrierAccountRow, AccountRow, lines)
        .join(AccountRow, matches(AccountRow.id, CarrierAccountRow.account_id))
        .where(col(CarrierAccountRow.tenant) == tenant)
    )
