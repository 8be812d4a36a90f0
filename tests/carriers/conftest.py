"""A simulated carrier without delays, served over HTTP, an adapter to it, and a listener to its events."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier
from demo.simulator.app import create_app
from demo.simulator.routes import BASE
from tests.carriers.carrier_client import connected_adapter
from tests.demo.simulator.simulator_client import (
    LINE,
    TOKEN,
    Client,
    Listener,
    Listeners,
    listening,
    running,
    settings,
)
from tests.tmf622.traffic import Traffic, checked_traffic


@pytest.fixture(autouse=True)
def traffic() -> Iterator[Traffic]:
    """All traffic, checked against the official definition."""
    yield from checked_traffic()


@pytest.fixture(scope="session")
async def listeners() -> AsyncIterator[Listeners]:
    async with listening() as server:
        yield server


@pytest.fixture(scope="session")
async def simulator() -> AsyncIterator[str]:
    """The URL of the carrier."""
    async with running(create_app(settings())) as url:
        async with _client(url) as http:
            await Client(http).add_products(LINE)
        yield url


@pytest.fixture
async def carrier(simulator: str) -> AsyncIterator[Tmf622Carrier]:
    async with connected_adapter(simulator) as carrier:
        yield carrier


@pytest.fixture
async def client(simulator: str) -> AsyncIterator[Client]:
    """Reads orders directly from the carrier."""
    async with _client(simulator) as http:
        yield Client(http)


def _client(simulator: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=f"{simulator}{BASE}", headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.fixture
async def listener(carrier: Tmf622Carrier, listeners: Listeners) -> Listener:
    """Receives the carrier's events."""
    listener = listeners.new()
    await carrier.ensure_listening(listener.url)
    return listener
