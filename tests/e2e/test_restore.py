"""One of the two databases is restored to an older moment: every order that this affects is found and repaired."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from demo.postgres_server import DatabaseServer
from tests.e2e.instance import DIALTONE, INFRASTRUCTURE, Instance
from tests.e2e.site import approve, until
from tests.fixtures.database import cloned

pytestmark = [pytest.mark.slow, pytest.mark.fault("14"), pytest.mark.timeout(600)]

log = structlog.get_logger()
WHY = {"evidence": "Restored from a backup, ticket 7."}
# An order is checked once it was quiet for a minute, and then every half minute.
QUIET_SECONDS = 60
FOUND_SECONDS = 75


@pytest.fixture
async def instance(postgres: DatabaseServer, company_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    async with cloned(postgres, company_template) as database:
        instance = Instance(tmp_path, database)
        try:
            await instance.start(*INFRASTRUCTURE)
            await instance.start(*DIALTONE)
            yield instance
        finally:
            await instance.close()


class People:
    """Who acts in a test: signed in before the backup, so that a restored database knows them."""

    def __init__(self, jordan: httpx2.AsyncClient, dana: httpx2.AsyncClient, priya: httpx2.AsyncClient) -> None:
        self.jordan, self.dana, self.priya = jordan, dana, priya

    async def problems(self) -> dict[str, list[str]]:
        """The actions that repair each order, by number."""
        kinds = {"kind": ["workflow_missing", "out_of_step"]}
        report = (await self.priya.get("/api/v1/admin/attention", params=kinds)).json()
        return {item["order"]: item["actions"] for item in report["items"]}

    async def until_found(self, numbers: set[str]) -> dict[str, list[str]]:
        """The problems, once they are those of these orders. They are found within one round of the watch."""
        began = time.monotonic()

        async def poll() -> dict[str, list[str]] | None:
            problems = await self.problems()
            return problems if problems.keys() == numbers else None

        found = await until(poll, seconds=FOUND_SECONDS)
        log.info("found", orders=len(found), seconds=round(time.monotonic() - began))
        return found

    async def repair(self, order: Mapping[str, Any], action: str) -> None:
        answer = await self.priya.post(f"/api/v1/orders/{order['number']}/{action.replace('_', '-')}", json=WHY)
        assert answer.status_code == 200, answer.text

    async def activate(self, order: Mapping[str, Any]) -> None:
        answer = await self.jordan.post(f"/api/v1/orders/{order['number']}/activate", json={})
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def people(instance: Instance) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        names = "Jordan", "Dana", "Priya"
        clients = [await stack.enter_async_context(await instance.site.client(name)) for name in names]
        yield People(*clients)


async def test_a_restored_temporal(instance: Instance, people: People, tmp_path: Path) -> None:
    site, backup = instance.site, tmp_path / "backup"
    set_back, ended = [await site.await_approval(people.jordan) for _ in range(2)]
    await instance.stop(*reversed(DIALTONE), "temporal")
    shutil.copytree(instance.temporal.data.parent, backup, ignore=shutil.ignore_patterns("logs", "*.sock"))
    await instance.start("temporal")
    await instance.start(*DIALTONE)
    for order in (set_back, ended):
        await approve(people.dana, order)
        await site.wait_for_status(people.jordan, order["number"], "AWAITING_ACTIVATION")
    await people.activate(ended)
    await site.wait_for_status(people.jordan, ended["number"], "COMPLETED")
    lost = await site.await_approval(people.jordan)
    await instance.stop(*reversed(DIALTONE), "temporal")
    for file in instance.temporal.data.parent.glob(f"{instance.temporal.data.name}*"):
        file.unlink()
    for file in backup.glob(f"{instance.temporal.data.name}*"):
        shutil.copy(file, instance.temporal.data.parent)
    await asyncio.sleep(QUIET_SECONDS)
    await instance.start("temporal")
    await instance.start(*DIALTONE)

    found = await people.until_found({one["number"] for one in (set_back, ended, lost)})
    assert found == {
        set_back["number"]: ["replay_messages", "force_close"],
        ended["number"]: ["end_workflow"],
        lost["number"]: ["replay_messages", "force_close"],
    }
    for order in (set_back, ended, lost):
        await people.repair(order, found[order["number"]][0])
    assert await people.problems() == {}
    await people.activate(set_back)
    await site.wait_for_status(people.jordan, set_back["number"], "COMPLETED")
    await approve(people.dana, lost)
    await site.wait_for_status(people.jordan, lost["number"], "AWAITING_ACTIVATION")
    assert len(await site.carrier_orders(set_back["id"])) == 1


async def test_a_restored_postgresql(instance: Instance, people: People, postgres: DatabaseServer) -> None:
    site, name = instance.site, str(instance.site.database.url.database)
    set_back = await site.await_approval(people.jordan)
    await instance.stop(*reversed(DIALTONE))
    await site.database.engine.dispose()
    await postgres.create_database(f"{name}_backup", template=name)
    await instance.start(*DIALTONE)
    await approve(people.dana, set_back)
    await site.wait_for_status(people.jordan, set_back["number"], "AWAITING_ACTIVATION")
    unknown = await site.await_approval(people.jordan)
    await instance.stop(*reversed(DIALTONE))
    await site.database.engine.dispose()
    await postgres.drop_database(name)
    await postgres.create_database(name, template=f"{name}_backup")
    await postgres.drop_database(f"{name}_backup")
    await asyncio.sleep(QUIET_SECONDS)
    await instance.start(*DIALTONE)

    found = await people.until_found({set_back["number"], unknown["number"]})
    assert found == {set_back["number"]: ["restore_state", "force_close"], unknown["number"]: ["end_workflow"]}
    await people.repair(set_back, "restore_state")
    ended = await people.priya.post(f"/api/v1/admin/workflows/order:acme:{unknown['id']}/end-workflow", json=WHY)
    assert ended.json() == {"order": unknown["number"], "action": "end_workflow"}
    await site.wait_for_status(people.jordan, set_back["number"], "AWAITING_ACTIVATION")
    assert await people.problems() == {}
    await people.activate(set_back)
    await site.wait_for_status(people.jordan, set_back["number"], "COMPLETED")
    assert len(await site.carrier_orders(set_back["id"])) == 1
