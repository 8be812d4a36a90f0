"""The server: authentication, errors and ports."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from demo.simulator.app import create_app, serve
from demo.simulator.routes import BASE
from demo.sockets import bind, free_port
from demo.start_errors import StartFailed
from tests.demo.simulator.simulator_client import LINE, SECRET, TOKEN, Client, phone, running, settings, suspension


async def wait_until_healthy(url: str) -> Any:
    async with asyncio.timeout(20), httpx2.AsyncClient() as http:
        while True:
            try:
                return (await http.get(url)).json()
            except httpx2.ConnectError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer émile"])
@pytest.mark.parametrize("path", ["/productOrder", "http://127.0.0.1/simulator/pace"])
async def test_only_the_configured_token_is_accepted(client: Client, path: str, header: str | None) -> None:
    given = [] if header is None else [(b"Authorization", header.encode())]
    del client.http.headers["Authorization"]
    answer = await client.http.get(path, headers=httpx2.Headers(given))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"productOrderItem": []},
        {"productOrderItem": [{"id": "1"}]},
        {"productOrderItem": [{"id": "1", "action": "explode"}]},
        {"productOrderItem": [{"id": "", "action": "add"}]},
        {"productOrderItem": [suspension("1"), suspension("1")]},
        {"productOrderItem": [suspension()], "id": "mine"},
        {"productOrderItem": [suspension()], "state": "completed"},
        {"productOrderItem": [suspension()], "externalId": 7},
        {"productOrderItem": [suspension()], "note": [{}]},
        {"productOrderItem": [{"id": "1", "action": "add", "product": None}]},
        {"productOrderItem": [{"id": "1", "action": "add", "product": {"productCharacteristic": [{}]}}]},
    ],
)
async def test_a_malformed_order_is_rejected_with_a_tmf_error(client: Client, body: Any) -> None:
    answer = await client.http.post("/productOrder", json=body)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["code"], error["status"]) == ("invalidRequest", "400")
    assert error["reason"]
    assert (await client.http.get("/productOrder")).json() == []


async def test_an_order_of_ids_and_actions_alone_is_valid(client: Client) -> None:
    order = await client.place({"id": "1", "action": "noChange"})
    await client.until(order, "rejected")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/productOrder/missing", 404, "notFound"),
        ("PATCH", "/productOrder/missing", 404, "notFound"),
        ("DELETE", "/productOrder/missing", 404, "notFound"),
        ("GET", "/missing", 404, "notFound"),
        ("PUT", "/productOrder", 405, "methodNotAllowed"),
    ],
)
async def test_a_missing_resource_is_a_tmf_error(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.http.request(method, path, json={})
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, str(status))


async def test_a_body_that_is_not_json_is_rejected(client: Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.http.post("/productOrder", content=b"{", headers=headers)
    assert answer.status_code == 400


async def test_a_merge_patch_is_accepted(client: Client) -> None:
    order = await client.place()
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = await client.http.patch(f"/productOrder/{order['id']}", content=b'{"priority":"1"}', headers=headers)
    assert answer.json()["priority"] == "1"


async def test_an_unexpected_error_is_a_tmf_error(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(settings())
    async with app.router.lifespan_context(app):
        monkeypatch.setattr(app.state.carrier, "place", None)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url=f"http://127.0.0.1{BASE}") as http:
            body = {"productOrderItem": [phone()]}
            answer = await http.post("/productOrder", json=body, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (500, "500")


async def test_a_carrier_is_served_over_http() -> None:
    async with running(create_app(settings())) as url, httpx2.AsyncClient(base_url=f"{url}{BASE}") as http:
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        client = Client(http)
        await client.add_products(LINE)
        order = await client.place(suspension())
        assert order["href"] == f"{url}{BASE}/productOrder/{order['id']}"
        await client.until(order, "completed")


async def test_another_host_name_is_rejected(client: Client) -> None:
    assert (await client.http.get("http://rebound.example/simulator/orders")).status_code == 400


async def test_the_program_serves_until_it_is_stopped(tmp_path: Path) -> None:
    port = free_port()
    secrets = {"CARRIER_API_TOKEN": TOKEN, "CARRIER_WEBHOOK_SECRET": SECRET}
    command = ["-m", "demo.simulator", "--port", str(port), "--personality", "northwind", "--data", str(tmp_path)]
    program = await asyncio.create_subprocess_exec(sys.executable, *command, env={**os.environ, **secrets})
    try:
        health = await wait_until_healthy(f"http://127.0.0.1:{port}/healthz")
    finally:
        program.send_signal(signal.SIGTERM)
        await program.wait()
    assert health == {"status": "ok", "carrier": "Northwind Mobile"}
    assert (tmp_path / "simulator.sqlite").exists()


async def test_a_port_in_use_is_named_in_the_error() -> None:
    with bind(0, "another program") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartFailed, match=f"{port}.*Northwind Mobile"):
            await serve(settings(), port)
