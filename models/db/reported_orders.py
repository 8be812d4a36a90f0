"""What carriers report on submissions: the events that they send, and what is noted of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, case, false, func, or_, true, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from models.db.carriers.tables import CarrierEventRow, CarrierOrderRow
from models.db.clauses import matches
from models.db.orders.tables import ItemRow, OrderRow, ParcelRow
from models.db.outbox.delivery import newest_carrier_update
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.statement import RowSet, Statement, param
from models.order import OrderRef

_OF_REFERENCE = (
    col(CarrierOrderRow.carrier) == param("carrier"),
    col(CarrierOrderRow.client_ref) == param("client_ref"),
)
_BY_REFERENCE = Statement[CarrierOrderRow](select(CarrierOrderRow).where(*_OF_REFERENCE), CarrierOrderRow)
_LOCK_REPORTED = Statement[tuple[OrderRow, bool, datetime]](
    select(OrderRow, col(CarrierOrderRow.lost_at).is_not(None), func.now())
    .join(CarrierOrderRow, matches(CarrierOrderRow.order_id, OrderRow.id))
    .where(*_OF_REFERENCE)
    .with_for_update(of=(OrderRow, CarrierOrderRow), key_share=True),
    OrderRow,
    None,
    None,
)


def _note_report() -> Any:
    reference, said_at, answer = param("reference", String), param("said_at", UTCDateTime()), param("answer", String)
    known, polled, reported_at = CarrierOrderRow.carrier_ref, CarrierOrderRow.polled, CarrierOrderRow.reported_at
    is_unbound = and_(col(known).is_(None), col(CarrierOrderRow.open).is_(True))
    is_newest = and_(
        func.coalesce(col(polled) != answer, true()),
        or_(col(reported_at).is_(None), col(reported_at) <= said_at),
    )
    before = (
        select(func.coalesce(col(polled) == answer, false()).label("is_repeated")).where(*_OF_REFERENCE).cte("before")
    )
    return (
        update(CarrierOrderRow)
        .where(
            *_OF_REFERENCE,
            col(CarrierOrderRow.replaced_by).is_(None),
            col(CarrierOrderRow.canceled_while_lost).is_(False),
            or_(reference.is_(None), col(known) == reference, is_unbound),
        )
        .values(
            last_update_at=func.now(),
            carrier_ref=func.coalesce(known, reference),
            missing_since=None,
            lost_at=None,
            reported_at=case((is_newest, said_at), else_=reported_at),
            polled=case((is_newest, answer), else_=polled),
        )
        .returning(CarrierOrderRow, select(before.c.is_repeated).scalar_subquery().label("is_repeated"))
        .cte("noted")
    )


_noted = _note_report()


def _of_noted(table: Any) -> ColumnElement[bool]:
    return and_(col(table.tenant) == _noted.c.tenant, col(table.order_id) == _noted.c.order_id)


_ITEMS = RowSet[ItemRow](select(ItemRow).where(_of_noted(ItemRow)).order_by(col(ItemRow.number)), ItemRow)
_PARCELS = RowSet[ParcelRow](
    select(ParcelRow).where(_of_noted(ParcelRow)).order_by(col(ParcelRow.shipped_at), col(ParcelRow.tracking_number)),
    ParcelRow,
)
_LAST = RowSet[OutboxRow](newest_carrier_update(param("client_ref"), _of_noted(OutboxRow)), OutboxRow)
_NOTE_REPORT = Statement[Any](
    select(_noted, _ITEMS.column, _PARCELS.column, _LAST.column), CarrierOrderRow, None, _ITEMS, _PARCELS, _LAST
)


_OPEN = (
    select(CarrierOrderRow.client_ref)
    .where(
        col(CarrierOrderRow.tenant) == param("tenant"),
        col(CarrierOrderRow.order_id) == param("order_id"),
        col(CarrierOrderRow.timer_id).is_(None),
        col(CarrierOrderRow.open).is_(True),
    )
    .order_by(col(CarrierOrderRow.round).desc())
    .limit(1)
)
_NEWEST_ABOUT = Statement[OutboxRow](
    newest_carrier_update(
        _OPEN.scalar_subquery(),
        col(OutboxRow.tenant) == param("tenant"),
        col(OutboxRow.order_id) == param("order_id"),
        col(OutboxRow.payload).contains(param("about", JSONB)),
    ),
    OutboxRow,
)


class ReportedOrder(NamedTuple):
    """The order of a submission that a carrier reports on, whether the carrier didn't know that, and the time now."""

    row: OrderRow
    was_lost: bool
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Report:
    """The submission under our reference that a carrier has just reported on.

    `counts`: the report is about the carrier's order that ours follows. `is_repeated`: it says what the newest one
    says, and both are answers to polls. If it counts, `items` are those of the order, `parcels` theirs, and `last` is
    the newest message to a workflow about the submission; otherwise there are none.
    """

    row: CarrierOrderRow
    counts: bool
    is_repeated: bool = False
    items: Sequence[ItemRow] = ()
    parcels: Sequence[ParcelRow] = ()
    last: OutboxRow | None = None


async def lock_reported(session: Session, carrier: str, client_ref: str) -> ReportedOrder | None:
    """The order of the submission that a carrier reports on; None if it isn't ours.

    Its row stays locked until the transaction ends, so that events of one order are compared one at a time.
    """
    found = await session.first(_LOCK_REPORTED, carrier=carrier, client_ref=client_ref)
    return ReportedOrder(*found) if found is not None else None


async def note_report(
    session: Session, carrier: str, client_ref: str, carrier_ref: str | None, *, said_at: datetime, polled: str | None
) -> Report:
    """Note that a carrier reports on a submission, whose order is locked. `polled` is a hash of an answer to a poll.

    The first reference that the carrier reports is that of its order: an update about another one, or about one that
    should not exist anymore, does not count. A report that is older than the newest one, or repeats it, changes only
    when the carrier was heard of last.
    """
    this = {"carrier": carrier, "client_ref": client_ref}
    noted = await session.first(_NOTE_REPORT, **this, reference=carrier_ref, said_at=said_at, answer=polled)
    if noted is not None:
        row, is_repeated, items, parcels, last = noted
        return Report(
            row=row, counts=True, is_repeated=is_repeated, items=items, parcels=parcels, last=next(iter(last), None)
        )
    (row,) = await session.all(_BY_REFERENCE, **this)
    return Report(row=row, counts=False)


async def newest_about(session: Session, ref: OrderRef, item_id: str) -> OutboxRow | None:
    """The newest update that reports on this item of the order's latest open submission, delivered or not."""
    about = {"items": [{"item_id": item_id}]}
    return await session.first(_NEWEST_ABOUT, tenant=ref.tenant, order_id=ref.id, about=about)


async def add_event(session: Session, row: CarrierEventRow) -> bool:
    """Store an event a carrier sent; False if it is stored already."""
    return await session.insert_once(row)
