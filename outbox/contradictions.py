"""A carrier's news about an item that has ended becomes a task: it may bill what the order doesn't have, or wait."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.db import late_deliveries
from models.db.carriers.tables import CarrierOrderRow
from models.db.order_events import append_outside
from models.db.orders import item_reports, order_rows, order_values
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.db.tasks import tasks
from models.event import Event
from models.events.delivery import LATE_CORRECTION, LATE_QUESTION, REFUSED_DELIVERY
from models.events.operations import UNEXPECTED_UPDATE
from models.formatting import join_names
from models.identifiers import LABELS, PARSERS
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate, OrderRef
from models.questions import label_for
from models.status_labels import label
from models.step import carrier_actions
from models.task import task_kind
from models.task_action import TaskAction
from notifications.enqueue import enqueue_emails

_DELIVERED = frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, ItemState.DONE})
_NOT_DELIVERED = frozenset({ItemState.DECLINED, ItemState.CANCELED})


async def open_tasks(session: Session, row: CarrierOrderRow, update: CarrierUpdate, at: datetime) -> None:
    """Open a task for each item that has ended otherwise than the carrier reports; the same news counts once."""
    if row.timer_id is not None:
        return
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    items = {item.id: item for item in await order_rows.items_of(session, ref)}
    for news in update.items:
        item = items.get(news.item_id)
        event = _opened_by(item, news, min(update.at or at, at)) if item is not None else None
        if item is not None and event is not None:
            await _open(session, row, item, news, event=event, update=update, at=at)


def _opened_by(item: ItemRow, news: ItemUpdate, at: datetime) -> Event | None:
    recorded, reported = ItemState(item.state), news.state
    if not recorded.final:
        return None
    if reported is ItemState.INFO_REQUIRED:
        return LATE_QUESTION
    if recorded is ItemState.DONE:
        if reported in _NOT_DELIVERED:
            return UNEXPECTED_UPDATE
        return LATE_CORRECTION if _corrections(item, news, at) else None
    return REFUSED_DELIVERY if reported in _DELIVERED else None


async def _open(
    session: Session,
    row: CarrierOrderRow,
    item: ItemRow,
    news: ItemUpdate,
    *,
    event: Event,
    update: CarrierUpdate,
    at: datetime,
) -> None:
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    thing = ":".join((item.id, str(row.round), *_about(event, news)))
    if await tasks.was_opened(session, ref, event.opens, thing):
        return
    data = _evidence(row, item, news) | {"thing": thing}
    if event is REFUSED_DELIVERY:
        data["choices"] = await _choices(session, row, item, news)
    order, appended = await append_outside(session, ref, event, actor=update.actor, at=at, data=data)
    await enqueue_emails(session, order, appended)


def _corrections(item: ItemRow, news: ItemUpdate, at: datetime) -> Mapping[str, str]:
    """Of those that name a line, device or SIM; parcels can follow each other."""
    found = item_reports.corrections(item, news.identifiers, at)
    return {name: value for name, value in found.items() if name in PARSERS}


def _about(event: Event, news: ItemUpdate) -> tuple[str, ...]:
    """What makes the carrier's news another one."""
    if event is LATE_CORRECTION:
        return tuple(news.identifiers.known.values())
    return (news.state, *news.needs, news.detail or "") if event is LATE_QUESTION else (news.state,)


def _evidence(row: CarrierOrderRow, item: ItemRow, news: ItemUpdate) -> dict[str, Any]:
    told = (f"{LABELS[name]} {value}" for name, value in news.identifiers.known.items())
    return {
        "item_id": item.id,
        "item": item.number,
        "round": row.round,
        "reported": label(news.state),
        "recorded": label(item.state),
        "delivered": join_names(told) or None,
        "code": news.code,
        "detail": news.detail,
        "asked": join_names(map(label_for, news.needs)) or None,
        "carrier_ref": row.carrier_ref,
        "references": row.client_ref,
    }


async def _choices(session: Session, row: CarrierOrderRow, item: ItemRow, news: ItemUpdate) -> list[str]:
    """An item enters the inventory once all of it is complete, and only an order without anything else is canceled."""
    ref = OrderRef(tenant=item.tenant, id=item.order_id)
    order = await order_values.load(session, ref)
    last_round = len(carrier_actions(order.steps_of(order.item(item.id))))
    excluded: dict[str, bool] = {
        TaskAction.ACCEPT: news.state is not ItemState.DONE or row.round < last_round,
        TaskAction.END: bool(await late_deliveries.kept_besides(session, ref, item.id)),
    }
    codes = (choice.code for choice in task_kind(REFUSED_DELIVERY.opens).choices)
    return [code for code in codes if not excluded.get(code)]
