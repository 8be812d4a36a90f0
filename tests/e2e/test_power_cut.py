"""What everything stands on goes away: the power, or the database. Orders carry on when it is back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from demo.company import load
from demo.postgres import Postgres, discard
from models.db.migrations import migrate
from models.db.session import Database
from tests.e2e.instance import DIALTONE, GROUND, House
from tests.e2e.site import PHONE, approve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
async def server() -> AsyncIterator[Postgres]:
    """A database server that may be stopped."""
    server = Postgres.temporary()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        discard(server.home)


@pytest.fixture
async def fragile(server: Postgres, tmp_path: Path) -> AsyncIterator[House]:
    """A house on that server."""
    url = await server.create_database("dialtone")
    await migrate(url)
    database = Database(url)
    await load(database)
    house = House(tmp_path, database)
    try:
        await house.start(*GROUND)
        await house.start(*DIALTONE)
        yield house
    finally:
        await house.close()
        await database.close()


async def test_orders_carry_on_after_everything_but_the_database_was_killed(house: House) -> None:
    site = house.site
    async with AsyncExitStack() as stack:
        jordan, dana = [await stack.enter_async_context(await site.client(name)) for name in ("Jordan", "Dana")]
        undecided, decided = [await site.await_approval(jordan) for _ in range(2)]
        await approve(dana, decided)
        await site.reached(jordan, decided["number"], "AWAITING_ACTIVATION")
        for name in (*GROUND, *DIALTONE):
            await house.kill(name)
        await house.start(*GROUND)
        await house.start(*DIALTONE)
        await approve(dana, undecided)
        await site.reached(jordan, undecided["number"], "AWAITING_ACTIVATION")
        await jordan.post(f"/api/v1/orders/{decided['number']}/activate", json={})
        await site.reached(jordan, decided["number"], "COMPLETED")


async def test_orders_carry_on_after_the_database_was_away(fragile: House, server: Postgres) -> None:
    site = fragile.site
    async with AsyncExitStack() as stack:
        jordan, dana = [await stack.enter_async_context(await site.client(name)) for name in ("Jordan", "Dana")]
        order = await site.await_approval(jordan)
        await approve(dana, order)
        server.stop()
        refused = [await jordan.get("/readyz"), await jordan.post("/api/v1/orders", json=PHONE)]
        server.start()
        assert [answer.status_code for answer in refused] == [503, 503]
        assert refused[-1].json()["code"] == "DATABASE_UNAVAILABLE"
        await site.reached(jordan, order["number"], "AWAITING_ACTIVATION")
