"""Recording what a carrier says and passing it on to its order: for webhooks and for the reconciler alike."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from models.db.carriers import carrier_events, carrier_orders
from models.db.carriers.tables import CarrierEventRow, CarrierOrderRow
from models.db.encryption import Keyring
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import Session
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate, OrderRef
from models.timers import TimerRef

SIGNAL = "carrier_update"


async def accept(  # noqa: PLR0917 - called with these six in this order at both doors
    session: Session, keyring: Keyring, carrier_code: str, news: CarrierUpdate, body: bytes, at: datetime
) -> str | None:
    """Write the event down once, with its text sealed, and put it into the outbox in the same transaction.

    Returns the action id to deliver; None where nobody needs to hear: an event that was here before, an order
    that is not ours or has ended, or nothing that moves the order on.
    """
    row = await carrier_orders.hear(session, carrier_code, news.client_ref)
    event = CarrierEventRow(
        carrier=carrier_code,
        event_id=news.event_id,
        tenant=row.tenant if row else None,
        order_id=row.order_id if row else None,
        received_at=at,
        body=keyring.seal(body),
        outcome=await _outcome(session, row, news),
    )
    fresh = await carrier_events.add(session, event)
    if not fresh or row is None or event.outcome != "passed_on":
        return None
    action_id = _action_id(carrier_code, news.event_id)
    await enqueue(
        session,
        Message(
            action_id=action_id,
            ref=_order(row),
            kind=MessageKind.SIGNAL,
            name=SIGNAL,
            payload=news,
            workflow_id=_listener(row),
        ),
    )
    return action_id


async def _outcome(session: Session, row: CarrierOrderRow | None, news: CarrierUpdate) -> str:
    if row is None:
        return "unknown_order"
    if not row.open:
        return "order_closed"
    last = await delivery.last_accepted(session, _order(row), _listener(row), SIGNAL)
    # What was said about an earlier request says nothing of this one.
    same = last is not None and last.payload["client_ref"] == row.client_ref
    known = last.payload["items"] if last and same else [to_jsonable_python(_just_placed(said)) for said in news.items]
    # One change at the carrier makes several events, and each signal costs the workflow ten lines of its history:
    # what moves the order is passed on, what merely informs is written to its items.
    if [_moving(said) for said in known] != [_moving(said) for said in to_jsonable_python(news.items)]:
        return "passed_on"
    if row.timer_id is None:
        await carrier_events.note(session, _order(row), news.items, row.last_update_at)
    return "noted"


def _order(row: CarrierOrderRow) -> OrderRef:
    return OrderRef(tenant=row.tenant, id=row.order_id)


def _listener(row: CarrierOrderRow) -> str:
    """The workflow that wants to hear of it: the order's own, or that of the clock which asked in its place."""
    if row.timer_id is None:
        return _order(row).workflow_id
    return TimerRef(tenant=row.tenant, id=row.timer_id).workflow_id


def _just_placed(said: ItemUpdate) -> ItemUpdate:
    """What an order knows of an item before the carrier has said anything."""
    return ItemUpdate(item_id=said.item_id, state=ItemState.PLACED)


def _moving(said: Mapping[str, Any]) -> dict[str, Any]:
    """What of an item's news an order acts on: not its number, nor when it is expected, nor that work has begun."""
    begun = said["state"] == ItemState.IN_FULFILLMENT
    state = ItemState.PLACED if begun else said["state"]
    return {**said, "identifiers": None, "expected_at": None, "state": state}


def _action_id(carrier_code: str, event_id: str) -> str:
    """Ids of events may be longer than those of actions."""
    return f"carrier:{carrier_code}:{hashlib.sha256(event_id.encode()).hexdigest()[:22]}"
