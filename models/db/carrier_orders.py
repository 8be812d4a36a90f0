"""What we have open at carriers, under which references, and when we last heard of it."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db.session import utc_now
from models.db.tables import CarrierOrderRow
from models.order import Order, OrderRef


async def intend(session: AsyncSession, order: Order, number: int, at: datetime) -> CarrierOrderRow:
    """Note, before the carrier is called, that round `number` is about to be sent; returns the note."""
    row = {
        "tenant": order.tenant,
        "order_id": order.id,
        "round": number,
        "carrier": order.carrier,
        "client_ref": f"{order.id}:{number}",
        "open": True,
        "sent_at": at,
        "heard_at": at,
    }
    await session.exec(insert(CarrierOrderRow).values(row).on_conflict_do_nothing())
    return await session.get_one(CarrierOrderRow, (order.tenant, order.id, number))


async def accepted(session: AsyncSession, ref: OrderRef, number: int, carrier_ref: str, at: datetime) -> None:
    """The carrier has taken round `number` under its own reference."""
    await session.exec(
        update(CarrierOrderRow)
        .where(*_of(ref), col(CarrierOrderRow.round) == number)
        .values(carrier_ref=carrier_ref, heard_at=at)
    )


async def close(session: AsyncSession, ref: OrderRef) -> None:
    """The carrier has nothing open for this order any more."""
    await session.exec(update(CarrierOrderRow).where(*_of(ref)).values(open=False))


async def open_note(session: AsyncSession, ref: OrderRef) -> CarrierOrderRow | None:
    """What is open at the carrier for this order, if anything is; without its reference where that was not heard."""
    found = await session.exec(
        select(CarrierOrderRow)
        .where(*_of(ref), col(CarrierOrderRow.open).is_(True))
        .order_by(col(CarrierOrderRow.round).desc())
    )
    return found.first()


async def by_client_ref(session: AsyncSession, carrier: str, client_ref: str) -> CarrierOrderRow | None:
    """The order that goes by this reference at this carrier."""
    found = await session.exec(
        select(CarrierOrderRow).where(
            col(CarrierOrderRow.carrier) == carrier, col(CarrierOrderRow.client_ref) == client_ref
        )
    )
    return found.first()


async def heard(session: AsyncSession, row: CarrierOrderRow) -> None:
    """The carrier has just said something about this order."""
    row.heard_at = utc_now()
    session.add(row)


async def quiet(session: AsyncSession, carrier: str, since: datetime, *, limit: int) -> list[CarrierOrderRow]:
    """Open orders at a carrier that have not been heard of since then, the quietest first."""
    found = await session.exec(
        select(CarrierOrderRow)
        .where(
            col(CarrierOrderRow.carrier) == carrier,
            col(CarrierOrderRow.open).is_(True),
            col(CarrierOrderRow.carrier_ref).is_not(None),
            col(CarrierOrderRow.heard_at) < since,
        )
        .order_by(col(CarrierOrderRow.heard_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(found.all())


def _of(ref: OrderRef) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(CarrierOrderRow.tenant) == ref.tenant, col(CarrierOrderRow.order_id) == ref.id
