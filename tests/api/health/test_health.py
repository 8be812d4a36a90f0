"""Whether we can work, and how everything around us does."""

import asyncio

import httpx2
from sqlmodel import text
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from models.db.session import Database
from tests.api.api_client import Office, RecordingDispatcher
from tests.api.conftest import services


async def _ready(company: Database, **changes: object) -> httpx2.Response:
    application = create_app(await services(company, RecordingDispatcher(), **changes))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(application), base_url="http://t") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        return await client.get("/readyz")


async def test_orders_can_be_taken_while_everything_but_the_database_is_away(company: Database) -> None:
    answer = await _ready(company, endpoints={"mail": ("127.0.0.1", 1)})
    told = answer.json()
    assert (answer.status_code, told["ready"], told["database"]) == (200, True, "ok")
    assert told["temporal"].startswith("not reachable")
    assert told["endpoints"]["mail"].startswith("not reachable")


async def test_what_is_there_is_told(company: Database, temporal: WorkflowEnvironment) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        place = server.sockets[0].getsockname()
        answer = await _ready(company, temporal=temporal.client, endpoints={"mail": place})
    assert (answer.json()["temporal"], answer.json()["endpoints"]) == ("ok", {"mail": "ok"})


async def test_the_relay_is_told_by_its_oldest_waiting_message(office: Office) -> None:
    await office.order()
    async with office.anonymous() as client:
        relay = (await client.get("/readyz")).json()["relay"]
    assert 0 <= relay["oldest_waiting_seconds"] < 60


async def test_an_old_schema_is_not_ready(company: Database) -> None:
    async with company.transaction() as session:
        await session.exec(text("UPDATE alembic_version SET version_num = '0000'"))  # type: ignore[call-overload]
    answer = await _ready(company)
    assert (answer.status_code, answer.json()["database"]) == (503, "schema is not the newest")


async def test_without_a_database_nothing_is_ready() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    answer = await _ready(nowhere)
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    await nowhere.close()
