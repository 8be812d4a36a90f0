"""A carrier's update of an item that has ended becomes a task: it may bill what the order doesn't have, or wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from models.db import late_deliveries
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory import change_log
from models.db.order_events import append_outside
from models.db.orders import item_reports, order_rows, order_values
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from models.effect import Effect, find_effect
from models.event import Event
from models.events.cancellation import SERVICE_TO_END
from models.events.delivery import LATE_CORRECTION, LATE_QUESTION, REFUSED_DELIVERY
from models.events.operations import UNEXPECTED_UPDATE
from models.formatting import join_names
from models.identifiers import LABELS, OF_INVENTORY
from models.lifecycle import NOT_DELIVERED, ItemState
from models.order import Actor, CarrierUpdate, ItemUpdate, OrderRef
from models.questions import label_for
from models.status_labels import label
from models.step import carrier_actions
from models.task import TaskStatus, task_kind
from models.task_action import TaskAction
from notifications.enqueue import enqueue_emails
from outbox.carrier_reports import KnownOrder

_CONTINUED = frozenset({ItemState.PLACED, ItemState.IN_FULFILLMENT, ItemState.BACKORDERED})
# How far the carrier is with an item that it had refused.
_DELIVERED: Mapping[ItemState | None, int] = MappingProxyType(
    {ItemState.SHIPPED: 1, ItemState.AWAITING_ACTIVATION: 2, ItemState.DONE: 3}
)


@dataclass(frozen=True, kw_only=True)
class _Contradiction:
    """What opens a task. `about` makes it another one than an earlier one of the item; `data` is what only it has."""

    event: Event
    about: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


async def open_tasks(
    session: Session,
    row: CarrierOrderRow,
    order: KnownOrder,
    update: CarrierUpdate,
    *,
    said_at: datetime,
    received_at: datetime,
) -> None:
    """Open a task for each item that has ended otherwise than the carrier reports; the same report counts once.

    An item that was refused, and accepted into the inventory since, counts as completed.
    """
    items = {id_: item for id_, item in order.items.items() if ItemState(item.state).final}
    kept = await change_log.kept_items(session, OrderRef(tenant=row.tenant, id=row.order_id)) if items else set()
    for item_update in update.items:
        item = items.get(item_update.item_id)
        if item is not None:
            recorded = ItemState.DONE if item.id in kept else ItemState(item.state)
            found = await _contradiction(session, row, item, item_update, recorded, said_at=said_at, update=update)
            if found is not None:
                await _open(session, row, item, item_update, found, actor=update.actor, at=received_at)


async def _contradiction(
    session: Session,
    row: CarrierOrderRow,
    item: ItemRow,
    item_update: ItemUpdate,
    recorded: ItemState,
    *,
    said_at: datetime,
    update: CarrierUpdate,
) -> _Contradiction | None:
    """None if what the carrier reports fits what is recorded, or is known."""
    if recorded is ItemState.RETURNED and item_update.state is not ItemState.INFO_REQUIRED:
        return await _after_return(session, row, item, item_update)
    event = _opened_by(recorded, item_update.state)
    if event is None and await _is_continued(session, item, item_update, update.at):
        event = REFUSED_DELIVERY
    if event is not None:
        return _Contradiction(event=event, about=_about(event, row, item_update))
    corrected = await _corrections(session, item, item_update, said_at) if ItemState(item.state).is_done else {}
    if not corrected:
        return None
    data = _correction(item, corrected) | {"reported_at": said_at.isoformat(), "channel": update.channel}
    return _Contradiction(event=LATE_CORRECTION, about=(*corrected, said_at.isoformat()), data=data)


async def _after_return(
    session: Session, row: CarrierOrderRow, item: ItemRow, item_update: ItemUpdate
) -> _Contradiction | None:
    """Until it has canceled its order, the carrier can say how far it was. What it completes then may be billed."""
    if item_update.state is not ItemState.DONE:
        return None
    known = await tasks.find_open(session, _order_ref(item), SERVICE_TO_END.opens, f"{item.order_id}:{item.id}")
    if known is not None:
        return None
    return _Contradiction(
        event=SERVICE_TO_END, about=(str(row.round), str(ItemState.DONE)), data={"variant": "returned_completed"}
    )


def _opened_by(recorded: ItemState, reported: ItemState | None) -> Event | None:
    if reported is ItemState.INFO_REQUIRED:
        return LATE_QUESTION
    if recorded.is_done:
        return UNEXPECTED_UPDATE if reported in NOT_DELIVERED else None
    return REFUSED_DELIVERY if reported in _DELIVERED else None


async def _is_continued(session: Session, item: ItemRow, item_update: ItemUpdate, at: datetime | None) -> bool:
    """Whether the carrier works on an item that was refused or canceled earlier; False if the update has no time.

    The item ended when the carrier said so, or else with its order.
    """
    if item.state not in NOT_DELIVERED or item_update.state not in _CONTINUED or at is None:
        return False
    order = await order_rows.row_of(session, _order_ref(item))
    ended_at = item.refused_at or order.closed_at
    return ended_at is not None and at > ended_at


def _about(event: Event, row: CarrierOrderRow, item_update: ItemUpdate) -> tuple[str, ...]:
    """What makes the carrier's report another one."""
    if event is REFUSED_DELIVERY:
        return (str(row.round),)
    question = (*item_update.needs, item_update.detail or "") if event is LATE_QUESTION else ()
    return (str(row.round), str(item_update.state), *question)


async def _open(
    session: Session,
    row: CarrierOrderRow,
    item: ItemRow,
    item_update: ItemUpdate,
    found: _Contradiction,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    ref, event = _order_ref(item), found.event
    thing = ":".join((item.id, *found.about))
    data = {**_evidence(row, item, item_update), **found.data, "thing": thing}
    latest = await tasks.latest_of(session, ref, event.opens, thing)
    if event is REFUSED_DELIVERY:
        data |= {
            "progress": _DELIVERED.get(item_update.state, 0),
            "choices": await _choices(session, row, item, item_update),
        }
        if latest is not None and not _is_further(latest, data):
            return
    elif latest is not None:
        return
    order, appended = await append_outside(session, ref, event, actor=actor, at=at, data=data)
    if latest is None or latest.state == TaskStatus.CLOSED:
        await enqueue_emails(session, order, appended)


def _is_further(task: TaskRow, data: Mapping[str, Any]) -> bool:
    """Whether the carrier is further than the task says; an open task then says so, and offers what is possible now."""
    before, now = task.evidence["progress"], data["progress"]
    if task.state == TaskStatus.OPEN and now >= before:
        task.evidence = task.evidence | {name: value for name, value in data.items() if value is not None}
        task.choices = data["choices"]
    return bool(now > before)


async def _corrections(session: Session, item: ItemRow, item_update: ItemUpdate, at: datetime) -> Mapping[str, str]:
    """Of what the item has put into the inventory, unless the last task about it has the same value, or a newer one."""
    found = item_reports.corrections(item, item_update.identifiers, at)
    if not found:
        return found
    ref = _order_ref(item)
    order = await order_values.load(session, ref)
    effect = find_effect(order.effect_of(order.item(item.id)))
    found = {
        name: value
        for name, value in found.items()
        if name in OF_INVENTORY and (getattr(item, name) or _is_set_by(effect, name))
    }
    latest = dict[str, tuple[datetime, str]]()
    for row in await tasks.all_of_kind(session, ref, LATE_CORRECTION.opens):
        if row.evidence["item_id"] == item.id:
            reported_at = datetime.fromisoformat(row.evidence["reported_at"])
            for name, value in row.evidence["corrected"].items():
                latest[name] = max((reported_at, value), latest.get(name, (reported_at, value)))
    return {
        name: value
        for name, value in found.items()
        if name not in latest or (latest[name][0] <= at and latest[name][1] != value)
    }


def _is_set_by(effect: Effect, name: str) -> bool:
    """Whether the effect makes the record that has the identifier, or changes it."""
    record = OF_INVENTORY[name]
    return not effect.changes.isdisjoint({record, f"{record}.{name}"})


def _correction(item: ItemRow, corrected: Mapping[str, str]) -> dict[str, Any]:
    return {
        "corrected": dict(corrected),
        "what": join_names(LABELS[name] for name in corrected),
        "before": _as_text((name, getattr(item, name)) for name in corrected),
        "after": _as_text(corrected.items()),
    }


def _as_text(values: Iterable[tuple[str, str | None]]) -> str | None:
    return join_names(f"{LABELS[name]} {value}" if value else f"no {LABELS[name]}" for name, value in values) or None


def _evidence(row: CarrierOrderRow, item: ItemRow, item_update: ItemUpdate) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "item": item.number,
        "round": row.round,
        "reported": label(item_update.state),
        "recorded": label(item.state),
        "delivered": _as_text(item_update.identifiers.known.items()),
        "code": item_update.code,
        "detail": item_update.detail,
        "asked": join_names(map(label_for, item_update.needs)) or None,
        "carrier_ref": row.carrier_ref,
        "references": row.client_ref,
    }


async def _choices(session: Session, row: CarrierOrderRow, item: ItemRow, item_update: ItemUpdate) -> list[str]:
    """An item enters the inventory once all of it is complete, and only an order without anything else is canceled."""
    ref = _order_ref(item)
    order = await order_values.load(session, ref)
    last_part = len(carrier_actions(order.steps_of(order.item(item.id))))
    excluded: dict[str, bool] = {
        TaskAction.ACCEPT: item_update.state is not ItemState.DONE
        or await carrier_orders.part_of(session, row) < last_part,
        TaskAction.END: bool(await late_deliveries.kept_with(session, ref, item.id)),
    }
    codes = (choice.code for choice in task_kind(REFUSED_DELIVERY.opens).choices)
    return [code for code in codes if not excluded.get(code)]


def _order_ref(item: ItemRow) -> OrderRef:
    return OrderRef(tenant=item.tenant, id=item.order_id)
