"""Orders that wait for their approval: how fast they are submitted and decided."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import select

from bench.baseline.driver import BaselineDriver
from bench.baseline.workflow import BaselineWorkflow
from bench.instance import Instance, PlacedOrder
from bench.throughput import repeat
from models.db.orders.tables import OrderRow
from models.db.session import new_id, utc_now
from models.lifecycle import FINAL, Status

_DECIDED = frozenset(Status) - FINAL - {Status.VALIDATING, Status.AWAITING_APPROVAL}


@dataclass(frozen=True, kw_only=True)
class DecisionTimes:
    """How long it took until a bare update returned, the API answered, and the order's row had its next status."""

    bare_ms: float
    answered_ms: float
    shown_ms: float


@dataclass(frozen=True, kw_only=True)
class BacklogResult:
    orders: int
    submits_per_second: float
    decisions: Sequence[DecisionTimes]


async def measure_backlog(
    instance: Instance, driver: BaselineDriver, *, orders: int, decided: int, in_flight: int
) -> BacklogResult:
    """Submit orders, then approve and complete some of them one by one while the others wait."""
    began = time.monotonic()
    placed = await repeat(instance.place_order, orders, in_flight)
    seconds = time.monotonic() - began
    await instance.awaiting_approval(placed)
    decisions = [await _decide(instance, driver, order) for order in placed[:decided]]
    return BacklogResult(orders=orders, submits_per_second=orders / seconds, decisions=decisions)


async def bare_submits_per_second(instance: Instance, driver: BaselineDriver, count: int, in_flight: int) -> float:
    """Insert copies of an order's row, each in a transaction, and start an empty workflow for each."""
    async with instance.database.transaction() as session:
        row = (await session.exec(select(OrderRow).limit(1))).one().model_dump()

    async def submit() -> None:
        key = new_id()
        async with instance.database.transaction() as session:
            session.add(OrderRow(**row | {"id": key, "number": key[-16:], "closed_at": utc_now()}))
        await driver.start()

    began = time.monotonic()
    await repeat(submit, count, in_flight)
    return count / (time.monotonic() - began)


async def _decide(instance: Instance, driver: BaselineDriver, order: PlacedOrder) -> DecisionTimes:
    handle = await driver.start_until_update()
    began = time.perf_counter()
    await handle.execute_update(BaselineWorkflow.update)
    bare = time.perf_counter() - began
    found = await instance.watcher.wait_for(order.id, Status.AWAITING_APPROVAL)
    began = time.perf_counter()
    decided = asyncio.create_task(instance.watcher.wait_for(order.id, *_DECIDED))
    await instance.approve(found)
    answered = time.perf_counter() - began
    await decided
    shown = time.perf_counter() - began
    await instance.complete(order)
    await instance.watcher.emails_sent()
    return DecisionTimes(bare_ms=1000 * bare, answered_ms=1000 * answered, shown_ms=1000 * shown)
