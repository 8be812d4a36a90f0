"""Stores what a carrier reports about items besides their states: identifiers, dates and parcels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory import lines
from models.db.line_timers import line_timers
from models.db.order_events import append_outside
from models.db.orders import item_reports, order_rows, order_values
from models.db.orders.item_reports import StoredUpdate
from models.db.orders.tables import ItemRow, OrderRow, ParcelRow
from models.db.returns import return_cases
from models.db.session import Session
from models.db.tasks import tasks
from models.event import Event
from models.events.fulfillment import DELIVERED, LATE_REPORT, PARCEL_ARRIVED, PARCEL_SHIPPED
from models.events.operations import PRODUCT_UNKNOWN, UNREADABLE_VALUE
from models.formatting import join_names
from models.identifiers import LABELS
from models.lifecycle import NOT_DELIVERED, ItemState
from models.order import CarrierUpdate, Identifiers, ItemUpdate, OrderRef
from models.questions.features import REMOVE_FEATURES, changed_features, left_to_change, refused_of
from models.timers import TimerRef
from notifications.enqueue import enqueue_emails

NOT_TEXT = "No text"
_PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"  # the carrier's code of a refusal


@dataclass(frozen=True, kw_only=True)
class KnownOrder:
    """An order that a carrier reports on, with its items and their parcels by the item's id."""

    row: OrderRow
    items: Mapping[str, ItemRow]
    parcels: Mapping[str, Sequence[ParcelRow]]

    @classmethod
    def of(cls, row: OrderRow, items: Iterable[ItemRow], parcels: Sequence[ParcelRow]) -> "KnownOrder":
        by_id = {item.id: item for item in items}
        of_items = {item_id: [one for one in parcels if one.item_id == item_id] for item_id in by_id}
        return cls(row=row, items=by_id, parcels=of_items)


def as_of_all_parcels(known: KnownOrder, update: CarrierUpdate) -> CarrierUpdate:
    """The update with the state of each item as it follows from all its parcels."""

    def with_state(item_update: ItemUpdate) -> ItemUpdate:
        item = known.items.get(item_update.item_id)
        if item is None:
            return item_update
        return replace(item_update, state=item_reports.state_with_parcels(item, known.parcels[item.id], item_update))

    return replace(update, items=tuple(map(with_state, update.items)))


async def as_of_all_features(
    session: Session, row: CarrierOrderRow, order: KnownOrder, update: CarrierUpdate
) -> CarrierUpdate:
    """The update with all features that the carrier has not changed as asked.

    An item of which it has changed none is declined.
    """
    if not any(one.refused_features or one.applied_features is not None for one in update.items):
        return update
    if row.timer_id is not None:
        ending = await line_timers.features_ending(session, TimerRef(tenant=row.tenant, id=row.timer_id))
        asked: dict[str, Mapping[str, Any]] = {item: {REMOVE_FEATURES.code: skus} for item, skus in ending.items()}
    else:
        items = order.items.values()
        known = await lines.features_of(session, row.tenant, [item.line_id for item in items if item.line_id])
        asked = {item.id: left_to_change(item.answers, known.get(item.line_id or "", ())) for item in items}
    return replace(update, items=tuple(_with_refused(one, asked.get(one.item_id, {})) for one in update.items))


def _with_refused(item_update: ItemUpdate, answers: Mapping[str, Any]) -> ItemUpdate:
    refused = refused_of(answers, item_update.refused_features, item_update.applied_features)
    if refused == item_update.refused_features:
        return item_update
    asked = changed_features(answers)
    is_declined = item_update.state is ItemState.DONE and {*asked} <= {sku for sku, _ in refused}
    state = ItemState.DECLINED if is_declined else item_update.state
    return replace(item_update, state=state, refused_features=refused, in_part=True)


async def store(
    session: Session,
    row: CarrierOrderRow,
    order: KnownOrder,
    update: CarrierUpdate,
    *,
    said_at: datetime,
    received_at: datetime,
) -> None:
    """Store what the carrier says about an order's items. The caller has locked the order.

    What is said of an item that was refused counts, too: it can still be accepted into the inventory. Of an item that
    is completed only the parcels and the delivery count: the inventory has its identifiers. What comes too late is
    recorded in the order's history, and what can't be read becomes a task.
    """
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    items, parcels = {**order.items}, {**order.parcels}
    for item_update in (item_update for item_update in update.items if item_update.item_id in items):
        item = items[item_update.item_id]
        is_done = ItemState(item.state).is_done
        counts = replace(item_update, identifiers=Identifiers(), expected_at=None) if is_done else item_update
        stored = await item_reports.store(session, item, parcels[item.id], counts, at=said_at, by=update.channel)
        items[item.id], parcels[item.id] = stored.item, stored.parcels
        is_delivered = stored.delivered and item.state not in NOT_DELIVERED and await _is_told(session, order.row, item)
        delivered = [(DELIVERED, dict[str, Any]())] if is_delivered else []
        for event, data in [*_events_of(stored, said_at), *delivered]:
            about = {"item_id": item.id} | data
            told, appended = await append_outside(session, ref, event, actor=update.actor, at=received_at, data=about)
            await enqueue_emails(session, told, appended)
        if item_update.return_state is not None:
            await return_cases.report(session, ref, item.id, item_update.return_state, item_update.return_details)
        await _ask_for(session, row, item, counts, update=update, at=received_at)
        if item_update.state is ItemState.DECLINED and item_update.code == _PRODUCT_UNKNOWN:
            await _ask_for_product(session, row, item, item_update, update=update, at=received_at)


async def _is_told(session: Session, order: OrderRow, item: ItemRow) -> bool:
    """Whether people are told that the item was delivered: once, and not of what goes back."""
    if order_values.type_of(order).returns:
        return False
    events = await order_rows.timeline(session, order.tenant, order.id, events=(DELIVERED.code,))
    return not any(event.data.get("item_id") == item.id for event in events)


def _events_of(stored: StoredUpdate, at: datetime) -> Iterator[tuple[Event, dict[str, Any]]]:
    """What the history says of it; that the first parcels are shipped is said anyway."""
    if stored.late:
        names = sorted(stored.late)
        newer = join_names(sorted(LABELS[name] for name in names))
        yield LATE_REPORT, {"late": names, "reported_at": at.isoformat(), "detail": f"A newer {newer} is known."}
    for parcel in stored.added:
        yield PARCEL_SHIPPED, {"detail": _label_of(parcel)}
    for parcel in stored.arrived:
        yield PARCEL_ARRIVED, {"detail": _label_of(parcel)}


def _label_of(parcel: ParcelRow) -> str:
    return " ".join(filter(None, [parcel.shipping_carrier, parcel.tracking_number]))


async def _ask_for(
    session: Session,
    row: CarrierOrderRow,
    item: ItemRow,
    item_update: ItemUpdate,
    *,
    update: CarrierUpdate,
    at: datetime,
) -> None:
    """Open a task for each value that can't be read; the same value once."""
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    for name, reported in item_update.unreadable:
        thing = f"{item.id}:{name}:{reported}"
        if name not in LABELS or await tasks.was_opened(session, ref, UNREADABLE_VALUE.opens, thing):
            continue
        data = {
            "thing": thing,
            "item_id": item.id,
            "item": item.number,
            "value": LABELS[name],
            "reported_as": reported or NOT_TEXT,
            "references": row.client_ref,
        }
        order, event = await append_outside(session, ref, UNREADABLE_VALUE, actor=update.actor, at=at, data=data)
        await enqueue_emails(session, order, event)


async def _ask_for_product(
    session: Session,
    row: CarrierOrderRow,
    item: ItemRow,
    item_update: ItemUpdate,
    *,
    update: CarrierUpdate,
    at: datetime,
) -> None:
    """Open a task for an item whose line the carrier doesn't know by our ID of it; once."""
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    if await tasks.was_opened(session, ref, PRODUCT_UNKNOWN.opens, item.id):
        return
    data = {
        "thing": item.id,
        "item_id": item.id,
        "item": item.number,
        "detail": item_update.detail,
        "references": row.client_ref,
    }
    order, event = await append_outside(session, ref, PRODUCT_UNKNOWN, actor=update.actor, at=at, data=data)
    await enqueue_emails(session, order, event)
