"""Workers on a real database and Temporal server, with what tests send to orders and read of them."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self, TypeVar

import pytest
from sqlmodel import SQLModel, select
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from models.db.approvals.tables import ApprovalRow
from models.db.encryption import Keyring
from models.db.inventory.tables import LineRow
from models.db.order_lock import lock_order
from models.db.orders import item_reports, order_rows
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.outbox import delivery
from models.db.returns import return_cases
from models.db.session import Database, new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.effect import find_effect
from models.lifecycle import ItemState, Status
from models.order import (
    Actor,
    CarrierUpdate,
    Channel,
    Identifiers,
    ItemSnapshot,
    ItemUpdate,
    Order,
    Outcome,
    WorkflowMessage,
)
from models.order_messages import Activation, Cancellation, Decision, InfoRequest, InfoResponse, OperatorAction
from models.order_type import OrderType
from models.step import Receive
from outbox.dispatcher import OutboxDispatcher
from outbox.temporal_client import data_converter
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.carrier_reports import next_report
from tests.workflows.effect_inputs import EffectInputs, recorded_inputs
from tests.workflows.fault_injection import FaultInjector
from worker import build_workers
from workflows.results import UpdateResult

Row = TypeVar("Row", bound=SQLModel)
T = TypeVar("T")

REQUESTER, ADMIN = factories.actor(factories.REQUESTER), factories.actor(factories.ADMIN)
RPC_TIMEOUT = timedelta(seconds=20)
KEYS = {"test": base64.b64encode(b"0" * 32).decode()}
KEYRING = Keyring(KEYS)

_PASSING = {Status.VALIDATING, Status.APPROVED, Status.SUBMITTING, Status.CANCEL_REQUESTED}


def item_identifiers(number: int) -> Identifiers:
    """What the carrier assigns to the item with this number; it counts the items of all orders."""
    return Identifiers(
        mdn=f"+1312{number:07}",
        imei=f"353322119{number:06}",
        eid="89049032123451234512345678901235",
        carrier_product_id=f"PRD-{number}",
    )


@contextmanager
def rejects(code: str, says: str = "") -> Iterator[None]:
    """Expect an update to be rejected with this error code, and with a message that has these words."""
    with pytest.raises(WorkflowUpdateFailedError) as rejected:
        yield
    assert isinstance(rejected.value.cause, ApplicationError)
    assert rejected.value.cause.type == code
    assert says in rejected.value.cause.message


@dataclass
class WorkflowEnv:
    database: Database
    client: Client
    carrier: FakeCarrier
    faults: FaultInjector
    task_queue: str
    workers: AsyncExitStack = field(default_factory=AsyncExitStack)
    at_end: AsyncExitStack = field(default_factory=AsyncExitStack)
    items: dict[str, int] = field(default_factory=dict)
    effect_inputs: EffectInputs = field(default_factory=EffectInputs)
    calls_carrier: bool = True

    @classmethod
    @asynccontextmanager
    async def running(cls, database: Database, client: Client, carrier: FakeCarrier) -> AsyncIterator[Self]:
        faults = FaultInjector()
        encrypting = Client(
            client.service_client,
            namespace=client.namespace,
            data_converter=data_converter(KEYRING),
            interceptors=[*client.config()["interceptors"], faults],
        )
        with recorded_inputs() as inputs:
            env = cls(database, encrypting, carrier, faults, task_queue=f"test-{new_id()}", effect_inputs=inputs)
            await env.start_workers()
            try:
                yield env
            finally:
                await env.at_end.aclose()
                await env.stop_workers()

    @asynccontextmanager
    async def with_own_workers(self, *, max_cached_workflows: int = 1000) -> AsyncIterator[Self]:
        """The same, but workflows run in workers that no other order uses; only the carrier's queue is shared."""
        env = replace(self, task_queue=f"test-{new_id()}", workers=AsyncExitStack(), calls_carrier=False)
        await env.start_workers(max_cached_workflows=max_cached_workflows)
        try:
            yield env
        finally:
            await env.stop_workers()

    async def start_workers(self, *, max_cached_workflows: int = 1000) -> None:
        for worker in build_workers(
            self.client,
            self.database,
            {self.carrier.code: self.carrier} if self.calls_carrier else {},
            keyring=KEYRING,
            task_queue=self.task_queue,
            calls_per_second={},
            max_cached_workflows=max_cached_workflows,
        ):
            if worker._workflow_worker:
                # A machine that stands still for two seconds is no deadlock, and an endless loop meets the timeout.
                worker._workflow_worker._deadlock_timeout_seconds = None
            await self.workers.enter_async_context(worker)

    async def stop_workers(self) -> None:
        await self.workers.aclose()

    async def restart_workers(self) -> None:
        """The new workers have no workflow cached."""
        await self.stop_workers()
        await self.start_workers()

    def ends(self, handle: WorkflowHandle[Any, Any]) -> None:
        """Terminate the workflow at the end of the test: a shared server would wait for it whenever it skips time."""

        async def end() -> None:
            with suppress(RPCError):  # it has ended
                await handle.terminate()

        self.at_end.push_async_callback(end)

    # --- sending -----------------------------------------------------------------

    async def start_new(self, kind: OrderType, *, until: Status | None = None, **differs: Any) -> Order:
        """Create an order, start its workflow, and advance it to a status."""
        order = await factories.create_order(self.database, factories.OrderSpec(type=kind, **differs))
        await self.start(order)
        if until is not None:
            assert await self.advance(order, until=until) is until
        return order

    async def start(self, order: Order) -> WorkflowHandle[Any, Outcome]:
        return await self.client.start_workflow(
            order.type.code, order, id=order.workflow_id, task_queue=self.task_queue, result_type=Outcome
        )

    async def update(self, order: Order, name: str, message: Any) -> UpdateResult:
        handle = self.client.get_workflow_handle(order.workflow_id)
        sent, action_id = replace(message, message_name=name), message.action_id
        result: UpdateResult = await handle.execute_update(
            name, sent, id=action_id, result_type=UpdateResult, rpc_timeout=RPC_TIMEOUT
        )
        return result

    async def signal(self, order: Order, name: str, message: WorkflowMessage) -> None:
        await self.client.get_workflow_handle(order.workflow_id).signal(name, replace(message, message_name=name))

    async def approve(self, order: Order, actor: Actor | None = None, **fields: Any) -> UpdateResult:
        decision = Decision(action_id=new_id(), actor=actor or factories.actor(), **fields)
        return await self.update(order, "approve", decision)

    async def reject(self, order: Order, comment: str, actor: Actor | None = None) -> UpdateResult:
        decision = Decision(action_id=new_id(), actor=actor or factories.actor(), comment=comment)
        return await self.update(order, "reject", decision)

    async def request_info(self, order: Order, text: str, actor: Actor | None = None) -> UpdateResult:
        message = InfoRequest(action_id=new_id(), actor=actor or factories.actor(), text=text)
        return await self.update(order, "request_info", message)

    async def provide_info(self, order: Order, text: str = "", **fields: Any) -> UpdateResult:
        message = InfoResponse(action_id=new_id(), actor=REQUESTER, text=text, **fields)
        return await self.update(order, "provide_info", message)

    async def cancel(self, order: Order, actor: Actor = REQUESTER, reason: str = "") -> UpdateResult:
        return await self.update(order, "cancel", Cancellation(action_id=new_id(), actor=actor, reason=reason))

    async def activate(self, order: Order, *, item: int = 1, **answers: Any) -> UpdateResult:
        item_id, answered = order.items[item - 1].id, tuple(answers.items())
        message = Activation(action_id=new_id(), actor=REQUESTER, item_id=item_id, answers=answered)
        return await self.update(order, "activate", message)

    async def retry(self, order: Order) -> UpdateResult:
        return await self.update(order, "retry", OperatorAction(action_id=new_id(), actor=ADMIN))

    async def complete_manually(
        self, order: Order, evidence: str, items: tuple[ItemSnapshot, ...] = ()
    ) -> UpdateResult:
        message = OperatorAction(action_id=new_id(), actor=ADMIN, evidence=evidence, items=items)
        return await self.update(order, "complete_manually", message)

    async def carrier_update(self, order: Order, *states: ItemState, item: int = 1, **fields: Any) -> None:
        """Have the carrier report these states of an item (counted from 1), one after the other.

        They are about its latest order, or of the one with this `round`. Identifiers and dates are stored first, as
        the intake does.
        """
        identifiers = fields.pop("identifiers", None) or self._reported(order, item)
        client_ref = f"{order.id}:{fields.pop('round', self.round(order))}"
        stored = ItemUpdate(item_id=order.items[item - 1].id, state=states[0], identifiers=identifiers, **fields)
        await self._store(order, stored)
        for state in states:
            item_update = ItemUpdate(item_id=order.items[item - 1].id, state=state, **fields)
            update = CarrierUpdate(
                event_id=new_id(), carrier=factories.CARRIER, client_ref=client_ref, items=(item_update,)
            )
            await self.signal(order, "carrier_update", update)

    async def _store(self, order: Order, item_update: ItemUpdate) -> None:
        async with self.database.transaction() as session:
            await lock_order(session, order.ref)
            items, parcels = await order_rows.items_with_parcels(session, order.ref)
            item = next(one for one in items if one.id == item_update.item_id)
            await item_reports.store(session, item, parcels[item.id], item_update, at=utc_now(), by=Channel.WEBHOOK)
            await return_cases.report(
                session, order.ref, item_update.item_id, item_update.return_state, item_update.return_details
            )

    def round(self, order: Order) -> int:
        """How many orders the carrier has got for this one, at least one."""
        return max(1, sum(client_ref.startswith(f"{order.id}:") for client_ref in self.carrier.orders))

    def _reported(self, order: Order, item: int) -> Identifiers:
        """All that is new for a new line; of an existing one, what its order renews."""
        assigned = self._assigned(order, item)
        if not order.type.about_inventory:
            return assigned
        renews = find_effect(order.effect_of(order.items[item - 1])).renews
        return Identifiers(**{name: getattr(assigned, name) for name in renews})

    def _assigned(self, order: Order, item: int) -> Identifiers:
        """Never the same for two items."""
        for one in order.items:
            self.items.setdefault(one.id, len(self.items) + 1)
        return item_identifiers(self.items[order.items[item - 1].id])

    async def advance(self, order: Order, *, by_signal: bool = False, until: Status | None = None) -> Status:
        """Act for everyone the order waits for, until it has ended, has failed, or has the wanted status."""
        row = await self.wait_until_idle(order, after=None)
        while True:
            status = Status(row.status)
            if status.final or status is until or status is Status.FAILED:
                return status
            await self._act(order, status, by_signal=by_signal)
            row = await self.wait_until_idle(order, after=row.seq)

    async def _act(self, order: Order, status: Status, *, by_signal: bool) -> None:
        if status is Status.AWAITING_APPROVAL:
            approver = await self.next_approver(order)
            decision = Decision(action_id=new_id(), actor=factories.actor(approver))
            await (self.signal if by_signal else self.update)(order, "approve", decision)
        elif order.type.has(Receive) and (task := await self._to_receive(order)) is not None:
            choice = task.choices[0]
            message = OperatorAction(action_id=new_id(), actor=ADMIN, choice=choice, evidence="T-7", task=task.seq)
            await self.update(order, "receive", message)
        else:
            state = next_report(order.type, self.round(order), status)
            for item in order.items:
                await self.carrier_update(order, state, item=item.number)

    async def _to_receive(self, order: Order) -> TaskRow | None:
        """The task that asks for a device, or for a parcel."""
        open_tasks = [task for task in await self.rows(TaskRow, order) if task.state == "open"]
        return next((task for task in open_tasks if task.kind in {"return_to_receive", "parcel_to_trace"}), None)

    async def deliver(self, action_id: str, *, caller_waits: bool = True) -> str:
        """Deliver a message of the outbox; returns its state afterwards."""
        dispatcher = OutboxDispatcher(self.database, self.client, task_queue=self.task_queue, timeout=RPC_TIMEOUT)
        async with self.database.read() as session:
            row = await delivery.find(session, action_id)
        if row is None or row.state != "waiting":
            return (await dispatcher.deliver(action_id)).state
        return (await dispatcher.deliver_claimed(row, caller_waits=caller_waits)).state

    # --- waiting and reading -----------------------------------------------------

    async def until(self, order: Order, read: Callable[[], Awaitable[T]], wanted: Callable[[T], object]) -> T:
        """Read again after each activity of the order, until what is read is wanted."""
        async with asyncio.timeout(60):
            while True:
                finished = self.faults.next_finished(order)
                if wanted(found := await read()):
                    return found
                with suppress(TimeoutError):  # not all that is read is written by activities of the order
                    async with asyncio.timeout(0.5):
                        await finished.wait()

    async def wait_until_idle(self, order: Order, *, after: int | None) -> OrderRow:
        """Wait until the order waits for someone, or has ended, with a later event than number `after`."""

        def idle(row: OrderRow) -> bool:
            return row.status not in _PASSING and row.seq != after

        while True:
            found = await self.until(order, lambda: self.row(order), idle)
            if Status(found.status).final or not await self._is_running(order):
                row = await self.row(order)
                if idle(row):
                    return row
            await asyncio.sleep(0.01)

    async def _is_running(self, order: Order) -> bool:
        """Whether the workflow has something to do: what activities record is known before it has their results."""
        described = (await self.client.get_workflow_handle(order.workflow_id).describe()).raw_description
        first_tries = [activity for activity in described.pending_activities if activity.attempt <= 1]
        return bool(first_tries) or described.HasField("pending_workflow_task")

    async def let_workflow_run(self) -> None:
        """Give the workflow the time it needs to process an activity's result."""
        await asyncio.sleep(0.5)

    async def wait_for_status(self, order: Order, *statuses: Status) -> OrderRow:
        row = await self.until(
            order, lambda: self.row(order), lambda row: row.status in statuses or Status(row.status).final
        )
        assert row.status in statuses, (row.status, await self.events(order))
        await self.until(order, lambda: self._is_recording(order), lambda recording: not recording)
        return row

    async def _is_recording(self, order: Order) -> bool:
        """Whether earlier events are still being written: a step that moves the order doesn't wait for them."""
        described = (await self.client.get_workflow_handle(order.workflow_id).describe()).raw_description
        return any(activity.activity_type.name == "record" for activity in described.pending_activities)

    async def wait_for_item_states(self, order: Order, *states: str) -> None:
        await self.until(order, lambda: self.item_states(order), lambda found: found == [*states])

    async def wait_for_line_statuses(self, *statuses: str) -> None:
        """Wait until the company's lines have these statuses, in alphabetical order."""
        async with asyncio.timeout(60):
            while sorted(line.status for line in await self.lines()) != [*statuses]:
                await asyncio.sleep(0.02)

    async def row(self, order: Order) -> OrderRow:
        async with self.database.transaction() as session:
            return await session.get_one(OrderRow, (order.tenant, order.id))

    async def rows(self, table: type[Row], order: Order) -> list[Row]:
        """All rows of a table that belong to the order."""
        async with self.database.transaction() as session:
            query = select(table).where(table.tenant == order.tenant, table.order_id == order.id)  # type: ignore[attr-defined] # not every table has them
            return list((await session.exec(query)).all())

    async def item_states(self, order: Order) -> list[str]:
        return [row.state for row in sorted(await self.rows(ItemRow, order), key=lambda row: row.number)]

    async def events(self, order: Order) -> list[str]:
        """What happened, in order."""
        rows = await self.rows(EventRow, order)
        return [row.event for row in sorted(rows, key=lambda row: row.seq)]

    async def pending_approvers(self, order: Order) -> list[str]:
        return [row.approver_id for row in await self.rows(ApprovalRow, order) if row.state == "pending"]

    async def next_approver(self, order: Order) -> str:
        """Waits for one: after a stage is decided, the next one may not be open yet."""
        approvers = await self.until(order, lambda: self.pending_approvers(order), bool)
        return approvers[0]

    async def lines(self) -> list[LineRow]:
        """All lines of the company."""
        async with self.database.transaction() as session:
            return list((await session.exec(select(LineRow))).all())
