"""A small tenant with one order."""

import pytest

from models.db.session import Database
from tests.fixtures.office import SampleOrder, open_office


@pytest.fixture
async def office(database: Database) -> SampleOrder:
    return await open_office(database)
