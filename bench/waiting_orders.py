"""Orders that wait for their approval: how fast they are submitted and decided, beside the least that this takes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg

from bench.baseline.driver import BaselineDriver
from bench.baseline.workflow import BaselineWorkflow
from bench.instance import Instance, PlacedOrder
from bench.pool import keep_state
from bench.throughput import repeat
from models.lifecycle import FINAL, Status

DECIDED = frozenset(Status) - FINAL - {Status.VALIDATING, Status.AWAITING_APPROVAL}
_CREATE = "CREATE TABLE bench_order (id text PRIMARY KEY, document jsonb NOT NULL)"
_DOCUMENT = 'SELECT to_jsonb(o)::text FROM "order" o LIMIT 1'
_INSERT = "INSERT INTO bench_order VALUES ($1, $2)"


@dataclass(frozen=True, kw_only=True)
class DecisionTimes:
    """How long it took until a bare update was stored, the API answered, and the order's row had its next status."""

    bare_ms: float
    answered_ms: float
    shown_ms: float


@dataclass(frozen=True, kw_only=True)
class SubmitRates:
    """Orders per second."""

    bare: float
    product: float


@dataclass(kw_only=True)
class BareRows:
    """Inserts a row as large as that of an order, and waits for the disk."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    document: str

    async def insert(self) -> None:
        await self.pool.execute(_INSERT, str(uuid4()), self.document)


@asynccontextmanager
async def open_rows(instance: Instance) -> AsyncIterator[BareRows]:
    url = instance.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncpg.create_pool(url, reset=keep_state) as pool:
        await pool.execute(_CREATE)
        yield BareRows(pool=pool, document=await pool.fetchval(_DOCUMENT))


async def submit(
    instance: Instance, driver: BaselineDriver, rows: BareRows, *, orders: int, in_flight: int
) -> tuple[SubmitRates, list[PlacedOrder]]:
    """Submit orders by API, and insert as many rows and start as many empty workflows."""

    async def bare() -> None:
        await rows.insert()
        await driver.start()

    began = time.monotonic()
    await repeat(bare, orders, in_flight)
    then = time.monotonic()
    placed = await repeat(instance.place_order, orders, in_flight)
    ended = time.monotonic()
    await instance.awaiting_approval(placed)
    return SubmitRates(bare=orders / (then - began), product=orders / (ended - then)), placed


async def decide(
    instance: Instance, driver: BaselineDriver, rows: BareRows, orders: Sequence[PlacedOrder]
) -> list[DecisionTimes]:
    """Approve and complete orders one by one, each after a bare update."""
    return [await _decide(instance, driver, rows, order) for order in orders]


async def _decide(instance: Instance, driver: BaselineDriver, rows: BareRows, order: PlacedOrder) -> DecisionTimes:
    handle = await driver.start_until_update()
    began = time.perf_counter()
    await handle.execute_update(BaselineWorkflow.update)
    await rows.insert()
    bare = time.perf_counter() - began
    found = await instance.watcher.wait_for(order.id, Status.AWAITING_APPROVAL)
    began = time.perf_counter()
    decided = asyncio.create_task(instance.watcher.wait_for(order.id, *DECIDED))
    await instance.approve(found)
    answered = time.perf_counter() - began
    await decided
    shown = time.perf_counter() - began
    await instance.complete(order)
    await instance.watcher.emails_sent()
    return DecisionTimes(bare_ms=1000 * bare, answered_ms=1000 * answered, shown_ms=1000 * shown)
