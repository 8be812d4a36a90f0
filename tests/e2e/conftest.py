"""Dialtone as a whole, in processes of its own."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from demo.place import Place
from demo.postgres_server import Server
from models.db.session import Database, utc_now
from models.db.tables import PolicyRow
from tests.e2e.house import DIALTONE, GROUND, House
from tests.e2e.site import Site
from tests.fixtures.database import cloned


@pytest.fixture(scope="session")
async def site(demo: Path) -> AsyncIterator[Site]:
    """The running demo."""
    running = Place(demo).running()
    inbox = re.search(r"Mail inbox\s+(\S+)", (demo / "terminal").read_text())
    assert inbox is not None
    (northwind, _) = json.loads(running.environment["DIALTONE_CARRIERS"])
    database = Database(running.environment["DATABASE_URL"])
    yield Site(api_url=running.api_url, inbox_url=inbox[1], carrier_url=northwind["url"], database=database)
    await database.close()


@pytest.fixture(scope="session")
async def house(
    postgres: Server, company_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A Dialtone of the sample company, in which nobody has too many lines; what a test ends it starts again."""
    async with cloned(postgres, company_template) as database:
        await _be_generous(database)
        house = House(tmp_path_factory.mktemp("house"), database)
        try:
            await house.start(*GROUND)
            await house.start(*DIALTONE)
            yield house
        finally:
            await house.close()


async def _be_generous(database: Database) -> None:
    async with database.transaction() as session:
        (policy,) = (await session.exec(select(PolicyRow).where(PolicyRow.tenant == "acme"))).all()
        document = {**policy.document, "max_lines_per_employee": 1000}
        newer = PolicyRow(tenant="acme", version=2, document=document, created_at=utc_now(), created_by="test")
        session.add(newer)
