"""Orders continue after a power cut, or after an outage of the database."""

from contextlib import AsyncExitStack

import pytest

from demo.postgres import Postgres
from tests.e2e.instance import DIALTONE, INFRASTRUCTURE, Instance
from tests.e2e.site import PHONE, approve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def test_orders_continue_after_a_power_cut(instance: Instance) -> None:
    site = instance.site
    async with AsyncExitStack() as stack:
        jordan, dana = [await stack.enter_async_context(await site.client(name)) for name in ("Jordan", "Dana")]
        undecided, decided = [await site.await_approval(jordan) for _ in range(2)]
        await approve(dana, decided)
        await site.wait_for_status(jordan, decided["number"], "AWAITING_ACTIVATION")
        for name in (*INFRASTRUCTURE, *DIALTONE):
            await instance.kill(name)
        await instance.start(*INFRASTRUCTURE)
        await instance.start(*DIALTONE)
        await approve(dana, undecided)
        await site.wait_for_status(jordan, undecided["number"], "AWAITING_ACTIVATION")
        await jordan.post(f"/api/v1/orders/{decided['number']}/activate", json={})
        await site.wait_for_status(jordan, decided["number"], "COMPLETED")


async def test_orders_continue_after_a_database_outage(instance_on_server: Instance, server: Postgres) -> None:
    site = instance_on_server.site
    async with AsyncExitStack() as stack:
        jordan, dana = [await stack.enter_async_context(await site.client(name)) for name in ("Jordan", "Dana")]
        order = await site.await_approval(jordan)
        await approve(dana, order)
        server.stop()
        responses = [await jordan.get("/readyz"), await jordan.post("/api/v1/orders", json=PHONE)]
        server.start()
        assert [response.status_code for response in responses] == [503, 503]
        assert responses[-1].json()["code"] == "DATABASE_UNAVAILABLE"
        await site.wait_for_status(jordan, order["number"], "AWAITING_ACTIVATION")
