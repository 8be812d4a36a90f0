"""What is kept besides of orders that return devices."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from models import formatting
from models.db.order_events import append_outside
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.returns import return_cases
from models.db.returns.tables import ReturnCaseRow
from models.db.session import Session, new_id
from models.events.returns import ACCOUNT_NOT_REMOVED
from models.facts import Facts
from models.optional_facts.returns import DELIVERIES, DeviceDelivery
from models.order import SYSTEM, Item, Order, OrderRef
from models.order_messages import ItemReturn
from models.questions.returns import ACCOUNT_REMOVED, RETURN_CAUSE, RETURN_WAY
from models.returns import ReturnCause, ReturnState, ReturnWay
from notifications.enqueue import enqueue_emails


def deliveries(facts: Facts) -> tuple[DeviceDelivery, ...]:
    """How the devices of the items came; empty for an order that returns nothing."""
    known = DELIVERIES.of(facts) if facts.type.returns else {}
    return tuple(known.get(named.device.id, DeviceDelivery()) for _, named in facts.devices_by_item())


def waiting_for(facts: Facts) -> str | None:
    """The id of the open order that waits with what is returned, or looked for; None for orders of other types."""
    return next((one.order_id for one in deliveries(facts) if one.order_id), None)


def delivered_by(facts: Facts) -> str | None:
    """The carrier that has delivered what is returned; None if it is not known."""
    return next((one.carrier for one in deliveries(facts) if one.carrier), None)


async def open_cases(session: Session, order: Order, facts: Facts, at: datetime) -> None:
    """Keep what the order returns, and tell the order that waits with it. The caller has written the order."""
    cause = RETURN_CAUSE.of(facts.answers[0]) or ReturnCause.UNWANTED
    for item, delivery, answers in zip(order.items, deliveries(facts), facts.answers, strict=True):
        await return_cases.add(
            session,
            ReturnCaseRow(
                tenant=order.tenant,
                order_id=order.id,
                item_id=item.id,
                device_id=item.device_id or "",
                parent_order_id=delivery.order_id,
                parent_item_id=delivery.item_id,
                cause=cause,
                state=_first_state(answers),
                cost_center=facts.cost_center_one_time,
            ),
        )
        if delivery.order_id and delivery.item_id:
            opened = ItemReturn(
                item_id=delivery.item_id, number=order.number, is_traced=cause == ReturnCause.NOT_RECEIVED
            )
            ref = OrderRef(tenant=order.tenant, id=delivery.order_id)
            message = Message(
                action_id=new_id(), ref=ref, kind=MessageKind.SIGNAL, name="return_opened", payload=opened
            )
            await enqueue(session, message, notify_relay=True)
        if cause != ReturnCause.NOT_RECEIVED and not ACCOUNT_REMOVED.of(answers):
            await _have_erased(session, order, item, facts, answers, at)


def _first_state(answers: Mapping[str, Any]) -> ReturnState:
    """What the telecom desk takes back isn't waited for at the carrier."""
    is_to_stock = RETURN_WAY.of(answers) == ReturnWay.STOCK and RETURN_CAUSE.of(answers) != ReturnCause.NOT_RECEIVED
    return ReturnState.TO_STOCK if is_to_stock else ReturnState.REQUESTED


def _variant(price: Decimal | None, answers: Mapping[str, Any]) -> str | None:
    if price is None:
        return "unpriced"
    return "unknown" if ACCOUNT_REMOVED.of(answers) is None else None


async def _have_erased(  # noqa: PLR0917 - a task is about all of these
    session: Session, order: Order, item: Item, facts: Facts, answers: Mapping[str, Any], at: datetime
) -> None:
    """A task, unless someone has said that the device is erased."""
    device = await return_cases.device_of(session, order.tenant, item.device_id or "")
    data = {
        "item_id": item.id,
        "device": device.name,
        "amount": formatting.money(device.price, facts.policy.currency) if device.price is not None else None,
        "thing": item.device_id,
        "variant": _variant(device.price, answers),
    }
    noted, event = await append_outside(session, order.ref, ACCOUNT_NOT_REMOVED, actor=SYSTEM, at=at, data=data)
    await enqueue_emails(session, noted, event)
