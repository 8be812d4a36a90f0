"""What a bare insert costs: one row of an order in a transaction of its own, by the same means as everything else."""

import time
from typing import Any

from sqlmodel import select

from bench.instance import Instance
from bench.throughput import at_once
from models.db.orders.tables import OrderRow
from models.db.session import new_id, utc_now


async def inserts_per_second(house: Instance, count: int, in_flight: int) -> float:
    """Insert copies of an order that has ended."""
    async with house.database.transaction() as session:
        pattern: dict[str, Any] = (await session.exec(select(OrderRow).limit(1))).one().model_dump()

    async def insert() -> None:
        key = new_id()
        async with house.database.transaction() as session:
            session.add(OrderRow(**{**pattern, "id": key, "number": key[-16:], "closed_at": utc_now()}))

    began = time.monotonic()
    await at_once(insert, count, in_flight)
    return count / (time.monotonic() - began)
