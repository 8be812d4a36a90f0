"""Talking to carriers: place an order, cancel it, activate, correct."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NoReturn

from pydantic_core import to_jsonable_python
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.history import append_events
from activities.retry_delay import retry_delay
from carriers.base import Carrier, CarrierOrder, CarrierOrderItem
from models.asks import Ask
from models.db import facts, line_locks
from models.db.accounts import account_tree
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.lines import identifiers_of
from models.db.orders import order_values
from models.db.orders.tables import ItemRow
from models.db.session import Database, Session, utc_now
from models.errors import CarrierRefused, CarrierUnavailable
from models.order import CancelAnswer, Identifiers, Order, OrderEvent, OrderRef


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Place the order: `sending` is written before the carrier is called, `placed` once it has accepted."""

    ref: OrderRef
    round: int
    sending: OrderEvent
    placed: OrderEvent
    earlier: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What came of placing: the carrier's reference, or the number of the order that holds a line."""

    carrier_ref: str | None = None
    held_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class CarrierCancellation:
    """Ask the carrier to cancel; `entries` are written first."""

    ref: OrderRef
    reason: str
    entries: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CarrierActivation:
    """Tell the carrier which device and SIM the person holds; `sent` is written once it knows."""

    ref: OrderRef
    item_id: str
    identifiers: Identifiers
    sent: OrderEvent
    earlier: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Give the carrier what it asked for; `sent` is written once it has it."""

    ref: OrderRef
    fields: tuple[tuple[str, Any], ...]
    sent: OrderEvent
    earlier: tuple[OrderEvent, ...] = ()


class CarrierActivities:
    """Activities that call carriers. A time-out means unknown: the adapter asks before it sends again."""

    def __init__(self, database: Database, carriers: Mapping[str, Carrier]) -> None:
        self._database = database
        self._carriers = carriers

    @activity.defn
    async def place(self, call: Placement) -> Placed:
        """Hold the lines, note that we are about to send, send, and write down that it was accepted."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, call.ref)
            await append_events(session, order, call.earlier)
            holder = await line_locks.hold(session, order, call.sending.at)
            if holder is not None:
                return Placed(held_by=holder)
            note = await carrier_orders.intend(session, order, call.round, call.sending.at)
            await append_events(session, order, (call.sending,))
            work = await work_order(session, order, note.client_ref)
        carrier_ref = note.carrier_ref or await self.submit(order, work)
        async with self._database.transaction() as session:
            await carrier_orders.accepted(session, order.ref, call.round, carrier_ref, utc_now())
            placed = replace(call.placed, data=(*call.placed.data, ("carrier_ref", carrier_ref)))
            await append_events(session, order, (placed,))
        return Placed(carrier_ref=carrier_ref)

    async def submit(self, order: Order, work: CarrierOrder) -> str:
        """Send work to the order's carrier, which knows its reference; returns the carrier's own."""
        try:
            return (await self._carrier(order).submit(work)).carrier_ref
        except (CarrierRefused, CarrierUnavailable) as error:
            _tell(error)

    @activity.defn
    async def cancel_at_carrier(self, call: CarrierCancellation) -> CancelAnswer:
        """Ask the carrier to cancel what it has of this order; CANCELED where it has nothing open."""
        order, note = await self._open(call.ref, call.entries)
        if note is None:
            return CancelAnswer.CANCELED
        try:
            answer = await _cancel(self._carrier(order), note, call.reason)
        except (CarrierRefused, CarrierUnavailable) as error:
            _tell(error)
        if answer is CancelAnswer.CANCELED:
            async with self._database.transaction() as session:
                await carrier_orders.close(session, call.ref)
        return answer

    @activity.defn
    async def activate(self, call: CarrierActivation) -> None:
        """Ask the carrier to start service on the device and SIM the person holds."""
        order, note = await self._open(call.ref, call.earlier)
        try:
            if note is not None and note.carrier_ref is not None:
                await self._carrier(order).activate(note.carrier_ref, call.item_id, call.identifiers)
        except (CarrierRefused, CarrierUnavailable) as error:
            _tell(error)
        await self._write(order, call.sent)

    @activity.defn
    async def correct(self, call: Correction) -> None:
        """Give the carrier what it lacked."""
        order, note = await self._open(call.ref, call.earlier)
        try:
            if note is not None and note.carrier_ref is not None:
                await self._carrier(order).provide(note.carrier_ref, dict(call.fields))
        except (CarrierRefused, CarrierUnavailable) as error:
            _tell(error)
        await self._write(order, call.sent)

    async def _open(self, ref: OrderRef, entries: tuple[OrderEvent, ...]) -> tuple[Order, CarrierOrderRow | None]:
        async with self._database.transaction() as session:
            order = await order_values.load(session, ref)
            await append_events(session, order, entries)
            return order, await carrier_orders.open_note(session, ref)

    async def _write(self, order: Order, entry: OrderEvent) -> None:
        async with self._database.transaction() as session:
            await append_events(session, order, (entry,))

    def _carrier(self, order: Order) -> Carrier:
        carrier = self._carriers.get(order.carrier or "")
        if carrier is None:
            raise ApplicationError(f"No carrier {order.carrier!r} is configured.", type="UNKNOWN_CARRIER")
        return carrier


async def _cancel(carrier: Carrier, note: CarrierOrderRow, reason: str) -> CancelAnswer:
    """Cancel what was sent; where the answer to that was lost, ask first whether it has arrived."""
    carrier_ref = note.carrier_ref or await carrier.find(note.client_ref)
    return CancelAnswer.CANCELED if carrier_ref is None else await carrier.cancel(carrier_ref, reason)


def _tell(error: CarrierRefused | CarrierUnavailable) -> NoReturn:
    """Say it to Temporal: a refusal is final, an absence is retried, not before the carrier says."""
    if isinstance(error, CarrierRefused):
        details = (error.facts.get("code", error.code), error.detail)
        raise ApplicationError(error.detail, *details, type=error.code, non_retryable=True) from error
    raise ApplicationError(
        error.detail, type=error.code, next_retry_delay=retry_delay(error.retry_after_seconds)
    ) from error


async def work_order(session: Session, order: Order, client_ref: str) -> CarrierOrder:
    """What the carrier is asked to do."""
    row = await order_values.row_of(session, order.ref)
    items = await order_values.items_of(session, order.ref)
    tacs = await facts.device_tacs(session, order.tenant, [item.answers.get(Ask.DEVICE, "") for item in items])
    lines = [item.line_id for item in items if item.line_id] if order.type.about_lines else []
    known = await identifiers_of(session, order.tenant, lines) if lines else {}
    return CarrierOrder(
        client_ref=client_ref,
        number=order.number,
        items=tuple(_work_item(order, item, tacs, known) for item in items),
        ship_to=row.answers.get("ship_to"),
        expedite=bool(row.answers.get("expedite")),
        urgency=row.urgency,
        account_number=await account_tree.account_number(session, order.tenant, row.account_id),
        instructions=row.instructions,
    )


# What the carrier is told of an item's answers, by the name it has in a WorkItem.
_SAID: Mapping[str, Ask] = MappingProxyType(
    {
        "device_sku": Ask.DEVICE,
        "plan_sku": Ask.PLAN,
        "feature_skus": Ask.FEATURES,
        "accessory_skus": Ask.ACCESSORIES,
        "sim_type": Ask.SIM_TYPE,
        "area_code": Ask.AREA_CODE,
        "service_zip": Ask.SERVICE_ZIP,
        "suspend_reason": Ask.SUSPEND_REASON,
        "billing": Ask.BILLING,
    }
)


def _work_item(
    order: Order, item: ItemRow, tacs: Mapping[str, str], known: Mapping[str, Identifiers]
) -> CarrierOrderItem:
    answers = to_jsonable_python(item.answers)
    line = known.get(item.line_id or "", Identifiers())
    wanted = {
        **{name: answers.get(ask) for name, ask in _SAID.items()},
        "device_tac": tacs.get(answers.get(Ask.DEVICE, "")),
        "mdn": line.mdn or item.mdn,
        "imei": line.imei,
        "iccid": line.iccid,
        "eid": line.eid,
    }
    said = {name: value for name, value in wanted.items() if value not in (None, "", [])}
    return CarrierOrderItem(item_id=item.id, action=order.type.carrier_action or "", wanted=said)
