"""Where workflow tests play: workers on a database and a server, and the things tests say and look at."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self, TypeVar

from sqlmodel import SQLModel, select
from temporalio.client import Client, WorkflowHandle

from models.db.approvals.tables import ApprovalRow
from models.db.encryption import Keyring
from models.db.inventory.tables import LineRow
from models.db.orders.tables import EventRow, OrderRow
from models.db.session import Database, new_id
from models.lifecycle import ItemState, Status
from models.order import Actor, Cancellation, CarrierUpdate, Decision, Identifiers, ItemUpdate, Order, Outcome
from models.order_type import Step
from outbox.temporal_client import data_converter
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.fault_injection import Saboteur
from worker import build_workers
from workflows.progress import Accepted

Row = TypeVar("Row", bound=SQLModel)

KEYRING = Keyring({"test": base64.b64encode(b"0" * 32).decode()})


_NEXT_NEWS = {Status.IN_FULFILLMENT: ItemState.SHIPPED, Status.SHIPPED: ItemState.AWAITING_ACTIVATION}


def found(number: int) -> Identifiers:
    """What the carrier assigns to the item of this number."""
    return Identifiers(
        mdn=f"+131255501{number:02}",
        imei=f"3533221100000{number:02}",
        eid="89049032123451234512345678901235",
        tracking_number=f"1Z999{number:02}",
    )


@dataclass
class Stage:
    """One test's world."""

    database: Database
    client: Client
    carrier: FakeCarrier
    saboteur: Saboteur
    task_queue: str
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    heard: int = 0

    @classmethod
    @asynccontextmanager
    async def set(cls, database: Database, client: Client, carrier: FakeCarrier) -> AsyncIterator[Self]:
        """Start the workers; everything is stopped at the end."""
        saboteur = Saboteur()
        sealed = Client(
            client.service_client,
            namespace=client.namespace,
            data_converter=data_converter(KEYRING),
            interceptors=[*client.config()["interceptors"], saboteur],
        )
        stage = cls(database, sealed, carrier, saboteur, task_queue=f"test-{new_id()}")
        await stage.hire()
        try:
            yield stage
        finally:
            await stage.stack.aclose()

    async def hire(self, *, max_cached_workflows: int = 1000) -> None:
        """Start a set of workers."""
        for worker in build_workers(
            self.client,
            self.database,
            {self.carrier.code: self.carrier},
            task_queue=self.task_queue,
            calls_per_second={},
            max_cached_workflows=max_cached_workflows,
        ):
            await self.stack.enter_async_context(worker)

    async def swap(self) -> None:
        """Stop all workers and start others that know nothing."""
        await self.stack.aclose()
        await self.hire()

    # --- saying ------------------------------------------------------------------

    async def start(self, order: Order) -> WorkflowHandle[Any, Outcome]:
        return await self.client.start_workflow(
            order.type.code, order, id=order.workflow_id, task_queue=self.task_queue, result_type=Outcome
        )

    async def tell(self, order: Order, name: str, message: Any) -> Accepted:
        handle = self.client.get_workflow_handle(order.workflow_id)
        answer: Accepted = await handle.execute_update(
            name, message, id=message.action_id, result_type=Accepted, rpc_timeout=timedelta(seconds=20)
        )
        return answer

    async def signal(self, order: Order, name: str, message: Any) -> None:
        await self.client.get_workflow_handle(order.workflow_id).signal(name, message)

    async def approve(self, order: Order, actor: Actor | None = None, **said: Any) -> Accepted:
        decision = Decision(action_id=new_id(), actor=actor or factories.person(), **said)
        return await self.tell(order, "approve", decision)

    async def cancel(self, order: Order, actor: Actor | None = None, reason: str = "") -> Accepted:
        message = Cancellation(action_id=new_id(), actor=actor or factories.person(factories.REQUESTER), reason=reason)
        return await self.tell(order, "cancel", message)

    async def news(self, order: Order, *states: ItemState, item: int = 1, **said: Any) -> None:
        """Have the carrier say these things about an item (counted from 1), one after the other."""
        identifiers = said.pop("identifiers", Identifiers() if order.type.about_lines else found(item))
        for state in states:
            self.heard += 1
            about = ItemUpdate(item_id=order.items[item - 1].id, state=state, identifiers=identifiers, **said)
            event = CarrierUpdate(
                event_id=f"e{self.heard}", carrier=factories.CARRIER, client_ref=f"{order.id}:1", items=(about,)
            )
            await self.signal(order, "carrier_update", event)

    async def carry(self, order: Order, *, by_signal: bool = False, until: Status | None = None) -> Status:
        """Do what everybody has to do, till the order has ended or stands where it is wanted."""
        while True:
            row = await self.settled(order, seen=None)
            status = Status(row.status)
            if status.final or status is until or status is Status.FAILED:
                return status
            await self._act(order, status, by_signal=by_signal)
            await self.settled(order, seen=row.seq)

    async def _act(self, order: Order, status: Status, *, by_signal: bool) -> None:
        if status is Status.AWAITING_APPROVAL:
            approver = await self.next_approver(order)
            decision = Decision(action_id=new_id(), actor=factories.person(approver))
            await (self.signal if by_signal else self.tell)(order, "approve", decision)
        else:
            activated = Step.ACTIVATE in order.type.steps
            said = _NEXT_NEWS.get(status, ItemState.DONE) if activated else ItemState.DONE
            for item in order.items:
                await self.news(order, said, item=item.number)

    # --- looking -----------------------------------------------------------------

    async def settled(self, order: Order, *, seen: int | None) -> OrderRow:
        """Wait till the order waits for somebody (or ended), with an entry later than the one seen."""
        passing = {Status.VALIDATING, Status.APPROVED, Status.SUBMITTING, Status.CANCEL_REQUESTED}
        async with asyncio.timeout(60):
            while (row := await self.row(order)).status in passing or row.seq == seen:
                await asyncio.sleep(0.02)
        return row

    async def settle(self) -> None:
        """Give the workflow the moment it needs to take an activity's result in."""
        await asyncio.sleep(0.5)

    async def until(self, order: Order, *status: Status) -> OrderRow:
        """Wait till the order's row says one of these."""
        async with asyncio.timeout(60):
            while (row := await self.row(order)).status not in status:
                assert not Status(row.status).final, (row.status, await self.events(order))
                await asyncio.sleep(0.02)
        return row

    async def row(self, order: Order) -> OrderRow:
        async with self.database.transaction() as session:
            return await session.get_one(OrderRow, (order.tenant, order.id))

    async def all(self, table: type[Row], order: Order) -> list[Row]:
        """All rows of a table that belong to the order."""
        async with self.database.transaction() as session:
            query = select(table).where(table.tenant == order.tenant, table.order_id == order.id)  # type: ignore[attr-defined]
            return list((await session.exec(query)).all())

    async def events(self, order: Order) -> list[str]:
        """What happened, in order."""
        rows = await self.all(EventRow, order)
        return [row.event for row in sorted(rows, key=lambda row: row.seq)]

    async def pending(self, order: Order) -> list[str]:
        """Who is asked to decide now."""
        return [row.approver_id for row in await self.all(ApprovalRow, order) if row.state == "pending"]

    async def next_approver(self, order: Order) -> str:
        """Who is asked to decide, as soon as somebody is: one stage may be over before the next has begun."""
        async with asyncio.timeout(60):
            while not (asked := await self.pending(order)):
                await asyncio.sleep(0.02)
        return asked[0]

    async def lines(self) -> list[LineRow]:
        """All lines of the company."""
        async with self.database.transaction() as session:
            return list((await session.exec(select(LineRow))).all())
