"""Submissions to carriers, and the events that carriers send about them."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, true, update
from sqlmodel import col, select

from models.db.carriers.tables import CarrierEventRow, CarrierOrderRow
from models.db.clauses import belongs_to_order, matches
from models.db.order_lock import lock_order
from models.db.orders.tables import OrderRow
from models.db.session import NO_SYNC, Session, utc_now
from models.order import Order, OrderRef
from models.timers import TimerRef


async def prepare(session: Session, order: Order, number: int, at: datetime) -> CarrierOrderRow:
    """Store, before the carrier is called, that round `number` is about to be sent. Idempotent."""
    await session.insert_once(_submission(order, number, order.carrier or "", at))
    return await session.get_one(CarrierOrderRow, (order.tenant, order.id, number))


async def prepare_for_timer(
    session: Session, timer: TimerRef, order: Order, carrier: str, at: datetime
) -> CarrierOrderRow:
    """Store that a timer is about to call the carrier, under the next free round of its order.

    A submission the timer has open is returned instead, so that it is sent again under its reference.
    """
    await lock_order(session, order.ref)
    row = await session.first(
        select(CarrierOrderRow).where(*_sent_by_timer(timer), col(CarrierOrderRow.open).is_(True))
    )
    if row is not None:
        return row
    last = await session.first(select(func.max(CarrierOrderRow.round)).where(belongs_to_order(CarrierOrderRow, order)))
    row = _submission(order, (last or 0) + 1, carrier, at, timer_id=timer.id)
    session.add(row)
    return row


def _submission(order: Order, number: int, carrier: str, at: datetime, timer_id: str | None = None) -> CarrierOrderRow:
    return CarrierOrderRow(
        tenant=order.tenant,
        order_id=order.id,
        round=number,
        carrier=carrier,
        client_ref=f"{order.id}:{number}",
        timer_id=timer_id,
        sent_at=at,
        last_update_at=at,
    )


async def mark_accepted_for_timer(session: Session, timer: TimerRef, client_ref: str, carrier_ref: str) -> None:
    """The carrier accepted a timer's submission under its own reference."""
    await session.exec(
        update(CarrierOrderRow)
        .where(*_sent_by_timer(timer), col(CarrierOrderRow.client_ref) == client_ref)
        .values(carrier_ref=carrier_ref, last_update_at=utc_now())
    )


async def close_for_timer(session: Session, timer: TimerRef, *client_refs: str) -> None:
    """Ignore what the carrier reports on these submissions of a timer from now on; on all of them if none is given."""
    named = col(CarrierOrderRow.client_ref).in_(client_refs) if client_refs else true()
    await session.exec(update(CarrierOrderRow).where(*_sent_by_timer(timer), named).values(open=False))


async def mark_accepted(session: Session, ref: OrderRef, number: int, carrier_ref: str, at: datetime) -> None:
    """The carrier accepted round `number` under its own reference."""
    await session.exec(
        update(CarrierOrderRow).where(*_round_of(ref, number)).values(carrier_ref=carrier_ref, last_update_at=at)
    )


async def close(session: Session, ref: OrderRef) -> None:
    """The carrier has nothing open for this order."""
    await session.exec(update(CarrierOrderRow).where(*_sent_by_order(ref)).values(open=False))


async def close_round(session: Session, ref: OrderRef, number: int) -> None:
    """The carrier has canceled round `number`."""
    await session.exec(update(CarrierOrderRow).where(*_round_of(ref, number)).values(open=False))


async def find_round(session: Session, ref: OrderRef, number: int) -> CarrierOrderRow | None:
    """What was submitted in round `number`, while it is open."""
    return await session.first(
        select(CarrierOrderRow).where(*_round_of(ref, number), col(CarrierOrderRow.open).is_(True))
    )


async def find_open(session: Session, ref: OrderRef) -> CarrierOrderRow | None:
    """The order's latest open submission, if any; without a carrier reference while its outcome is unknown."""
    return await session.first(
        select(CarrierOrderRow)
        .where(*_sent_by_order(ref), col(CarrierOrderRow.open).is_(True))
        .order_by(col(CarrierOrderRow.round).desc())
    )


async def find_reported(session: Session, carrier: str, client_ref: str) -> tuple[OrderRow, CarrierOrderRow] | None:
    """The submission a carrier has just reported on, by our reference, and its order.

    The order's row stays locked until the transaction ends, so that events of one order are compared one at a time.
    """
    this = col(CarrierOrderRow.carrier) == carrier, col(CarrierOrderRow.client_ref) == client_ref
    order = await session.first(
        select(OrderRow)
        .join(CarrierOrderRow, matches(CarrierOrderRow.order_id, OrderRow.id))
        .where(*this)
        .with_for_update(of=OrderRow, key_share=True)
    )
    if order is None:
        return None
    updated = (
        update(CarrierOrderRow)
        .where(*this)
        .values(last_update_at=utc_now())
        .returning(CarrierOrderRow)
        .execution_options(**NO_SYNC)
    )
    return order, (await session.exec(updated)).scalars().one()


async def claim_least_recently_updated(session: Session, carrier: str, since: datetime) -> CarrierOrderRow | None:
    """The open submission the carrier has not reported on for longest, since before then; marked as updated now."""
    row = await session.first(
        select(CarrierOrderRow)
        .where(
            col(CarrierOrderRow.carrier) == carrier,
            col(CarrierOrderRow.open).is_(True),
            col(CarrierOrderRow.carrier_ref).is_not(None),
            col(CarrierOrderRow.last_update_at) < since,
        )
        .order_by(col(CarrierOrderRow.last_update_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.last_update_at = utc_now()
    return row


def _sent_by_order(ref: OrderRef) -> tuple[ColumnElement[bool], ...]:
    """What the order itself sent, without what its timers sent."""
    return belongs_to_order(CarrierOrderRow, ref), col(CarrierOrderRow.timer_id).is_(None)


def _round_of(ref: OrderRef, number: int) -> tuple[ColumnElement[bool], ...]:
    return *_sent_by_order(ref), col(CarrierOrderRow.round) == number


def _sent_by_timer(timer: TimerRef) -> tuple[ColumnElement[bool], ...]:
    return col(CarrierOrderRow.tenant) == timer.tenant, col(CarrierOrderRow.timer_id) == timer.id


async def submissions_of(session: Session, order: OrderRow) -> list[CarrierOrderRow]:
    """What was submitted to the carrier for the order, by round."""
    query = select(CarrierOrderRow).where(belongs_to_order(CarrierOrderRow, order))
    return await session.all(query.order_by(col(CarrierOrderRow.round)))


async def add_event(session: Session, row: CarrierEventRow) -> bool:
    """Store an event a carrier sent; False if it is stored already."""
    return await session.insert_once(row)
