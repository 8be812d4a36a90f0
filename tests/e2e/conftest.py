"""Dialtone as a whole, in processes of its own."""

from collections.abc import AsyncIterator

import pytest

from demo.postgres_server import Server
from tests.e2e.instance import DIALTONE, GROUND, House
from tests.e2e.site import be_generous
from tests.fixtures.database import cloned


@pytest.fixture(scope="session")
async def house(
    postgres: Server, company_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A Dialtone of the sample company, in which nobody has too many lines; what a test ends it starts again."""
    async with cloned(postgres, company_template) as database:
        await be_generous(database)
        house = House(tmp_path_factory.mktemp("house"), database)
        try:
            await house.start(*GROUND)
            await house.start(*DIALTONE)
            yield house
        finally:
            await house.close()
