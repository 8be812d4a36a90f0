"""Asks the carrier what it has not reported by itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.carrier_client import carrier_client
from carriers.base import Carrier
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.orders import order_rows, order_values
from models.db.outbox.tables import OutboxRow
from models.db.session import Database
from models.errors import CarrierDeclined
from models.formatting import day
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate, Order, OrderRef
from models.status_labels import label
from models.tasks.waiting import LOST_ORDER

# Asks a carrier about a submission, and receives its answer as any of its reports.
Poll = Callable[[Carrier, CarrierOrderRow], Awaitable[tuple[CarrierUpdate, OutboxRow | None]]]


@dataclass(frozen=True, kw_only=True)
class AskAgainInput:
    ref: OrderRef


@dataclass(frozen=True, kw_only=True)
class ExpectedDates:
    by_item: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, kw_only=True)
class AskAboutOrderInput:
    """`round` is that of the submission to ask about, `kind` that of the task on which this was chosen."""

    ref: OrderRef
    round: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class CarrierAnswer:
    """What the carrier says of the order, as a sentence, and whether the task is settled by it."""

    text: str
    settles: bool


class CarrierStatusActivities:
    def __init__(self, database: Database, carriers: Mapping[str, Carrier], poll: Poll) -> None:
        self._database = database
        self._carriers = carriers
        self._poll = poll

    @activity.defn
    async def ask_again(self, request: AskAgainInput) -> ExpectedDates:
        """Have the carrier report on the order now; returns when it expects to do its part, by item."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, request.ref)
            row = await carrier_orders.find_open(session, request.ref)
        if row is None or row.carrier_ref is None:
            return ExpectedDates()
        with carrier_client(self._carriers, order) as carrier:
            await self._poll(carrier, row)
        async with self._database.transaction() as session:
            items = await order_rows.items_of(session, request.ref)
        return ExpectedDates(by_item=tuple((item.id, item.expected_at) for item in items if item.expected_at))

    @activity.defn
    async def ask_about_order(self, request: AskAboutOrderInput) -> CarrierAnswer:
        """Have the carrier report on the order now; if it doesn't know it, it is asked once more soon."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, request.ref)
            row = await carrier_orders.latest_of(session, request.ref, request.round)
        with carrier_client(self._carriers, order) as carrier:
            try:
                update = (await self._poll(carrier, row))[0] if row.carrier_ref else None
            except CarrierDeclined:
                update = None
        async with self._database.transaction() as session:
            now = await session.now()
            if update is None:
                await carrier_orders.poll_next(session, row.carrier, row.client_ref)
        if update is None:
            return CarrierAnswer(text=f"{carrier.name} doesn't know this order.", settles=False)
        settles = request.kind == LOST_ORDER.code or any(
            _moves(item_update, state, now) for item_update, state in update.states
        )
        return CarrierAnswer(text=_as_sentence(carrier.name, order, update), settles=settles)


def _moves(item_update: ItemUpdate, state: ItemState, now: datetime) -> bool:
    """Whether the carrier says more than that it works on the item."""
    is_expected = item_update.expected_at is not None and item_update.expected_at > now
    return is_expected or state not in {ItemState.PLACED, ItemState.IN_FULFILLMENT}


def _as_sentence(carrier: str, order: Order, update: CarrierUpdate) -> str:
    said = (
        f"item {order.item(item_update.item_id).number} is “{label(state)}”"
        + (f", expected {day(item_update.expected_at.date())}" if item_update.expected_at else "")
        for item_update, state in update.states
    )
    return f"{carrier} says: {'; '.join(said) or 'it has the order'}."
