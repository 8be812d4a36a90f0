"""Clients that close their connection while the database works for them, on a real server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import BackgroundTasks, FastAPI
from sqlalchemy import text
from structlog.testing import capture_logs

from api.http.left_clients import LeftClients
from api.server import ApiServer
from tests.api.api_client import PHONE, ApiTenant
from tests.api.running_server import SOON, running_server

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@asynccontextmanager
async def _locked(office: ApiTenant, table: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Nobody else reads the table. Yields what counts the queries that wait for it."""
    engine = office.database.engine
    async with engine.connect() as locking, engine.connect() as counting:
        await locking.execution_options(isolation_level="READ COMMITTED")
        await locking.execute(text(f'LOCK TABLE "{table}"'))

        async def waiting() -> int:
            return int((await counting.execute(_WAITING)).scalar_one())

        yield waiting
        await locking.rollback()


async def _until(count: Callable[[], Awaitable[int]], wanted: int, *, seconds: float = SOON) -> None:
    async with asyncio.timeout(seconds):
        while await count() != wanted:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    yield writer
    writer.close()
    await writer.wait_closed()


def _request(method: str, path: str, token: str, body: Any = None) -> bytes:
    content = json.dumps(body).encode() if body else b""
    headers = [f"{method} {path} HTTP/1.1", "Host: dialtone.test", f"Authorization: Bearer {token}"]
    headers += ["Content-Type: application/json", f"Content-Length: {len(content)}"] if body else []
    return "".join(f"{line}\r\n" for line in (*headers, "")).encode() + content


@pytest.fixture
async def port(office: ApiTenant) -> AsyncIterator[int]:
    async with running_server(ApiServer(office.app, host="127.0.0.1", port=0)) as port:
        yield port


# Tables that are read by composed queries, and by the statements of the driver.
@pytest.mark.parametrize(("path", "table"), [("/api/v1/lines", "line"), ("/api/v1/lines", "access_token")])
async def test_the_query_for_a_client_that_has_left_is_canceled(
    office: ApiTenant, port: int, path: str, table: str
) -> None:
    token = await office.token("Priya")
    with capture_logs() as logs:
        async with _locked(office, table) as waiting:
            async with _connected(port) as one, _connected(port) as other:
                for client in (one, other):
                    client.write(_request("GET", path, token))
                await _until(waiting, 2)
            await _until(waiting, 0, seconds=2)
    assert [line["status"] for line in logs if line["event"] == "request"] == [499] * 2
    assert office.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined] # of the pool that is used
    async with await office.client("Priya") as staying:
        assert (await staying.get(path)).status_code == 200


async def test_what_writes_ends_as_if_the_client_had_stayed(office: ApiTenant, port: int) -> None:
    token = await office.token("Jordan")
    async with _locked(office, "order") as waiting:
        async with _connected(port) as client:
            client.write(_request("POST", "/api/v1/orders", token, PHONE))
            await _until(waiting, 1)
        with pytest.raises(TimeoutError):
            await _until(waiting, 0, seconds=1)
    async with await office.client("Jordan") as client, asyncio.timeout(SOON):
        while not (await client.get("/api/v1/orders")).json()["items"]:
            await asyncio.sleep(0.02)


async def test_a_client_that_stays_is_answered_on_the_same_connection(office: ApiTenant, port: int) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        headers = {"Authorization": f"Bearer {await office.token('Priya')}", "Host": "dialtone.test"}
        answers = [await client.get(path, headers=headers) for path in ("/api/v1/lines", "/lines.csv", "/api/v1/lines")]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[2].json()


async def test_what_follows_the_answer_is_done() -> None:
    application, done = FastAPI(), asyncio.Event()
    application.add_middleware(LeftClients)

    async def follow() -> None:
        await asyncio.sleep(0.05)
        done.set()

    @application.get("/answered")
    async def answer(background: BackgroundTasks) -> None:
        background.add_task(follow)

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application), base_url="http://dialtone.test"
    ) as client:
        assert (await client.get("/answered")).status_code == 200
    assert done.is_set()
