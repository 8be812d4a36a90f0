"""The pieces of an order that the lifecycle does together with their entries, each as an activity of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.carrier import work_order
from activities.rule import Ruled, judge
from carriers.base import Carrier
from models.db.carriers import carrier_orders
from models.db.inventory import line_locks
from models.db.orders import order_values
from models.db.session import Database, utc_now
from models.order import Activation, Identifiers, OrderRef

FIRST_ROUND = 1


@dataclass(frozen=True, kw_only=True)
class TinyStep:
    """Do it to this order, as of then."""

    ref: OrderRef
    at: datetime
    activation: Activation | None = None


class TinySteps:
    """Activities that write no entry."""

    def __init__(self, database: Database, carriers: Mapping[str, Carrier]) -> None:
        self._database = database
        self._carriers = carriers

    @activity.defn
    async def judge(self, step: TinyStep) -> Ruled:
        """Price and judge the order, and plan its approval."""
        async with self._database.transaction() as session:
            return await judge(session, await order_values.load(session, step.ref), step.at)

    @activity.defn
    async def hold(self, step: TinyStep) -> None:
        """Hold the lines and note that the order is about to be sent."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, step.ref)
            await line_locks.hold(session, order, step.at)
            await carrier_orders.intend(session, order, FIRST_ROUND, step.at)

    @activity.defn
    async def submit(self, step: TinyStep) -> str:
        """Send the order and keep the carrier's reference."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, step.ref)
            work = await work_order(session, order, f"{order.id}:{FIRST_ROUND}")
        receipt = await self._carriers[order.carrier or ""].submit(work)
        async with self._database.transaction() as session:
            await carrier_orders.accepted(session, step.ref, FIRST_ROUND, receipt.carrier_ref, utc_now())
        return receipt.carrier_ref

    @activity.defn
    async def start_service(self, step: TinyStep) -> None:
        """Tell the carrier that the device is in hand."""
        assert step.activation is not None
        async with self._database.transaction() as session:
            order = await order_values.load(session, step.ref)
            note = await carrier_orders.open_note(session, step.ref)
        assert note is not None
        assert note.carrier_ref is not None
        said = step.activation
        identifiers = Identifiers(imei=said.imei, iccid=said.iccid, eid=said.eid)
        await self._carriers[order.carrier or ""].activate(note.carrier_ref, said.item_id, identifiers)
