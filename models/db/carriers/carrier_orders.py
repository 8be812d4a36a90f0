"""What we have open at carriers, under which references, and when we last heard of it."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.carriers.tables import CarrierOrderRow
from models.db.orders.tables import OrderRow
from models.db.session import UNSEEN, Session, utc_now
from models.order import Order, OrderRef
from models.timers import TimerRef


async def intend(session: Session, order: Order, number: int, at: datetime) -> CarrierOrderRow:
    """Note, before the carrier is called, that round `number` is about to be sent; returns the note."""
    row = {
        "tenant": order.tenant,
        "order_id": order.id,
        "round": number,
        "carrier": order.carrier,
        "client_ref": f"{order.id}:{number}",
        "open": True,
        "sent_at": at,
        "last_update_at": at,
    }
    await session.exec(insert(CarrierOrderRow).values(row).on_conflict_do_nothing())
    return await session.get_one(CarrierOrderRow, (order.tenant, order.id, number))


async def intend_for_clock(
    session: Session, clock: TimerRef, order: Order, carrier: str, at: datetime
) -> CarrierOrderRow:
    """Note that a clock is about to ask the carrier in its order's place, under the next free round.

    What it has open already is asked for again under its old reference.
    """
    await session.get_one(OrderRow, (order.tenant, order.id), with_for_update=True, populate_existing=True)
    found = await session.exec(select(CarrierOrderRow).where(*_of_clock(clock), col(CarrierOrderRow.open).is_(True)))
    if (row := found.first()) is not None:
        return row
    rounds = await session.exec(
        select(func.max(CarrierOrderRow.round)).where(
            col(CarrierOrderRow.tenant) == order.tenant, col(CarrierOrderRow.order_id) == order.id
        )
    )
    number = (rounds.one() or 0) + 1
    row = CarrierOrderRow(
        tenant=order.tenant,
        order_id=order.id,
        round=number,
        carrier=carrier,
        client_ref=f"{order.id}:{number}",
        timer_id=clock.id,
        sent_at=at,
        last_update_at=at,
    )
    session.add(row)
    return row


async def accepted_for_clock(session: Session, clock: TimerRef, client_ref: str, carrier_ref: str) -> None:
    """The carrier has taken what the clock asked for."""
    await session.exec(
        update(CarrierOrderRow)
        .where(*_of_clock(clock), col(CarrierOrderRow.client_ref) == client_ref)
        .values(carrier_ref=carrier_ref, last_update_at=utc_now())
    )


async def close_of_clock(session: Session, clock: TimerRef, *client_refs: str) -> None:
    """What the carrier says of these requests of a clock, or of all of them, matters no more."""
    named = col(CarrierOrderRow.client_ref).in_(client_refs) if client_refs else true()
    await session.exec(update(CarrierOrderRow).where(*_of_clock(clock), named).values(open=False))


async def accepted(session: Session, ref: OrderRef, number: int, carrier_ref: str, at: datetime) -> None:
    """The carrier has taken round `number` under its own reference."""
    await session.exec(
        update(CarrierOrderRow)
        .where(*_of(ref), col(CarrierOrderRow.round) == number)
        .values(carrier_ref=carrier_ref, last_update_at=at)
    )


async def close(session: Session, ref: OrderRef) -> None:
    """The carrier has nothing open for this order any more."""
    await session.exec(update(CarrierOrderRow).where(*_of(ref)).values(open=False))


async def open_note(session: Session, ref: OrderRef) -> CarrierOrderRow | None:
    """What is open at the carrier for this order, if anything is; without its reference where that was not heard."""
    found = await session.exec(
        select(CarrierOrderRow)
        .where(*_of(ref), col(CarrierOrderRow.open).is_(True))
        .order_by(col(CarrierOrderRow.round).desc())
    )
    return found.first()


async def hear(session: Session, carrier: str, client_ref: str) -> CarrierOrderRow | None:
    """The order that goes by this reference at this carrier, which has just said something about it.

    Its row stays locked, so that two events of one order are compared one after the other.
    """
    heard_of = (
        update(CarrierOrderRow)
        .where(col(CarrierOrderRow.carrier) == carrier, col(CarrierOrderRow.client_ref) == client_ref)
        .values(last_update_at=utc_now())
        .returning(CarrierOrderRow)
        .execution_options(**UNSEEN)
    )
    return (await session.exec(heard_of)).scalars().first()


async def heard(session: Session, row: CarrierOrderRow) -> None:
    """The carrier has just said something about this order."""
    row.last_update_at = utc_now()
    session.add(row)


async def quiet(session: Session, carrier: str, since: datetime, *, limit: int) -> list[CarrierOrderRow]:
    """Open orders at a carrier that have not been heard of since then, the quietest first."""
    found = await session.exec(
        select(CarrierOrderRow)
        .where(
            col(CarrierOrderRow.carrier) == carrier,
            col(CarrierOrderRow.open).is_(True),
            col(CarrierOrderRow.carrier_ref).is_not(None),
            col(CarrierOrderRow.last_update_at) < since,
        )
        .order_by(col(CarrierOrderRow.last_update_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(found.all())


def _of(ref: OrderRef) -> tuple[ColumnElement[bool], ...]:
    """What the order itself asked for, not what its clocks did."""
    return (
        col(CarrierOrderRow.tenant) == ref.tenant,
        col(CarrierOrderRow.order_id) == ref.id,
        col(CarrierOrderRow.timer_id).is_(None),
    )


def _of_clock(clock: TimerRef) -> tuple[ColumnElement[bool], ...]:
    return col(CarrierOrderRow.tenant) == clock.tenant, col(CarrierOrderRow.timer_id) == clock.id
