"""Temporal stops while people go on working, and comes back: nothing that was said to Dialtone is lost."""

import asyncio
from contextlib import AsyncExitStack

import httpx2
import pytest
from sqlmodel import col, func, select

from models.db.orders.tables import OrderRow
from tests.e2e.instance import House
from tests.e2e.site import PHONE, Site, approve, until

AT_ONCE = 10


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.slow)])
async def test_orders_placed_while_temporal_is_away_all_run_when_it_is_back(house: House, count: int) -> None:
    async with await house.site.client("Jordan") as jordan:
        async with house.without("temporal"):
            answers = await _place_many(jordan, count)
            assert {answer.status_code for answer in answers} == {201}
            listed = (await jordan.get("/api/v1/orders", params={"limit": count // 2})).json()["items"]
            ready = await jordan.get("/readyz")
        placed = {answer.json()["id"] for answer in answers}
        assert len(placed) == count
        assert {order["id"] for order in listed} < placed
        assert ready.status_code == 200
        assert "not reachable" in ready.json()["temporal"]

        async def all_run() -> bool:
            return await _count_awaiting_approval(house.site, placed) == count

        await until(all_run, seconds=300)


async def test_decisions_made_while_temporal_is_away_are_carried_out_when_it_is_back(house: House) -> None:
    site = house.site
    async with AsyncExitStack() as stack:
        jordan, dana = [await stack.enter_async_context(await site.client(name)) for name in ("Jordan", "Dana")]
        by_api, by_link, dropped = [await site.await_approval(jordan) for _ in range(3)]
        link = await site.link(by_link["number"])
        async with house.without("temporal"):
            said = await asyncio.gather(
                approve(dana, by_api),
                site.follow_link(link, decision="approve"),
                jordan.post(f"/api/v1/orders/{dropped['number']}/cancel", json={}),
            )
        assert [answer.status_code for answer in said] == [202, 303, 202]
        await site.reached(jordan, by_api["number"], "AWAITING_ACTIVATION")
        await site.reached(jordan, by_link["number"], "AWAITING_ACTIVATION")
        await site.reached(jordan, dropped["number"], "WITHDRAWN")


async def _place_many(client: httpx2.AsyncClient, count: int) -> list[httpx2.Response]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def place() -> httpx2.Response:
        async with turns:
            return await client.post("/api/v1/orders", json=PHONE)

    return await asyncio.gather(*(place() for _ in range(count)))


async def _count_awaiting_approval(site: Site, ids: set[str]) -> int:
    async with site.database.transaction() as session:
        counting = select(func.count()).where(col(OrderRow.id).in_(ids), col(OrderRow.status) == "AWAITING_APPROVAL")
        return (await session.exec(counting)).one()
