"""Submissions to carriers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Interval, String, case, func, or_, true, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, tuple_

from models.db.carriers import second_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.clauses import belongs_to_order
from models.db.order_lock import lock_order
from models.db.session import NO_SYNC, Session
from models.db.statement import Statement, param
from models.order import Order, OrderRef
from models.timers import TimerRef

_IS_LISTED = or_(col(CarrierOrderRow.repeatable).is_(False), col(CarrierOrderRow.canceled_while_lost))
# When the carrier's orders are listed next: once one is accepted, and at the end.
_LIST_NOW = case((_IS_LISTED, func.now()))
# An order that was canceled while its carrier had lost it is looked for so often, and for so long.
LIST_LOST_AFTER = timedelta(hours=1)
LIST_LOST_FOR = timedelta(days=1)
# A carrier that has not answered by then is away, or the process that asked it has died.
POLLED_AGAIN_AFTER = timedelta(minutes=2)
_CLOSED: Mapping[str, Any] = MappingProxyType({"open": False, "list_at": _LIST_NOW})
# Timers number their rounds above those of the order, which can still place one while a timer runs for another item.
LAST_ROUND_OF_ORDER = 1000


_COLUMNS = tuple(name for name in CarrierOrderRow.model_fields if name != "last_update_at")
_IS_ROUND = (
    col(CarrierOrderRow.tenant) == param("tenant"),
    col(CarrierOrderRow.order_id) == param("order_id"),
    col(CarrierOrderRow.round) == param("number"),
)
_BY_ORDER = (
    col(CarrierOrderRow.tenant) == param("tenant"),
    col(CarrierOrderRow.order_id) == param("order_id"),
    col(CarrierOrderRow.timer_id).is_(None),
)
_ROUND = Statement[CarrierOrderRow](select(CarrierOrderRow).where(*_IS_ROUND), CarrierOrderRow)
_FIND_OPEN = Statement[CarrierOrderRow](
    select(CarrierOrderRow)
    .where(*_BY_ORDER, col(CarrierOrderRow.open).is_(True))
    .order_by(col(CarrierOrderRow.round).desc())
    .limit(1),
    CarrierOrderRow,
)
_WAS_SENT = Statement[int](
    select(CarrierOrderRow.round)
    .where(*_BY_ORDER, or_(col(CarrierOrderRow.open), col(CarrierOrderRow.carrier_ref).is_not(None)))
    .limit(1)
)
# A row that is there already stays as it is, and is returned.
_INSERT = insert(CarrierOrderRow).values({name: param(name) for name in _COLUMNS} | {"last_update_at": func.now()})
_PREPARE = Statement[CarrierOrderRow](
    _INSERT.on_conflict_do_update(
        index_elements=["tenant", "order_id", "round"], set_={"round": _INSERT.excluded.round}
    ).returning(CarrierOrderRow),
    CarrierOrderRow,
)
_BEGIN_SENDING = Statement[None](
    update(CarrierOrderRow)
    .where(
        *_IS_ROUND,
        or_(
            col(CarrierOrderRow.sent_at).is_(None),
            col(CarrierOrderRow.sent_at) + param("window", Interval) <= func.clock_timestamp(),
        ),
    )
    .values(sent_at=func.clock_timestamp(), repeatable=param("repeatable"))
)
_ACCEPT = Statement[str](
    update(CarrierOrderRow)
    .where(*_IS_ROUND)
    .values(
        carrier_ref=func.coalesce(CarrierOrderRow.carrier_ref, param("reference", String)),
        last_update_at=func.now(),
        list_at=_LIST_NOW,
    )
    .returning(col(CarrierOrderRow.carrier_ref))
)
_CLOSE = Statement[None](update(CarrierOrderRow).where(*_BY_ORDER).values(_CLOSED))


async def prepare(session: Session, order: Order, number: int) -> CarrierOrderRow:
    """Store our reference of round `number` before the carrier is called. Idempotent."""
    row = _submission(order, number, order.carrier or "")
    (prepared,) = await session.all(_PREPARE, **{name: getattr(row, name) for name in _COLUMNS})
    return prepared


def reference(order: Order, number: int) -> str:
    """Our reference of what a carrier is sent in this round."""
    return f"{order.id}:{number}"


async def was_sent(session: Session, ref: OrderRef) -> bool:
    """Whether the order has been sent to its carrier, or was about to be; not if it has declined all it was sent."""
    return await session.first(_WAS_SENT, tenant=ref.tenant, order_id=ref.id) is not None


async def prepare_for_timer(session: Session, timer: TimerRef, order: Order, carrier: str) -> CarrierOrderRow:
    """Store that a timer is about to call the carrier, under the next free round above those of its order.

    A submission the timer has open is returned instead, so that it is sent again under its reference, unless the
    carrier has lost it.
    """
    await lock_order(session, order.ref)
    row = await session.first(
        select(CarrierOrderRow).where(*_sent_by_timer(timer), col(CarrierOrderRow.open).is_(True))
    )
    if row is not None and row.lost_at is None:
        return row
    last = await session.first(select(func.max(CarrierOrderRow.round)).where(belongs_to_order(CarrierOrderRow, order)))
    number = max(last or 0, LAST_ROUND_OF_ORDER) + 1
    if row is not None:
        await replace_round(session, order.ref, row.round, by=number)
    row = _submission(order, number, carrier, timer_id=timer.id)
    session.add(row)
    return row


def _submission(order: Order, number: int, carrier: str, timer_id: str | None = None) -> CarrierOrderRow:
    return CarrierOrderRow(
        tenant=order.tenant,
        order_id=order.id,
        round=number,
        carrier=carrier,
        client_ref=reference(order, number),
        timer_id=timer_id,
    )


async def begin_sending(session: Session, row: CarrierOrderRow, *, window: timedelta, repeatable: bool) -> bool:
    """Note, by the database's clock, that a submission is sent now.

    False, and nothing is noted, if it was sent before and can still arrive within `window`.
    """
    return bool(await session.affected(_BEGIN_SENDING, **_key(row), window=window, repeatable=repeatable))


async def nothing_sent(session: Session, row: CarrierOrderRow) -> None:
    """The carrier has turned the submission away: only what was sent before, when `row` was read, can arrive."""
    taken_back = update(CarrierOrderRow).where(*_this(row)).values(sent_at=row.sent_at)
    await session.exec(taken_back.execution_options(**NO_SYNC))


async def can_arrive_for(session: Session, row: CarrierOrderRow, window: timedelta) -> timedelta | None:
    """How long what was sent can still arrive, within `window`; None if it can't."""
    ends_in = type_coerce(col(CarrierOrderRow.sent_at) + window - func.clock_timestamp(), Interval)
    left = await session.scalar(select(ends_in).where(*_this(row)))
    return left if left is not None and left > timedelta(0) else None


async def close_for_timer(session: Session, timer: TimerRef, *client_refs: str) -> None:
    """Ignore what the carrier reports on these submissions of a timer from now on; on all of them if none is given."""
    named = col(CarrierOrderRow.client_ref).in_(client_refs) if client_refs else true()
    await session.exec(update(CarrierOrderRow).where(*_sent_by_timer(timer), named).values(_CLOSED))


async def mark_accepted(session: Session, row: CarrierOrderRow, carrier_ref: str) -> str:
    """The carrier has accepted a submission; returns the reference of its order that counts.

    That is the first one it has reported, by an update or as its answer; another one is a second order.
    """
    (kept,) = await session.all(_ACCEPT, **_key(row), reference=carrier_ref)
    if kept != carrier_ref:
        await second_orders.add(session, row, carrier_ref)
    return kept


async def close(session: Session, ref: OrderRef) -> None:
    """The carrier has nothing open for this order."""
    await session.affected(_CLOSE, tenant=ref.tenant, order_id=ref.id)


async def close_round(session: Session, ref: OrderRef, number: int, *, is_lost: bool) -> None:
    """Round `number` is canceled: by the carrier, or because the carrier has lost it. A lost one can come back."""
    lost = {"list_at": func.now(), "canceled_while_lost": True} if is_lost else {}
    await session.exec(update(CarrierOrderRow).where(*_round_of(ref, number)).values({**_CLOSED, **lost}))


async def replace_round(session: Session, ref: OrderRef, number: int, *, by: int) -> None:
    """What the carrier had lost of round `number` is placed again in round `by`, and nothing more is expected of it."""
    this = belongs_to_order(CarrierOrderRow, ref), col(CarrierOrderRow.round) == number
    replaced = update(CarrierOrderRow).where(*this).values({**_CLOSED, "replaced_by": by})
    await session.exec(replaced.execution_options(**NO_SYNC))


async def found_again(session: Session, row: CarrierOrderRow, carrier_ref: str) -> None:
    """The carrier knows a lost submission again, under this reference; it is soon asked about it."""
    known = update(CarrierOrderRow).where(*_this(row)).values(carrier_ref=carrier_ref, missing_since=None, lost_at=None)
    await session.exec(known.execution_options(**NO_SYNC))
    await poll_next(session, row.carrier, row.client_ref)


async def submission(session: Session, ref: OrderRef, number: int) -> CarrierOrderRow:
    """What the order or one of its timers submitted in round `number`."""
    (row,) = await session.all(_ROUND, tenant=ref.tenant, order_id=ref.id, number=number)
    return row


async def open_round(session: Session, ref: OrderRef, number: int) -> CarrierOrderRow | None:
    """What the order submitted in round `number`, if that is recorded and open."""
    row = await session.first(_ROUND, tenant=ref.tenant, order_id=ref.id, number=number)
    return row if row is not None and row.open else None


async def latest_of(session: Session, ref: OrderRef, number: int) -> CarrierOrderRow:
    """What was submitted in round `number`, or in the last one in which it was placed again."""
    row = await submission(session, ref, number)
    while row.replaced_by is not None:
        row = await submission(session, ref, row.replaced_by)
    return row


async def part_of(session: Session, row: CarrierOrderRow) -> int:
    """Which of the order's carrier actions a submission asks for, counted from 1."""
    before = *_sent_by_order(OrderRef(tenant=row.tenant, id=row.order_id)), col(CarrierOrderRow.round) < row.round
    query = select(func.count()).select_from(CarrierOrderRow).where(*before, col(CarrierOrderRow.replaced_by).is_(None))
    return 1 + (await session.scalar(query) or 0)


async def find_open(session: Session, ref: OrderRef) -> CarrierOrderRow | None:
    """The order's latest open submission, if any; without a carrier reference while its outcome is unknown."""
    return await session.first(_FIND_OPEN, tenant=ref.tenant, order_id=ref.id)


async def poll_next(session: Session, carrier: str, client_ref: str) -> None:
    """Have the carrier asked about a submission soon, also if it has ended."""
    this = col(CarrierOrderRow.carrier) == carrier, col(CarrierOrderRow.client_ref) == client_ref
    await session.exec(update(CarrierOrderRow).where(*this).values(poll_at=func.now()).execution_options(**NO_SYNC))


async def claim_to_poll(session: Session, carrier: str) -> CarrierOrderRow | None:
    """A submission to ask the carrier about; due again later unless its answer is noted by `mark_polled`."""
    row = await session.first(
        select(CarrierOrderRow)
        .where(
            col(CarrierOrderRow.carrier) == carrier,
            col(CarrierOrderRow.carrier_ref).is_not(None),
            col(CarrierOrderRow.poll_at) <= func.now(),
        )
        .order_by(col(CarrierOrderRow.poll_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.last_update_at = await session.now()
        row.poll_at = row.last_update_at + POLLED_AGAIN_AFTER
    return row


async def mark_polled(session: Session, row: CarrierOrderRow) -> None:
    """The carrier has answered about a claimed submission. If an event has come since, it is asked once more."""
    this = *_this(row), col(CarrierOrderRow.poll_at) == row.poll_at
    await session.exec(update(CarrierOrderRow).where(*this).values(poll_at=None).execution_options(**NO_SYNC))


async def claim_least_recently_updated(session: Session, carrier: str, since: datetime) -> CarrierOrderRow | None:
    """The open submission the carrier has not reported on for longest, since before then; marked as updated now.

    Both times are of the database's clock.
    """
    least_recently = (
        select(CarrierOrderRow.tenant, CarrierOrderRow.order_id, CarrierOrderRow.round)
        .where(
            col(CarrierOrderRow.carrier) == carrier,
            col(CarrierOrderRow.open).is_(True),
            col(CarrierOrderRow.carrier_ref).is_not(None),
            col(CarrierOrderRow.last_update_at) < since,
        )
        .order_by(col(CarrierOrderRow.last_update_at))
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte()  # PostgreSQL may run a plain subquery again for every row
    )
    key = tuple_(col(CarrierOrderRow.tenant), col(CarrierOrderRow.order_id), col(CarrierOrderRow.round))
    claimed = (
        update(CarrierOrderRow)
        .where(key.in_(select(least_recently.c.tenant, least_recently.c.order_id, least_recently.c.round)))
        .values(last_update_at=func.now())
        .returning(CarrierOrderRow)
        .execution_options(**NO_SYNC)
    )
    return (await session.exec(claimed)).scalars().first()


async def claim_unlisted(
    session: Session, carrier: str, *, window: timedelta, since: datetime
) -> CarrierOrderRow | None:
    """A submission to list the carrier's orders of, which were due at `since`, by the database's clock.

    That is once what was sent can't arrive anymore; it is due again after that.
    """
    row = await session.first(
        select(CarrierOrderRow)
        .where(
            col(CarrierOrderRow.carrier) == carrier,
            col(CarrierOrderRow.list_at) + window <= since,
        )
        .order_by(col(CarrierOrderRow.list_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.list_at = await session.now()
    return row


async def mark_listed(session: Session, row: CarrierOrderRow) -> None:
    """The orders of a claimed submission are listed. One that ended meanwhile is listed once more, a lost one often."""
    this = *_this(row), col(CarrierOrderRow.list_at) == row.list_at
    can_return = col(CarrierOrderRow.canceled_while_lost) & (col(CarrierOrderRow.lost_at) + LIST_LOST_FOR > func.now())
    again = case((can_return, func.now() + LIST_LOST_AFTER))
    await session.exec(update(CarrierOrderRow).where(*this).values(list_at=again).execution_options(**NO_SYNC))


async def mark_missing(session: Session, row: CarrierOrderRow, lost_after: timedelta) -> bool:
    """The carrier doesn't know the submission; whether it has said so for `lost_after`, so that it counts as lost."""
    since = func.coalesce(col(CarrierOrderRow.missing_since), func.now())
    marked = (
        update(CarrierOrderRow)
        .where(*_this(row))
        .values(missing_since=since, lost_at=case((since + lost_after <= func.now(), func.now())))
        .returning(col(CarrierOrderRow.lost_at))
        .execution_options(**NO_SYNC)
    )
    return (await session.exec(marked)).scalar_one() is not None


def _key(row: CarrierOrderRow) -> dict[str, Any]:
    return {"tenant": row.tenant, "order_id": row.order_id, "number": row.round}


def _this(row: CarrierOrderRow) -> tuple[ColumnElement[bool], ...]:
    return (
        col(CarrierOrderRow.tenant) == row.tenant,
        col(CarrierOrderRow.order_id) == row.order_id,
        col(CarrierOrderRow.round) == row.round,
    )


def _sent_by_order(ref: OrderRef) -> tuple[ColumnElement[bool], ...]:
    """What the order itself sent, without what its timers sent."""
    return belongs_to_order(CarrierOrderRow, ref), col(CarrierOrderRow.timer_id).is_(None)


def _round_of(ref: OrderRef, number: int) -> tuple[ColumnElement[bool], ...]:
    return *_sent_by_order(ref), col(CarrierOrderRow.round) == number


def _sent_by_timer(timer: TimerRef) -> tuple[ColumnElement[bool], ...]:
    return col(CarrierOrderRow.tenant) == timer.tenant, col(CarrierOrderRow.timer_id) == timer.id


async def is_ours(session: Session, tenant: str, carrier: str, carrier_ref: str) -> bool:
    """Whether an order of the tenant was submitted of which the carrier has this reference."""
    known = func.reference_form(col(CarrierOrderRow.carrier_ref)) == func.reference_form(carrier_ref)
    this = col(CarrierOrderRow.tenant) == tenant, known, col(CarrierOrderRow.carrier) == carrier
    return await session.first(select(CarrierOrderRow.round).where(*this).limit(1)) is not None
