"""A line at rest: suspended by an order that has done its part, with its clock running."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlmodel import col, select, update
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.inventory import InventoryActivities, InventoryCall
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import PolicyRow
from models.db.inventory.tables import InventoryChangeRow, LineRow, SuspensionTimerRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.session import new_id, utc_now
from models.lifecycle import Event, ItemState, Status
from models.order import SYSTEM, CarrierUpdate, ItemSnapshot, ItemUpdate, OperatorAction, Order, OrderEvent
from models.timers import TimerOutcome, TimerRef
from outbox.dispatcher import OutboxDispatcher
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_types_by_code
from workflows.suspension_timer import TimerAccepted

PATIENCE = timedelta(seconds=20)


@dataclass
class Rest:
    """One suspended line, what is said to its clock, and what is seen of it."""

    stage: Stage
    order: Order
    handle: WorkflowHandle[Any, TimerOutcome]
    heard: int = 0

    @classmethod
    async def begin(
        cls,
        stage: Stage,
        at: datetime,
        *,
        rule: str = "verizon_business",
        reason: str = "vacation",
        resume_on: date | None = None,
    ) -> Self:
        """Suspend a line as its order does at its end, and have the clock's workflow started."""
        await _follow(stage, rule)
        order = await _placed(stage, reason, resume_on)
        await InventoryActivities(stage.database).apply(applied(order, at))
        clock = await clock_of(stage, order)
        dispatcher = OutboxDispatcher(stage.database, stage.client, task_queue=stage.task_queue, patience=PATIENCE)
        assert (await dispatcher.deliver(clock.id)).state == "done"
        ref = TimerRef(tenant=clock.tenant, id=clock.id)
        handle = stage.client.get_workflow_handle(ref.workflow_id, result_type=TimerOutcome)
        return cls(stage, order, handle)

    # --- saying ----------------------------------------------------------------------

    async def answer(self, state: ItemState = ItemState.DONE, **said: Any) -> None:
        """The carrier says where its latest request to resume stands."""
        self.heard += 1
        news = CarrierUpdate(
            event_id=f"c{self.heard}",
            carrier=factories.CARRIER,
            client_ref=(await self.requests())[-1].client_ref,
            items=(ItemUpdate(item_id=self.order.items[0].id, state=state, **said),),
        )
        await self.handle.signal("carrier_update", news)

    async def repair(self, name: str, evidence: str = "") -> TimerAccepted:
        message = OperatorAction(
            action_id=new_id(), actor=factories.person(factories.ADMIN, admin=True), evidence=evidence
        )
        answer: TimerAccepted = await self.handle.execute_update(
            name, message, id=message.action_id, result_type=TimerAccepted, rpc_timeout=PATIENCE
        )
        return answer

    # --- looking ---------------------------------------------------------------------

    async def until(self, seen: Callable[[], Awaitable[object]]) -> None:
        """Wait till something is seen."""
        async with asyncio.timeout(60):
            while not await seen():
                await asyncio.sleep(0.05)

    async def clock(self) -> SuspensionTimerRow:
        return await clock_of(self.stage, self.order)

    async def attention(self) -> str | None:
        return (await self.clock()).attention

    async def line(self) -> LineRow:
        (line,) = await self.stage.lines()
        return line

    async def requests(self) -> list[CarrierOrderRow]:
        """What the clock has asked the carrier, oldest first."""
        rows = await self.stage.all(CarrierOrderRow, self.order)
        return sorted((row for row in rows if row.timer_id), key=lambda row: row.round)

    async def accepted(self) -> bool:
        """Whether the carrier has taken the latest request."""
        return (await self.requests())[-1].carrier_ref is not None

    async def asked_again(self) -> bool:
        return len(await self.requests()) > 1

    async def told(self) -> list[str]:
        """What the clock has written into the order's history."""
        rows = await self.stage.all(EventRow, self.order)
        return [row.event for row in sorted(rows, key=lambda row: row.seq) if row.seq > 1000]

    async def changes(self) -> list[tuple[str, str]]:
        """What the clock has done to the line, from and to."""
        rows = await self.stage.all(InventoryChangeRow, self.order)
        return [(row.before["line"]["status"], row.after["line"]["status"]) for row in rows if row.effect == "clock"]


def applied(order: Order, at: datetime) -> InventoryCall:
    """The last thing an order does: its effect, and the entry that ends it."""
    marks = tuple(ItemSnapshot(item_id=item.id, state=ItemState.DONE) for item in order.items)
    entry = OrderEvent(seq=2, at=at, event=Event.COMPLETED, status=Status.COMPLETED, actor=SYSTEM, items=marks)
    ids = tuple(item.id for item in order.items)
    return InventoryCall(ref=order.ref, at=at, item_ids=ids, entries=(entry,))


async def clock_of(stage: Stage, order: Order) -> SuspensionTimerRow:
    (clock,) = await stage.all(SuspensionTimerRow, order)
    return clock


async def travel(ahead: WorkflowEnvironment, days: float) -> None:
    await ahead.sleep(timedelta(days=days))


async def _follow(stage: Stage, rule: str) -> None:
    """Have the carrier follow this rule."""
    document: dict[str, Any] = {"carrier_rules": {factories.CARRIER: rule}}
    async with stage.database.transaction() as session:
        version = len((await session.exec(select(PolicyRow))).all()) + 1
        session.add(
            PolicyRow(
                tenant=factories.TENANT, version=version, document=document, created_at=utc_now(), created_by="test"
            )
        )


async def _placed(stage: Stage, reason: str, resume_on: date | None) -> Order:
    order = await factories.place(stage.database, factories.Placing(type=order_types_by_code()["SERVICE_SUSPEND"]))
    async with stage.database.transaction() as session:
        answers = {"suspend_reason": reason} | ({"resume_on": resume_on.isoformat()} if resume_on else {})
        of_order = (col(ItemRow.tenant) == order.tenant, col(ItemRow.order_id) == order.id)
        await session.exec(update(ItemRow).where(*of_order).values(answers=answers))
    return order
