from collections.abc import AsyncIterator, Iterator

import pytest

from demo.simulator.app import create_app
from tests.demo.simulator.simulator_client import Client, Listener, Listeners, connect, listening, settings
from tests.tmf622.traffic import Traffic, checked_traffic


@pytest.fixture(autouse=True)
def traffic() -> Iterator[Traffic]:
    """All requests and events, checked against the official definition."""
    yield from checked_traffic()


@pytest.fixture(scope="session")
async def listeners() -> AsyncIterator[Listeners]:
    async with listening() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with connect(create_app(settings())) as client:
        yield client


@pytest.fixture
async def listener(client: Client, listeners: Listeners) -> Listener:
    """A listener to all events of the carrier."""
    listener = listeners.new()
    answer = await client.http.post("/hub", json={"callback": listener.url})
    assert answer.status_code == 201
    return listener
