"""Where workflow tests play: workers on a database and a server, and the things tests say and look at."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self, TypeVar

from sqlmodel import SQLModel, select
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from models.db.keyring import Keyring
from models.db.session import Database, new_id
from models.db.tables import EventRow, LineRow, OrderRow
from models.lifecycle import ItemState, Status
from models.order import Actor, Cancellation, CarrierNews, Decision, Identifiers, ItemNews, Order, Outcome
from outbox.connection import data_converter
from tests import cast
from tests.fakes import FakeCarrier
from worker import build_workers
from workflows.progress import Accepted

Row = TypeVar("Row", bound=SQLModel)

KEYRING = Keyring({"test": base64.b64encode(b"0" * 32).decode()})
FOUND = Identifiers(
    mdn="+13125550142", imei="353322110000007", eid="89049032123451234512345678901235", tracking_number="1Z999"
)


@dataclass
class Stage:
    """One test's world."""

    database: Database
    client: Client
    carrier: FakeCarrier
    task_queue: str
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    heard: int = 0

    @classmethod
    @asynccontextmanager
    async def set(
        cls, database: Database, client: Client, carrier: FakeCarrier, **options: Any
    ) -> AsyncIterator[Self]:
        """Start the workers; everything is stopped at the end."""
        sealed = Client(**{**client.config(), "data_converter": data_converter(KEYRING)})
        stage = cls(database, sealed, carrier, task_queue=f"test-{new_id()}")
        async with stage.stack:
            await stage.hire(**options)
            yield stage

    async def hire(self, change: Callable[[list[Worker]], None] | None = None) -> None:
        """Start a set of workers."""
        workers = list(
            build_workers(
                self.client,
                self.database,
                {self.carrier.code: self.carrier},
                task_queue=self.task_queue,
                calls_per_second={},
                graceful=timedelta(seconds=1),
            )
        )
        if change:
            change(workers)
        for worker in workers:
            await self.stack.enter_async_context(worker)

    async def swap(self) -> None:
        """Stop all workers and start others that know nothing."""
        await self.stack.aclose()
        self.stack = AsyncExitStack()
        await self.hire()

    # --- saying ------------------------------------------------------------------

    async def start(self, order: Order) -> WorkflowHandle[Any, Outcome]:
        return await self.client.start_workflow(
            order.type.code, order, id=order.workflow_id, task_queue=self.task_queue, result_type=Outcome
        )

    async def tell(self, order: Order, name: str, message: Any) -> Accepted:
        handle = self.client.get_workflow_handle(order.workflow_id)
        return await handle.execute_update(
            name, message, id=message.action_id, result_type=Accepted, rpc_timeout=timedelta(seconds=20)
        )

    async def signal(self, order: Order, name: str, message: Any) -> None:
        await self.client.get_workflow_handle(order.workflow_id).signal(name, message)

    async def approve(self, order: Order, actor: Actor | None = None, **said: Any) -> Accepted:
        decision = Decision(action_id=new_id(), actor=actor or cast.person(), **said)
        return await self.tell(order, "approve", decision)

    async def cancel(self, order: Order, actor: Actor | None = None, reason: str = "") -> Accepted:
        message = Cancellation(action_id=new_id(), actor=actor or cast.person(cast.REQUESTER), reason=reason)
        return await self.tell(order, "cancel", message)

    async def news(self, order: Order, *states: ItemState, item: int = 0, **said: Any) -> None:
        """Have the carrier say these things about an item, one after the other."""
        identifiers = said.pop("identifiers", FOUND)
        for state in states:
            self.heard += 1
            about = ItemNews(item_id=order.items[item].id, state=state, identifiers=identifiers, **said)
            event = CarrierNews(
                event_id=f"e{self.heard}", carrier=cast.CARRIER, client_ref=f"{order.id}:1", items=(about,)
            )
            await self.signal(order, "carrier_news", event)

    # --- looking -----------------------------------------------------------------

    async def until(self, order: Order, *status: Status) -> OrderRow:
        """Wait till the order's row says one of these."""
        async with asyncio.timeout(30):
            while (row := await self.row(order)).status not in status:
                assert not Status(row.status).final, (row.status, [one.data for one in await self.all(EventRow, order)])
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

    async def lines(self) -> list[LineRow]:
        """All lines of the company."""
        async with self.database.transaction() as session:
            return list((await session.exec(select(LineRow))).all())
