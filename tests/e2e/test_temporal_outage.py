"""Temporal is down while users keep working: nothing they submit is lost."""

import asyncio
from contextlib import AsyncExitStack

import httpx2
import pytest
from sqlmodel import col, func, select

from models.db.orders.tables import OrderRow
from tests.e2e.instance import Instance
from tests.e2e.site import PHONE, Site, approve, until

CONCURRENCY = 10
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("count", [20, 200])
async def test_orders_placed_during_an_outage_run_afterwards(instance: Instance, count: int) -> None:
    async with await instance.site.client("Jordan") as jordan:
        async with instance.stopped("temporal"):
            responses = await _place_many(jordan, count)
            assert {response.status_code for response in responses} == {201}
            listed = (await jordan.get("/api/v1/orders", params={"limit": count // 2})).json()["items"]
            ready = await jordan.get("/readyz")
        placed = {response.json()["id"] for response in responses}
        assert len(placed) == count
        assert {order["id"] for order in listed} < placed
        assert ready.status_code == 200
        assert "unreachable" in ready.json()["temporal"]

        async def all_run() -> bool:
            return await _count_awaiting_approval(instance.site, placed) == count

        await until(all_run, seconds=300)


async def test_decisions_made_during_an_outage_take_effect_afterwards(instance: Instance) -> None:
    site = instance.site
    async with AsyncExitStack() as stack:
        jordan, dana = [await stack.enter_async_context(await site.client(name)) for name in ("Jordan", "Dana")]
        by_api, by_link, canceled = [await site.await_approval(jordan) for _ in range(3)]
        link = await site.link(by_link["number"])
        async with instance.stopped("temporal"):
            responses = await asyncio.gather(
                approve(dana, by_api),
                site.follow_link(link, decision="approve"),
                jordan.post(f"/api/v1/orders/{canceled['number']}/cancel", json={}),
            )
        assert [response.status_code for response in responses] == [202, 303, 202]
        await site.wait_for_status(jordan, by_api["number"], "AWAITING_ACTIVATION")
        await site.wait_for_status(jordan, by_link["number"], "AWAITING_ACTIVATION")
        await site.wait_for_status(jordan, canceled["number"], "WITHDRAWN")


async def _place_many(client: httpx2.AsyncClient, count: int) -> list[httpx2.Response]:
    slots = asyncio.Semaphore(CONCURRENCY)

    async def place() -> httpx2.Response:
        async with slots:
            return await client.post("/api/v1/orders", json=PHONE)

    return await asyncio.gather(*(place() for _ in range(count)))


async def _count_awaiting_approval(site: Site, ids: set[str]) -> int:
    async with site.database.transaction() as session:
        counting = select(func.count()).where(col(OrderRow.id).in_(ids), col(OrderRow.status) == "AWAITING_APPROVAL")
        return (await session.exec(counting)).one()
