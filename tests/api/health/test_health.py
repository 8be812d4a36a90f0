import asyncio

import httpx2
from sqlmodel import text
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from models.db.session import Database
from tests.api.api_client import ApiTenant, RecordingDispatcher
from tests.api.conftest import services


async def _ready(company: Database, **changes: object) -> httpx2.Response:
    application = create_app(await services(company, RecordingDispatcher(), **changes))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(application), base_url="http://t") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        return await client.get("/readyz")


async def test_orders_can_be_accepted_while_only_the_database_is_reachable(company: Database) -> None:
    answer = await _ready(company, endpoints={"email": ("127.0.0.1", 1)})
    readiness = answer.json()
    assert (answer.status_code, readiness["ready"], readiness["database"]) == (200, True, "ok")
    assert readiness["temporal"].startswith("unreachable")
    assert readiness["endpoints"]["email"].startswith("unreachable")


async def test_reachable_servers_are_reported(company: Database, temporal: WorkflowEnvironment) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        answer = await _ready(company, temporal=temporal.client, endpoints={"email": address})
    assert (answer.json()["temporal"], answer.json()["endpoints"]) == ("ok", {"email": "ok"})


async def test_the_age_of_the_oldest_waiting_message_is_reported(office: ApiTenant) -> None:
    await office.order()
    async with office.anonymous() as client:
        relay = (await client.get("/readyz")).json()["relay"]
    assert 0 <= relay["oldest_waiting_seconds"] < 60


async def test_an_old_schema_is_not_ready(company: Database) -> None:
    async with company.transaction() as session:
        await session.exec(text("UPDATE alembic_version SET version_num = '0000'"))  # type: ignore[call-overload] # not in SQLModel's overloads
    answer = await _ready(company)
    assert (answer.status_code, answer.json()["database"]) == (503, "schema is not up to date")


async def test_without_a_database_the_api_is_not_ready() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    answer = await _ready(nowhere)
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    await nowhere.close()
