"""Devices that go back: opening their orders, and what comes of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from temporalio import activity

from activities.history import StepInput, append_events
from models import formatting
from models.db.accounts import account_tree, cost_centers
from models.db.inventory import change_log
from models.db.inventory.change_log import InventoryChange
from models.db.order_events import append_outside
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.returns import return_cases
from models.db.returns.tables import ReturnCaseRow
from models.db.session import Database, Session, new_id
from models.db.tasks import tasks
from models.errors import PublicError
from models.events.returns import CHARGE_TAKEN_BACK, DEVICE_LOCKED, RETURN_NOT_OPENED, RETURN_STILL_OUT
from models.order import SYSTEM, Order, OrderEvent, OrderRef
from models.order_messages import ItemReturn
from models.questions.device import DEVICE_HELD
from models.questions.returns import ACCOUNT_REMOVED, CONDITION, RETURN_CAUSE, RETURN_WAY, TRACED_PARCEL
from models.returns import NOT_SENT_STATES, DeviceCondition, ReturnCase, ReturnCause, ReturnState, WantedReturn
from notifications.enqueue import enqueue_emails


@dataclass(frozen=True, kw_only=True)
class ReturnEventInput(StepInput):
    """`event` is about the item's device; the activity completes it."""

    item_id: str
    event: OrderEvent


@dataclass(frozen=True, kw_only=True)
class OpenReturnInput:
    """The device of the item goes back if its answer to `question` is `equals`."""

    ref: OrderRef
    item_id: str
    cause: str
    way: str
    question: str
    equals: str
    at: datetime


# Opens the order in the caller's transaction. Raises PublicError if it isn't allowed.
OpenReturn = Callable[[Session, WantedReturn], Awaitable[None]]


class ReturnActivities:
    def __init__(self, database: Database, open_order: OpenReturn) -> None:
        self._database = database
        self._open_order = open_order

    @activity.defn
    async def open_return(self, request: OpenReturnInput) -> None:
        """Open the return of a device, once. What the rules don't allow becomes a task in the parent's history."""
        try:
            async with self._database.transaction() as session:
                wanted = await _wanted(session, request)
                if wanted is not None:
                    await self._open_order(session, wanted)
        except PublicError as error:
            async with self._database.transaction() as session:
                await _note_refused(session, request, error)

    @activity.defn
    async def expect(self, request: ReturnEventInput) -> None:
        """Record that the desk waits for a device, or looks for a parcel, with what its task says about it."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            known = await _about(session, order, request.item_id)
            await append_events(session, order, (*request.earlier_events, _with(request.event, known)))

    @activity.defn
    async def charge(self, request: ReturnEventInput) -> bool:
        """The device did not come back in time: charge its price, and tell who pays for it. False if it was sent.

        If no price is known, only the desk is asked about it.
        """
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            if (await return_cases.get(session, request.ref, request.item_id)).state not in NOT_SENT_STATES:
                await append_events(session, order, request.earlier_events)
                return False
            row = await order_rows.row_of(session, request.ref)
            item = await change_log.lock_item(session, request.ref, request.item_id)
            device = await return_cases.device_of(session, row.tenant, item.device_id or "")
            if device.price is None:
                unpriced = replace(request.event, event=RETURN_STILL_OUT.code)
                asked = _with(unpriced, {"variant": "unpriced", "device": device.name})
                await append_events(session, order, (*request.earlier_events, asked))
                return True
            await return_cases.charge(session, request.ref, item.id, device.price, request.event.at)
            told = {
                "device": device.name,
                "amount": formatting.money(device.price, row.currency),
                "cost_center": f"cost center {row.cost_center_one_time}" if row.cost_center_one_time else "the account",
                "holder_ids": await _payers(session, row),
            }
            await append_events(session, order, (*request.earlier_events, _with(request.event, told)))
            return True


async def case_of(session: Session, order: Order, item_id: str) -> ReturnCase | None:
    """What an item returns; None for orders that return nothing."""
    if not order.type.returns:
        return None
    row = await return_cases.get(session, order.ref, item_id)
    device = await return_cases.device_of(session, row.tenant, row.device_id)
    return ReturnCase(id=item_id, price=device.price, **return_cases.settled_part(row))


async def close(session: Session, order: Order, item: ItemRow, done: InventoryChange, at: datetime) -> None:
    """An item's return is over: keep what its effect has settled, and tell the order with which the device came."""
    before, after = done.before.return_case, done.after.return_case
    if before is None or after is None:
        return
    row = await return_cases.settle(session, order.ref, after)
    if after.condition is DeviceCondition.LOCKED:
        await _note_locked(session, order, item, row, at)
    if before.late_charge is not None and after.late_charge is None:
        await _note_charge_taken_back(session, order, row, before.late_charge, at)
    await _tell_parent(session, order, row)


async def _wanted(session: Session, request: OpenReturnInput) -> WantedReturn | None:
    """None if nothing goes back, or if that was ordered before."""
    await order_values.lock(session, request.ref)
    item = await change_log.lock_item(session, request.ref, request.item_id)
    device_id = await change_log.device_before(session, item)
    if device_id is None or item.answers.get(request.question) != request.equals:
        return None
    if await return_cases.follows(session, request.ref, device_id):
        return None
    answers: dict[str, Any] = {
        DEVICE_HELD.code: device_id,
        RETURN_CAUSE.code: request.cause,
        RETURN_WAY.code: request.way,
    }
    answers |= {one.code: said for one in (CONDITION, ACCOUNT_REMOVED) if (said := one.of(item.answers)) is not None}
    parent = await order_rows.row_of(session, request.ref)
    return WantedReturn(
        tenant=parent.tenant,
        parent_id=parent.id,
        requester_id=parent.requester_id,
        carrier=parent.carrier,
        device_id=device_id,
        cause=request.cause,
        answers=answers,
        at=request.at,
    )


async def _note_refused(session: Session, request: OpenReturnInput, error: PublicError) -> None:
    """Open the task once; the activity may be repeated."""
    thing = f"{request.ref.id}:{request.item_id}"
    if await tasks.was_opened(session, request.ref, RETURN_NOT_OPENED.opens, thing):
        return
    item = await change_log.lock_item(session, request.ref, request.item_id)
    reason = " ".join(one.detail for one in error.errors) or error.detail
    data = {"item_id": item.id, "item": item.number, "reason": reason, "thing": thing}
    order, event = await append_outside(session, request.ref, RETURN_NOT_OPENED, actor=SYSTEM, at=request.at, data=data)
    await enqueue_emails(session, order, event)


async def _payers(session: Session, row: OrderRow) -> list[str]:
    """Who owns the account that pays, and its cost center."""
    owners = await account_tree.nearest_owners(session, row.tenant, row.account_id)
    of_cost_center = await cost_centers.owner_of(session, row.tenant, row.cost_center_one_time)
    return list(dict.fromkeys([*owners, *([of_cost_center] if of_cost_center else [])]))


async def _about(session: Session, order: Order, item_id: str) -> dict[str, Any]:
    """What a task about a return says of it."""
    device = await return_cases.device_of_item(session, order.ref, item_id)
    condition = CONDITION.of(device.answers)
    return {
        "device": device.name,
        "condition": CONDITION.word(condition) if condition else "not known",
        "parcel": TRACED_PARCEL.of(device.answers) or "no tracking number",
    }


def _with(event: OrderEvent, data: Mapping[str, Any]) -> OrderEvent:
    return replace(event, data=(*event.data, *data.items()))


async def _note_locked(session: Session, order: Order, item: ItemRow, row: ReturnCaseRow, at: datetime) -> None:
    device = await return_cases.device_of(session, row.tenant, row.device_id)
    currency = (await order_rows.row_of(session, order.ref)).currency
    charged = row.chargeback or row.late_charge or device.price
    amount = formatting.money(charged, currency) if charged is not None else None
    data = {"item_id": item.id, "device": device.name, "thing": row.device_id, "amount": amount}
    noted, event = await append_outside(session, order.ref, DEVICE_LOCKED, actor=SYSTEM, at=at, data=data)
    await enqueue_emails(session, noted, event)


async def _note_charge_taken_back(
    session: Session, order: Order, row: ReturnCaseRow, amount: Decimal, at: datetime
) -> None:
    placed = await order_rows.row_of(session, order.ref)
    told = {"amount": formatting.money(amount, placed.currency), "holder_ids": await _payers(session, placed)}
    data = {"item_id": row.item_id} | told
    noted, event = await append_outside(session, order.ref, CHARGE_TAKEN_BACK, actor=SYSTEM, at=at, data=data)
    await enqueue_emails(session, noted, event)


async def _tell_parent(session: Session, order: Order, row: ReturnCaseRow) -> None:
    """Its item ends, unless its parcel was only looked for, and isn't lost."""
    if row.parent_order_id is None or row.parent_item_id is None:
        return
    traced = row.cause == ReturnCause.NOT_RECEIVED
    name = "return_ended" if traced and row.state != ReturnState.LOST else "return_received"
    payload = ItemReturn(item_id=row.parent_item_id, number=order.number, is_traced=traced)
    ref = OrderRef(tenant=order.tenant, id=row.parent_order_id)
    message = Message(action_id=new_id(), ref=ref, kind=MessageKind.SIGNAL, name=name, payload=payload)
    await enqueue(session, message, notify_relay=True)
