"""What an order sends to the database, as PostgreSQL counts it."""

import asyncio
import time
from dataclasses import asdict

from bench.instance import Instance
from bench.watcher import DatabaseTraffic

# PostgreSQL tells of what a connection has done after at most ten seconds.
_REPORTED_SECONDS = 11


async def traffic_per_order(instance: Instance, orders: int) -> DatabaseTraffic:
    """Complete orders one after another, less what is sent in the same time without orders."""
    await asyncio.sleep(_REPORTED_SECONDS)
    idle, before_orders = await instance.watcher.traffic(), time.monotonic()
    await asyncio.sleep(_REPORTED_SECONDS)
    before, began = await instance.watcher.traffic(), time.monotonic()
    for _ in range(orders):
        await instance.order_phone()
        await instance.watcher.emails_sent()
    await asyncio.sleep(_REPORTED_SECONDS)
    after = asdict(await instance.watcher.traffic())
    longer = (time.monotonic() - began) / (began - before_orders)
    idle_counts = asdict(idle)
    return DatabaseTraffic(
        **{
            name: max(0.0, after[name] - count - longer * (count - idle_counts[name])) / orders
            for name, count in asdict(before).items()
        }
    )
