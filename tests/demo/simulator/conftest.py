"""A carrier that loses no time, and listeners to its events."""

from collections.abc import AsyncIterator, Iterator

import pytest

from demo.simulator import create_app
from tests.demo.simulator.simulator_client import Client, Listener, Listeners, calling, listening, settings
from tests.tmf622.traffic import Traffic, watched


@pytest.fixture(autouse=True)
def traffic() -> Iterator[Traffic]:
    """Everything that passes, held against the official definition where that is beside the project."""
    yield from watched()


@pytest.fixture(scope="session")
async def listeners() -> AsyncIterator[Listeners]:
    async with listening() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with calling(create_app(settings())) as client:
        yield client


@pytest.fixture
async def heard(client: Client, listeners: Listeners) -> Listener:
    """A listener that hears everything the carrier tells."""
    listener = listeners.new()
    answer = await client.http.post("/hub", json={"callback": listener.url})
    assert answer.status_code == 201
    return listener
