"""Dialtone as a whole, in processes of its own."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.place import Place
from models.db.session import Database
from tests.e2e.site import Site


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
