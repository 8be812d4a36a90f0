"""A client of the simulated carrier and listeners to its events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx2
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.simulator.personality import CLIENT_ID, NORTHWIND, TOKEN_PATH
from demo.simulator.routes import BASE
from demo.simulator.settings import SimulatorSettings
from demo.sockets import bind
from tests.tmf622.traffic import TRAFFIC, with_traffic_checks

TOKEN = "let-me-in"
LINE: dict[str, Any] = {"id": "PRD-LINE", "characteristics": {"MDN": "+12125551234"}}
GRANT = {"grant_type": "client_credentials"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def settings(**changes: Any) -> SimulatorSettings:
    """Settings of a carrier without delays."""
    signs_events = changes.get("personality", NORTHWIND).signs_events
    defaults = {
        "api_token": TOKEN,
        "webhook_secret": SECRET if signs_events else None,
        "pace": {"seconds": 0},
        "retry_first_seconds": 0.01,
        "retry_longest_seconds": 0.02,
    }
    return SimulatorSettings.model_validate(defaults | changes)


def item(action: str = "add", key: str = "1", **characteristics: Any) -> dict[str, Any]:
    """An item, by default of a new product; else of the line that the carrier has."""
    entries = [{"name": name, "value": value} for name, value in characteristics.items()]
    product = {} if action == "add" else {"id": LINE["id"]}
    return {"id": key, "action": action, "product": {**product, "productCharacteristic": entries}}


def phone(key: str = "1", **characteristics: Any) -> dict[str, Any]:
    """An item that ships a phone with a new line."""
    return item("add", key, **{"deviceSku": "PHONE", "simType": "pSIM", "areaCode": "212", **characteristics})


def suspension(key: str = "1", **characteristics: Any) -> dict[str, Any]:
    """An item that ships nothing."""
    return item("modify", key, lineStatus="suspended", MDN=LINE["characteristics"]["MDN"], **characteristics)


def characteristics_of(document: dict[str, Any], key: str = "1") -> dict[str, Any]:
    """The characteristics of one item of an order."""
    (found,) = [item for item in document["productOrderItem"] if item["id"] == key]
    return {entry["name"]: entry["value"] for entry in found["product"]["productCharacteristic"]}


class Client:
    """Sends what Dialtone would send."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def place(self, *items: dict[str, Any], **members: Any) -> dict[str, Any]:
        """Place an order and check that it is accepted."""
        answer = await self.http.post("/productOrder", json={"productOrderItem": items or [phone()], **members})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def read(self, order: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.get(f"/productOrder/{order['id']}")
        return dict(answer.json())

    async def amend(self, order: dict[str, Any], **body: Any) -> httpx2.Response:
        return await self.http.patch(f"/productOrder/{order['id']}", json=body)

    async def set(self, order: dict[str, Any], key: str = "1", **characteristics: Any) -> httpx2.Response:
        """Amend the characteristics of one item; all others are sent as they are."""
        now = await self.read(order)
        changed = characteristics_of(now, key) | characteristics
        items = [
            item(one["action"], one["id"], **(changed if one["id"] == key else characteristics_of(now, one["id"])))
            for one in now["productOrderItem"]
        ]
        return await self.amend(order, productOrderItem=items)

    async def activate(self, order: dict[str, Any], key: str = "1", **more: Any) -> httpx2.Response:
        return await self.set(order, key, activationRequested=True, **more)

    async def add_products(self, *products: dict[str, Any]) -> httpx2.Response:
        path = self.http.base_url.copy_with(path="/simulator/products")
        return await self.http.post(path, json=list(products), headers={"Authorization": f"Bearer {TOKEN}"})

    async def cancel(self, order: dict[str, Any], **members: Any) -> httpx2.Response:
        return await self.http.post("/cancelProductOrder", json={"productOrder": {"id": order["id"]}, **members})

    async def until(self, order: dict[str, Any], reached: str | Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read an order until it has the state, or the condition holds."""
        async with asyncio.timeout(20):
            while True:
                now = await self.read(order)
                if now["state"] == reached if isinstance(reached, str) else reached(now):
                    return now
                await asyncio.sleep(0.005)

    async def until_delivered(self, order: dict[str, Any], key: str = "1") -> dict[str, Any]:
        """Read an order until the item is delivered."""
        return await self.until(order, lambda now: "deliveredAt" in characteristics_of(now, key))


class Listener:
    """One callback: the calls it received, and the statuses to answer them with (204 if none is left)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[int] = []
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.events: list[dict[str, Any]] = []

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """Answer one call; its event counts as received if the answer is a success."""
        TRAFFIC.record_event(body)
        self.calls.append((headers, body))
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.events.append(json.loads(body))
        return status

    @property
    def states(self) -> list[str]:
        """The states of the order in the events so far."""
        return [
            event["event"]["productOrder"]["state"]
            for event in self.events
            if event["eventType"] == "ProductOrderStateChangeEvent"
        ]

    async def until(self, reached: Callable[[Self], bool]) -> None:
        async with asyncio.timeout(20):
            while not reached(self):
                await asyncio.sleep(0.005)

    async def until_state(self, state: str) -> None:
        await self.until(lambda listener: state in listener.states)


class Listeners:
    """A server for any number of callbacks, each with its own path."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[str, Listener] = {}

    def new(self) -> Listener:
        key = str(len(self._listeners))
        self._listeners[key] = Listener(f"{self._url}/{key}")
        return self._listeners[key]

    async def answer(self, request: Request) -> Response:
        listener = self._listeners[request.path_params["key"]]
        return Response(status_code=listener.receive(dict(request.headers), await request.body()))


@asynccontextmanager
async def running(app: FastAPI | Starlette, port: int = 0) -> AsyncIterator[str]:
    """Serve an application, by default on a free port; yields its URL."""
    with bind(port, "a test") as socket:
        server = uvicorn.Server(uvicorn.Config(with_traffic_checks(app), log_level="warning", ws="none"))
        task = asyncio.create_task(server.serve(sockets=[socket]))
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[Listeners]:
    app = Starlette()
    async with running(app, port) as url:
        listeners = Listeners(url)
        app.router.routes.append(Route("/{key}", listeners.answer, methods=["POST"]))
        yield listeners


@asynccontextmanager
async def connect(app: FastAPI) -> AsyncIterator[Client]:
    """A client of a carrier that runs in this process."""
    transport = httpx2.ASGITransport(with_traffic_checks(app))
    async with app.router.lifespan_context(app), logged_in("http://127.0.0.1", transport) as client:
        await client.add_products(LINE)
        yield client


@asynccontextmanager
async def logged_in(url: str, transport: httpx2.AsyncBaseTransport | None = None) -> AsyncIterator[Client]:
    """A client of the carrier at this URL, with a token that it issued if it issues any."""
    async with httpx2.AsyncClient(transport=transport, base_url=f"{url}{BASE}") as http:
        issued = await http.post(f"{url}{TOKEN_PATH}", data=GRANT, auth=(CLIENT_ID, TOKEN))
        http.headers["Authorization"] = f"Bearer {issued.json().get('access_token', TOKEN)}"
        yield Client(http)
