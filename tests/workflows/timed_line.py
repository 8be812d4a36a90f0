"""A line that an order has suspended or disconnected, with its timer running after the order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

import pytest
from sqlmodel import col, select, update
from temporalio.client import WorkflowHandle

from activities.inventory import CompletionInput, InventoryActivities
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import PolicyRow
from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.effect import Effect
from models.events.ending import COMPLETED
from models.holder import Holder
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.order import SYSTEM, CarrierUpdate, ItemSnapshot, ItemUpdate, Order, OrderEvent, WorkflowMessage
from models.order_messages import OperatorAction
from models.timers import EVENTS_PER_ITEM, TimerRef
from tests import factories
from tests.workflows.workflow_env import RPC_TIMEOUT, WorkflowEnv
from workflows.order_type_registry import order_type
from workflows.results import UpdateResult


@dataclass
class TimedLine:
    """What tests send to the timer, and what they read of it."""

    env: WorkflowEnv
    order: Order
    handle: WorkflowHandle[Any, str]
    answers: int = 0

    @classmethod
    async def suspend(
        cls,
        env: WorkflowEnv,
        at: datetime,
        *,
        rule: str = "verizon_business",
        reason: str = "vacation",
        resume_on: date | None = None,
        holder: Holder = factories.PERSON,
    ) -> Self:
        """Suspend a line as an order does in its last step, and deliver the start of the timer's workflow."""
        await _set_carrier_rule(env, rule)
        order = await _create_order(env, reason, resume_on, holder)
        await InventoryActivities(env.database).apply(apply_input(order, at))
        return cls(env, order, await _started(env, order))

    @classmethod
    async def disconnect(
        cls, env: WorkflowEnv, at: datetime, on: date, *, holder: Holder = factories.PERSON, other: Self | None = None
    ) -> Self:
        """Disconnect a line on a day, as an order does in its last step; that of `other`, else a line of its own."""
        lines = () if other is None else ((await other.line()).id,)
        spec = factories.OrderSpec(type=order_type("SERVICE_SUSPEND"), beneficiary=holder, line_ids=lines)
        order = await factories.create_order(env.database, spec)
        await give_status(env, order, at, LineStatus.DISCONNECTED, disconnected_on=on)
        return cls(env, order, await _started(env, order))

    @classmethod
    async def with_features(
        cls,
        env: WorkflowEnv,
        at: datetime,
        ends: date | None,
        *features: str,
        rule: str = "any",
        line_id: str | None = None,
        requester: str = factories.REQUESTER,
        **answers: Any,
    ) -> Self:
        """Add features to a line until a day, as an order does in its last step; the first timer is started."""
        await _set_carrier_rule(env, rule)
        given = {"add_features": [*features], **({"ends_on": ends.isoformat()} if ends else {}), **answers}
        lines = (line_id,) if line_id else ()
        spec = factories.OrderSpec(
            type=order_type("FEATURES_CHANGE"), requester_id=requester, line_ids=lines, item_answers=(given,)
        )
        order = await factories.create_order(env.database, spec)
        await InventoryActivities(env.database).apply(apply_input(order, at))
        return cls(env, order, await _started(env, order))

    async def following(self) -> Self:
        """The line with the timer that the end of this one has started."""
        return replace(self, handle=await _started(self.env, self.order))

    async def carrier_answers(self, state: ItemState = ItemState.DONE, **fields: Any) -> None:
        """The carrier reports a state for the latest request."""
        answer = await self._answer(state, **fields)
        await self.handle.signal("carrier_update", replace(answer, message_name="carrier_update"))

    async def enqueue_answer(self, state: ItemState, **fields: Any) -> str:
        """Enqueue what the carrier reports for the latest request, and return the id of the message."""
        message = Message(
            action_id=new_id(),
            ref=self.order.ref,
            kind=MessageKind.SIGNAL,
            name="carrier_update",
            payload=await self._answer(state, **fields),
            workflow_id=self.handle.id,
        )
        async with self.env.database.transaction() as session:
            await enqueue(session, message, notify_relay=True)
        return message.action_id

    async def _answer(self, state: ItemState, **fields: Any) -> CarrierUpdate:
        self.answers += 1
        return CarrierUpdate(
            event_id=f"c{self.answers}",
            carrier=factories.CARRIER,
            client_ref=(await self.requests())[-1].client_ref,
            items=(ItemUpdate(item_id=self.order.items[0].id, state=state, **fields),),
        )

    async def repair(self, name: str, evidence: str = "") -> UpdateResult:
        actor = factories.actor(factories.ADMIN)
        task = await self.task_seq()
        message = OperatorAction(message_name=name, action_id=new_id(), actor=actor, evidence=evidence, task=task)
        result: UpdateResult = await self.handle.execute_update(
            name, message, id=message.action_id, result_type=UpdateResult, rpc_timeout=RPC_TIMEOUT
        )
        return result

    async def change_by_order(self, at: datetime, status: LineStatus) -> Order:
        """Another order gives the line this status; its message to the timer is not delivered yet."""
        spec = factories.OrderSpec(type=order_type("SERVICE_SUSPEND"), line_ids=((await self.line()).id,))
        order = await factories.create_order(self.env.database, spec)
        await give_status(self.env, order, at, status, disconnected_on=None)
        return order

    async def stop(self) -> None:
        """An order has ended the suspension."""
        await self.handle.signal("stop", WorkflowMessage(message_name="stop"))

    async def wait_for(self, condition: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(60):
            while not await condition():
                await asyncio.sleep(0.05)

    async def tasks(self) -> list[TaskRow]:
        """The tasks about the line, oldest first."""
        return sorted(await self.env.rows(TaskRow, self.order), key=lambda row: row.seq)

    async def task_seq(self) -> int | None:
        return next((row.seq for row in await self.tasks() if row.state == "open"), None)

    async def timer(self) -> LineTimerRow:
        rows = await self.env.rows(LineTimerRow, self.order)
        return next(row for row in rows if TimerRef(tenant=row.tenant, id=row.id).workflow_id == self.handle.id)

    async def problem(self) -> str | None:
        """What an operator must fix."""
        return (await self.timer()).problem

    async def line(self) -> LineRow:
        (line,) = await self.env.lines()
        return line

    async def requests(self) -> list[CarrierOrderRow]:
        """The timer's requests to the carrier, oldest first."""
        rows = await self.env.rows(CarrierOrderRow, self.order)
        return sorted((row for row in rows if row.timer_id), key=lambda row: row.round)

    async def request_accepted(self) -> bool:
        return (await self.requests())[-1].carrier_ref is not None

    async def request_repeated(self) -> bool:
        return len(await self.requests()) > 1

    async def events(self) -> list[str]:
        """The timer's events in the order's history."""
        rows = await self.env.rows(EventRow, self.order)
        return [row.event for row in sorted(rows, key=lambda row: row.seq) if row.seq > EVENTS_PER_ITEM]

    async def changes(self) -> list[tuple[str, str]]:
        """The status of the line before and after each change by the timer."""
        rows = await self.env.rows(InventoryChangeRow, self.order)
        return [
            (row.before["line"]["status"], row.after["line"]["status"]) for row in rows if row.kind.startswith("timer:")
        ]


async def give_status(env: WorkflowEnv, order: Order, at: datetime, status: LineStatus, **fields: Any) -> None:
    """The last step of an order whose effect is this status, and these fields, of its line."""
    effect = Effect(
        code="give_status",
        apply=lambda before, _: replace(before, line=replace(before.required_line, status=status, **fields)),
        changes=frozenset({"line.status", "line.disconnected_on"}),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("activities.inventory.find_effect", lambda _: effect)
        await InventoryActivities(env.database).apply(apply_input(order, at))


async def _started(env: WorkflowEnv, order: Order) -> WorkflowHandle[Any, str]:
    """Deliver the start of the order's last timer; returns its workflow."""
    timer = await timer_of(env, order)
    assert await env.deliver(timer.id) == "done"
    ref = TimerRef(tenant=timer.tenant, id=timer.id)
    handle = env.client.get_workflow_handle(ref.workflow_id, result_type=str)
    env.ends(handle)
    return handle


def apply_input(order: Order, at: datetime) -> CompletionInput:
    """The last step of an order: its effect, and the event that completes it."""
    items = tuple(ItemSnapshot(item_id=item.id, state=ItemState.DONE) for item in order.items)
    event = OrderEvent(seq=2, at=at, event=COMPLETED.code, status=Status.COMPLETED, actor=SYSTEM, items=items)
    return CompletionInput(ref=order.ref, at=at, item_id=order.items[0].id, events=(event,))


async def timer_of(env: WorkflowEnv, order: Order) -> LineTimerRow:
    """The last timer that the order's line got from it."""
    return max(await env.rows(LineTimerRow, order), key=lambda timer: timer.id)


async def _set_carrier_rule(env: WorkflowEnv, rule: str) -> None:
    document: dict[str, Any] = {"carrier_rules": {factories.CARRIER: rule}}
    async with env.database.transaction() as session:
        version = len((await session.exec(select(PolicyRow))).all()) + 1
        session.add(
            PolicyRow(
                tenant=factories.TENANT, version=version, document=document, created_at=utc_now(), created_by="test"
            )
        )


async def _create_order(env: WorkflowEnv, reason: str, resume_on: date | None, holder: Holder) -> Order:
    spec = factories.OrderSpec(type=order_type("SERVICE_SUSPEND"), beneficiary=holder)
    order = await factories.create_order(env.database, spec)
    async with env.database.transaction() as session:
        answers = {"suspend_reason": reason} | ({"resume_on": resume_on.isoformat()} if resume_on else {})
        of_order = (col(ItemRow.tenant) == order.tenant, col(ItemRow.order_id) == order.id)
        await session.exec(update(ItemRow).where(*of_order).values(answers=answers))
    return order
